import type { AuthBy, Credentials, PersonAuth } from './auth.ts'
import { bad, callOf, good, type Result } from './call.ts'
import { createDpop, type Dpop, type DpopKeyPair } from './dpop.ts'
import { isUnauthenticated } from './errors.ts'
import type { Http } from './http.ts'
import { createKeeper, type Keeper, type KeeperOptions } from './keeper.ts'
import { signWithPasskey } from './passkeys.ts'
import { memoryStore, tokensFrom } from './tokens.ts'

/** How people sign in with a password, at an application. */
export interface PasswordOptions extends KeeperOptions {
  /** The application that they sign in at. */
  application_id: string
  /** Seconds that a token lives; the server's own measure unless told. */
  expires_in?: number
  /** The key that the session's tokens are bound to (`createDpopKeyPair`); they are good for whoever has them unless told. */
  dpop?: DpopKeyPair
}

/** Where people sign in with their password; calls bear the session's token, which is renewed before it ends. */
export const passwords =
  ({ application_id, expires_in, ...options }: PasswordOptions): AuthBy<PersonAuth & Pick<Keeper, 'held'>> =>
  (http) => {
    const { store = memoryStore(), now = Date.now, onSignedOut } = options
    const dpop = options.dpop && createDpop(options.dpop, now)
    const lifetime = expires_in === undefined ? {} : { expires_in }
    const renew = (token: string) =>
      http.send<unknown>({ name: 'POST /api/v1/security/renew', token, dpop, body: lifetime })
    const keeper = createKeeper({
      store,
      now,
      onSignedOut,
      isOver: isUnauthenticated,
      renew: async (old) => {
        if (!old) return undefined
        const { data, error } = await renew(old.token)
        return error ? bad(error) : tokensFrom(data, now())
      },
    })
    const opened = (answer: Result<unknown>): Result<undefined> => {
      const { data, error } = answer.error ? answer : tokensFrom(answer.data, now())
      if (error) return bad(error)
      keeper.take(data)
      return good(undefined)
    }
    const signIn = async (credentials: Credentials) =>
      opened(
        await http.send<unknown>({
          name: 'POST /api/v1/sessions',
          // A server that asks for it ends the session of before.
          token: keeper.held()?.token,
          dpop,
          body: { ...credentials, application_id, ...lifetime },
        }),
      )
    const signInWithPasskey = async (): Promise<Result<undefined>> => {
      const options = await http.send<object>({ name: 'POST /api/v1/sessions/passkey/options' })
      if (options.error) return options
      const signed = await signWithPasskey(options.data)
      if (signed.error) return signed
      const body = { credential: signed.data, application_id, ...lifetime }
      return opened(
        await http.send<unknown>({ name: 'POST /api/v1/sessions/passkey', token: keeper.held()?.token, dpop, body }),
      )
    }
    return {
      ...keeper,
      dpop,
      exchanged: (token) => {
        const { data } = tokensFrom(token, now())
        if (data) keeper.exchange(data)
      },
      signIn: (credentials) => callOf(signIn(credentials)),
      signInWithPasskey: () => callOf(signInWithPasskey()),
      signOut: () => callOf(signOut(http, keeper, dpop)),
    }
  }

/** Forgets the token at once, and has the server end the session. */
async function signOut(http: Http, keeper: Keeper, dpop: Dpop | undefined): Promise<Result<undefined>> {
  const { data: token } = await keeper.token()
  keeper.take(undefined)
  if (token === undefined) return good(undefined)
  const ended = await http.send<undefined>({
    name: 'DELETE /api/v1/sessions/{id}',
    path: { id: 'current' },
    token,
    dpop,
  })
  return ended.error?.kind === 'unauthenticated' ? good(undefined) : ended
}
