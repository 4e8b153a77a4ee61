/** Shows the code on a page instead of redirecting. */
const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob'
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

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
