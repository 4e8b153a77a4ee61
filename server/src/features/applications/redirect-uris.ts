/** Shows the code on a page instead of redirecting. */
const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob'
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Whether a redirect URI leads to a program on the person's device, or back to a page that shows the code (RFC 8252, section 7.1). */
export const hasOwnScheme = (uri: string): boolean => !/^https?:/i.test(uri)

/** Of the redirect URIs of one application, one that a program with a scheme of its own cannot have besides (RFC 8252, sections 7.2, 7.3). */
export function misfitOf(uris: readonly string[]): string | undefined {
  if (!uris.some(hasOwnScheme)) return undefined
  return uris
    .filter((uri) => !hasOwnScheme(uri))
    .find((uri) => {
      const { protocol, hostname } = new URL(uri)
      return LOOPBACK.includes(hostname) !== (protocol === 'http:')
    })
}

/** Why a redirect URI cannot be registered, or `undefined`. Plain HTTP is for loopback, and for development (RFC 8252, 7.3). */
export function redirectUriError(uri: string, production: boolean): string | undefined {
  if (uri === OUT_OF_BAND) return undefined
  if (!URL.canParse(uri)) return /^[/?]/.test(uri) ? 'must be an absolute URI.' : 'must be a valid URI.'
  const { hash, protocol, hostname } = new URL(uri)
  if (hash !== '' || uri.includes('#')) return 'cannot contain a fragment.'
  if (['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:'].includes(protocol))
    return 'must be a valid URI.'
  if (protocol === 'http:' && production && !LOOPBACK.includes(hostname)) return 'must be an HTTPS/SSL URI.'
  return undefined
}
