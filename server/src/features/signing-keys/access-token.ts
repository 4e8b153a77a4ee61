import type { Deps } from '../../deps.ts'
import { parseIso, seconds } from '../../lib/clock.ts'
import { jti } from '../../lib/ids.ts'
import { type Algorithm, signJwtAside } from '../../platform/crypto/jws.ts'
import type { Account, Session } from '../../platform/db/schema.ts'

/** What varies between the tokens we sign. */
export interface AccessTokenTerms {
  /** `aud`: a list of scopes for sessions, the key's scopes for API keys. */
  audience: readonly string[] | string | null
  /** Seconds until it expires. */
  lifetime: number
  /** Further claims. */
  extra?: Record<string, unknown>
  /** Algorithm of the signature; the server's default otherwise. */
  algorithm?: Algorithm
  /** The id the token is already known by; a new one is made otherwise. */
  jti?: string
  /** Milliseconds since 1970 that it counts from; now otherwise. */
  issued_at?: number
}

/** A token that is about to be signed, and the `jti` it is known by. */
export interface AccessTokenDraft {
  jti: string
  /** Milliseconds since 1970. */
  issued_at: number
  expires_at: number
  sign(): Promise<string>
}

/** A signed token and the `jti` it is known by. */
export interface AccessToken extends Omit<AccessTokenDraft, 'sign'> {
  token: string
}

/** Signs who the account is and how far it is verified. */
export async function signAccessToken(...terms: Parameters<typeof draftAccessToken>): Promise<AccessToken> {
  const { sign, ...draft } = draftAccessToken(...terms)
  return { token: await sign(), ...draft }
}

/** When the sign-in was that a token comes from, in seconds since 1970, for one that is not issued by it. */
export const authTimeOf = ({ created_at }: Pick<Session, 'created_at'>): number => seconds(parseIso(created_at))

/** A token with the claims relying parties of Barong 1.8 read, to be signed when what it stands for is written down. */
export function draftAccessToken(
  { keys, clock }: Pick<Deps, 'keys' | 'clock'>,
  account: Pick<Account, 'uid' | 'email' | 'role' | 'level' | 'state'>,
  { audience, lifetime, extra = {}, algorithm, jti: known, issued_at = clock.now() }: AccessTokenTerms,
): AccessTokenDraft {
  const iat = seconds(issued_at)
  const id = known ?? jti()
  const { uid, email, role, level, state } = account
  const claims = {
    iat,
    exp: iat + lifetime,
    sub: 'session',
    iss: 'barong',
    aud: audience,
    jti: id,
    uid,
    email,
    role,
    level,
    state,
    ...extra,
  }
  return {
    sign: () => signJwtAside(keys.current(algorithm), claims),
    jti: id,
    issued_at: iat * 1000,
    expires_at: (iat + lifetime) * 1000,
  }
}
