import { base64url } from '../private-key.ts'

/** A secret that only who begins a sign-in can end it by (RFC 7636, section 4.1): 256 random bits. */
export const createCodeVerifier = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)))

/** What is told of it beforehand, as the `code_challenge` of `code_challenge_method=S256`. */
export async function codeChallengeOf(code_verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code_verifier))
  return base64url(new Uint8Array(digest))
}
