import type { SigningKey } from './jws.ts'

/** The keys that sign tokens, as every reader of them sees them. */
export interface SigningKeys {
  /** The key new tokens are signed with. */
  current(): SigningKey
  /** The key of that `kid`, also while it is being retired. */
  find(kid: string): SigningKey | undefined
  /** All keys, the current one first. */
  all(): readonly SigningKey[]
  /** All keys verifiers may meet, as a JWK Set (RFC 7517). */
  jwks(): { keys: Record<string, unknown>[] }
}
