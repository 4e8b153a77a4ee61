import type { Call, Result } from './call.ts'
import type { Dpop } from './dpop.ts'
import type { Http } from './http.ts'
import type { Body } from './operation.ts'

/** Who calls: where the token of each call comes from. */
export interface Auth {
  /** The token for a call now; `undefined`: it is made without one. */
  token(): Promise<Result<string | undefined>>
  /** Another token after the server did not take that one; `undefined`: there is no other. */
  replace(refused: string): Promise<Result<string | undefined>>
  /** Proves each call, where tokens are bound to a key. */
  readonly dpop?: Dpop | undefined
  /** Is told the token that the server gave in place of the one it was called with. */
  exchanged?(token: string): void
}

/** Makes an {@link Auth} that speaks with the server by itself. */
export type AuthBy<A extends Auth> = (http: Http) => A

/** What a person shows to sign in. */
export type Credentials = Pick<Body<'POST /api/v1/sessions'>, 'email' | 'password' | 'otp_code' | 'passkey'>

/** Somebody who signs in and out. */
export interface PersonAuth extends Auth {
  /** Signs in. `second_factor_required`: ask for the code, or have a passkey sign, and call again with it. */
  signIn(credentials: Credentials): Call<undefined>
  /** Signs in by a passkey alone, which the browser asks for. */
  signInWithPasskey(): Call<undefined>
  /** Ends the session, here and at the server. */
  signOut(): Call<undefined>
}
