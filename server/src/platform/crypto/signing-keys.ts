import type { Algorithm, SigningKey } from './jws.ts'

/** The keys that sign tokens, as every reader of them sees them; changes made by another process arrive by themselves. */
export interface SigningKeys {
  /** The key new tokens of an algorithm are signed with; RS256 unless told otherwise. */
  current(algorithm?: Algorithm): SigningKey
  /** The key of that `kid`: before it signs, while it does, and until the last token it signed has expired. */
  find(kid: string): SigningKey | undefined
  /** All keys, those that sign now first. */
  all(): readonly SigningKey[]
  /** All keys verifiers may meet, as a JWK Set (RFC 7517). */
  jwks(): { keys: Record<string, unknown>[] }
  /** Reads the keys again. */
  refresh(): Promise<void>
  /** Is called after the set of keys or the current one changed. */
  onChange(listener: () => void): void
}
