import type { Deps } from '../../deps.ts'
import { isObject } from '../../lib/json.ts'
import { parseJws, verifyJws } from '../../platform/crypto/jws.ts'
import type { SigningKeys } from '../../platform/crypto/signing-keys.ts'

/** What a token of ours says, its signature verified. Expiry and revocation are for the session's row to tell. */
interface VerifiedToken {
  jti: string
  sub: string
  /** Thumbprint of the key that its bearer must prove to have (RFC 9449, section 6.1); `undefined` where there is none. */
  jkt: string | undefined
}

const REMEMBERED = 10_000

/** Verifies signatures once per token: a busy client's token is only looked up afterwards. */
export interface TokenVerifier {
  verify(token: string): VerifiedToken | undefined
}

/** A verifier that remembers the tokens seen last. */
export function createTokenVerifier({ keys }: Pick<Deps, 'keys'>): TokenVerifier {
  const seen = new Map<string, VerifiedToken>()
  return {
    verify: (token) => {
      const known = seen.get(token)
      if (known) return known
      const verified = verifyToken(keys, token)
      if (!verified) return undefined
      if (seen.size >= REMEMBERED) seen.delete(seen.keys().next().value ?? '')
      seen.set(token, verified)
      return verified
    },
  }
}

function verifyToken(keys: SigningKeys, token: string): VerifiedToken | undefined {
  const jws = parseJws(token)
  if (!jws || typeof jws.header['kid'] !== 'string') return undefined
  const key = keys.find(jws.header['kid'])
  if (!key || jws.header['alg'] !== key.algorithm || !verifyJws(key.algorithm, key.public_key, jws)) return undefined
  const { jti, sub, iss, cnf } = jws.payload
  if (typeof jti !== 'string' || typeof sub !== 'string' || iss !== 'barong') return undefined
  const jkt = isObject(cnf) ? cnf['jkt'] : undefined
  return { jti, sub, jkt: typeof jkt === 'string' ? jkt : undefined }
}
