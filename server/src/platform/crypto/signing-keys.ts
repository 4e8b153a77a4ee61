import type { Algorithm, SigningKey } from './jws.ts'

/** What a token of ours says, its signature verified. Whether it was revoked is for the session's row to tell. */
export interface VerifiedToken {
  jti: string
  sub: string
  /** Milliseconds since 1970. */
  expires_at: number
  /** Thumbprint of the key that its bearer must prove to have (RFC 9449, section 6.1); `undefined` where there is none. */
  jkt: string | undefined
}

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
  /** What a token says that one of these keys signed; tokens seen lately are not verified again. */
  verify(token: string): VerifiedToken | undefined
  /**
   * A promise where the keys were read so long ago that one may sign by now that is not known here: what comes in waits for
   * it. `undefined` in a process that is used, which reads them in passing.
   */
  catchUp(): Promise<void> | undefined
  /** Reads the keys again. */
  refresh(): Promise<void>
  /** Is called after the set of keys or the current one changed. */
  onChange(listener: () => void): void
}
