import { SECOND } from '../../lib/clock.ts'
import { isObject } from '../../lib/json.ts'
import { parseJws, type SigningKey, verifyJws } from '../../platform/crypto/jws.ts'
import type { VerifiedToken } from '../../platform/crypto/signing-keys.ts'

/** How many tokens are remembered, each of about a kilobyte. */
const REMEMBERED = 5000

type FindKey = (kid: string) => SigningKey | undefined

/**
 * Verifies signatures once per token: a busy client's token is only looked up afterwards. The tokens used last are
 * remembered, and each only as long as there is the key that signed it.
 */
export function createTokenVerifier(
  find: FindKey,
  remembered = REMEMBERED,
): (token: string) => VerifiedToken | undefined {
  // A Map keeps the order of insertion, so that its first entry is the one unused for longest.
  const seen = new Map<string, VerifiedToken & { kid: string }>()
  return (token) => {
    const known = seen.get(token)
    if (known) seen.delete(token)
    const verified = known && find(known.kid) ? known : verify(find, token)
    if (!verified) return undefined
    seen.set(token, verified)
    if (seen.size > remembered) seen.delete(seen.keys().next().value ?? '')
    return verified
  }
}

function verify(find: FindKey, token: string): (VerifiedToken & { kid: string }) | undefined {
  const jws = parseJws(token)
  if (!jws || typeof jws.header['kid'] !== 'string') return undefined
  const key = find(jws.header['kid'])
  if (!key || jws.header['alg'] !== key.algorithm || !verifyJws(key.algorithm, key.public_key, jws)) return undefined
  const { jti, sub, iss, exp, cnf } = jws.payload
  if (typeof jti !== 'string' || typeof sub !== 'string' || iss !== 'barong' || typeof exp !== 'number')
    return undefined
  const jkt = isObject(cnf) ? cnf['jkt'] : undefined
  return { jti, sub, expires_at: exp * SECOND, jkt: typeof jkt === 'string' ? jkt : undefined, kid: key.kid }
}
