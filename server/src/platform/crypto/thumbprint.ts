import { createHash, type KeyObject } from 'node:crypto'

/** The JWK thumbprint of a public key (RFC 7638), SHA-256 in base64url. */
export function thumbprint(key: KeyObject): string {
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' })
  // Only the members the RFC requires of the key's type are there, and in its order.
  return createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url')
}
