import { isFields } from '../objects.ts'
import type { AuthBy, Credentials, PersonAuth } from './auth.ts'
import { bad, callOf, good, type Result } from './call.ts'
import { createDpop, createDpopKeyPair, type Dpop } from './dpop.ts'
import { isUnauthenticated, newError, WANTS_PROOF } from './errors.ts'
import type { Http } from './http.ts'
import { createKeeper, type KeeperOptions } from './keeper.ts'
import { signWithPasskey } from './passkeys.ts'
import { memoryStore, tokensFrom } from './tokens.ts'

/** Whom the server's pages are told of. */
export type CookieOptions = Omit<KeeperOptions, 'store'>

/**
 * For pages that the server itself serves, or a proxy serves beside it: the browser's sign-in is a cookie that no script
 * can read, and calls bear tokens of ten minutes that are got by it.
 */
export const cookies =
  ({ now = Date.now, onSignedOut }: CookieOptions = {}): AuthBy<PersonAuth> =>
  (http) => {
    let dpop: Dpop | undefined
    const ask = () => ofPage<unknown>(http, 'POST /api/v1/sessions/jwt', undefined, dpop)
    const keeper = createKeeper({
      store: memoryStore(),
      now,
      onSignedOut,
      isOver: isUnauthenticated,
      renew: async () => {
        let { data, error } = await ask()
        if (error?.message === WANTS_PROOF && !dpop) {
          // The server binds tokens to keys: this page has one of its own, which nobody else gets, and which goes with it.
          dpop = createDpop(await createDpopKeyPair(), now)
          ;({ data, error } = await ask())
        }
        return error ? bad(error) : tokensFrom(isFields(data) ? data['token'] : undefined, now())
      },
    })
    /** The cookie is of another sign-in now, or gone: tokens of the one before must not serve on. */
    const changed = async (step: Promise<Result<undefined>>): Promise<Result<undefined>> => {
      const result = await step
      if (!result.error) keeper.take(undefined)
      return result
    }
    const signOut = (): Promise<Result<undefined>> => {
      keeper.take(undefined)
      return changed(ofPage<undefined>(http, 'DELETE /api/v1/browser_session'))
    }
    return {
      get dpop() {
        return dpop
      },
      token: keeper.token,
      replace: keeper.replace,
      signIn: (credentials) => callOf(changed(signInBrowser(http, credentials))),
      signInWithPasskey: () => callOf(changed(signInByPasskey(http))),
      signOut: () => callOf(signOut()),
    }
  }

/** A call by the cookie; the header shows that a script made it, and no form. */
const ofPage = <T>(http: Http, name: string, body?: unknown, dpop?: Dpop): Promise<Result<T>> =>
  http.send<T>({ name, body, dpop, headers: { 'x-requested-with': 'fetch' } })

const passkeyOptions = (http: Http) => ofPage<object>(http, 'POST /api/v1/browser_session/passkey_options')

async function signInByPasskey(http: Http): Promise<Result<undefined>> {
  const options = await passkeyOptions(http)
  if (options.error) return options
  const signed = await signWithPasskey(options.data)
  return signed.error ? signed : finish(http, { name: 'passkey', body: { credential: signed.data } })
}

async function signInBrowser(http: Http, { email, password, ...factor }: Credentials): Promise<Result<undefined>> {
  const { data, error } = await ofPage<unknown>(http, 'POST /api/v1/browser_session', { email, password })
  if (error) return bad(error)
  const step = isFields(data) ? data['step'] : undefined
  if (step === 'signed_in') return good(undefined)
  if (step !== 'second_factor')
    return bad(newError('unexpected', { status: 200, messages: ['The server answered without a step'] }, {}))
  if (factor.passkey) return finish(http, { name: 'passkey', body: { credential: factor.passkey } })
  if (factor.otp_code) return finish(http, { name: 'second_factor', body: { code: factor.otp_code } })
  const { data: options } = await passkeyOptions(http)
  const told = { status: 403, messages: ['The account has enabled 2FA but OTP code is missing'] }
  return bad(newError('second_factor_required', told, { wrong: false, passkeyOptions: options && { ...options } }))
}

async function finish(
  http: Http,
  step: { name: 'passkey' | 'second_factor'; body: object },
): Promise<Result<undefined>> {
  const { error } = await ofPage<unknown>(http, `POST /api/v1/browser_session/${step.name}`, step.body)
  return error ? bad(error) : good(undefined)
}
