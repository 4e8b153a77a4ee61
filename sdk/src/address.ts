/** The address of a server without slashes at its end. Throws a TypeError where it is none. */
export function addressOf(url: string): string {
  if (!/^https?:\/\/[^/]/.test(url))
    throw new TypeError(`url must begin with http:// or https://, not ${url || 'nothing'}`)
  return url.replace(/\/+$/, '')
}
