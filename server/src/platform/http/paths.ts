/** Where the whole address is asked for (RFC 9112, section 3.2.2). */
const SERVER = /^https?:\/\/[^/?#]*\/?/i
const API = /^\/+(?:management_)?api\/+v1(?=[/?]|$)/
/** What almost everybody asks for: nothing in it is left out. */
const PLAIN = /^(?:\/[\w-]+)+(?:\?|$)/

/**
 * A path below `/api/v1` or `/management_api/v1` as the router knows it: repeated slashes are one, a slash at the end
 * and an extension such as `.json` are ignored, as 1.8.26 ignored them. Other paths stay as they are. A server's address before
 * the path is left out.
 */
export function canonicalUrl(target: string): string {
  const url = target.startsWith('/') ? target : target.replace(SERVER, '/')
  if (PLAIN.test(url) || !API.test(url)) return url
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  const query = end === -1 ? '' : url.slice(end)
  const plain = path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
  const slash = plain.lastIndexOf('/')
  const dot = plain.indexOf('.', slash + 2)
  return `${dot === -1 ? plain : plain.slice(0, dot)}${query}`
}
