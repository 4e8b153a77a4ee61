import { isFields } from '../objects.ts'
import { base64url } from '../private-key.ts'
import type { Auth, AuthBy } from './auth.ts'
import { originHere } from './browser.ts'
import { bad, type Call, callOf, good, type Result } from './call.ts'
import { createDpop, type Dpop, type DpopKeyPair } from './dpop.ts'
import { type BarongError, isUnauthenticated, newError } from './errors.ts'
import type { Http } from './http.ts'
import { createKeeper, type KeeperOptions } from './keeper.ts'
import { codeChallengeOf, createCodeVerifier } from './pkce.ts'
import { memoryStore, type Tokens, tokensFrom } from './tokens.ts'

/** The application that people sign in at. */
export interface OAuthOptions extends KeeperOptions {
  client_id: string
  /** Only where nobody else can read it: never in a page or an app. */
  client_secret?: string
  /** As it is registered, to the letter. */
  redirect_uri: string
  /** `openid profile offline_access`; what the server gives without being asked, unless told. */
  scope?: string
  /** Whether what is asked for is handed in first, and the person is sent with its number alone (RFC 9126). */
  par?: boolean
  /** The key that tokens are bound to (`createDpopKeyPair`); they are good for whoever has them unless told. */
  dpop?: DpopKeyPair
}

/** A sign-in under way. Keep it where the answer comes to: `sessionStorage` in a page, the session on a server. */
export interface PendingSignIn {
  state: string
  code_verifier: string
}

/** Somebody who signs in at an application (OAuth 2.1: authorization code with PKCE). */
export interface OAuthAuth extends Auth {
  /**
   * Begins a sign-in: send the person to `url`, and keep `pending`. `more` is added, such as `prompt` or `login_hint`; what
   * the answer is known by is not for it to say, and rejects. With `par` it rejects with the server's error, too.
   */
  begin(more?: Readonly<Record<string, string>>): Promise<{ url: string; pending: PendingSignIn }>
  /** Ends it: `callback` is the address the person came back to. Then calls bear their token, renewed as needed. */
  finish(callback: string, pending: PendingSignIn): Call<undefined>
  /** Ends the session, here and at the server; the browser stays signed in at the server. */
  signOut(): Call<undefined>
}

/** Where people sign in at the server's own pages, and applications act for them. */
export const oauth =
  ({ store = memoryStore(), now = Date.now, onSignedOut, dpop: keyPair, ...client }: OAuthOptions): AuthBy<OAuthAuth> =>
  (http) => {
    const dpop = keyPair && createDpop(keyPair, now)
    const keeper = createKeeper({
      store,
      now,
      onSignedOut,
      isOver: isGrantOver,
      renew: async (old) => {
        if (!old) return undefined
        const { refresh_token } = old
        if (refresh_token === undefined) return bad(sessionIsOver('The access token expired'))
        return grant(http, client, { grant_type: 'refresh_token', refresh_token }, { now, refresh_token, dpop })
      },
    })
    const finish = async (callback: string, { state, code_verifier }: PendingSignIn): Promise<Result<undefined>> => {
      const answer = new URL(callback, http.url === '' ? undefined : http.url).searchParams
      if (answer.get('state') !== state) return bad(refused('This answer belongs to another sign-in'))
      const issuer = answer.get('iss')
      // RFC 9207, section 2.4: another server's answer must not reach our token endpoint, and ours says that it is ours.
      if (issuer !== (http.url || originHere()))
        return bad(refused(`This answer comes from another server, ${issuer ?? 'which does not say its name'}`))
      const code = answer.get('code')
      if (code === null) return bad(refusalOf(answer))
      const { redirect_uri } = client
      const result = await grant(
        http,
        client,
        { grant_type: 'authorization_code', code, code_verifier, redirect_uri },
        { now, dpop },
      )
      if (result.error) return result
      keeper.take(result.data)
      return good(undefined)
    }
    const signOut = async (): Promise<Result<undefined>> => {
      const held = keeper.held()
      keeper.take(undefined)
      if (!held) return good(undefined)
      const token = held.refresh_token ?? held.token
      const answer = await http.send<unknown>({ name: 'POST /oauth/revoke', body: formOf(client, { token }) })
      return answer.error ? answer : good(undefined)
    }
    return {
      token: keeper.token,
      replace: keeper.replace,
      dpop,
      exchanged: (token) => {
        const { data } = tokensFrom(token, now(), keeper.held()?.refresh_token)
        if (data) keeper.exchange(data)
      },
      begin: (more) => begin(http, client, { dpop, more }),
      finish: (callback, pending) => callOf(finish(callback, pending)),
      signOut: () => callOf(signOut()),
    }
  }

type Client = Pick<OAuthOptions, 'client_id' | 'client_secret'>

/** What the answer is known by, or comes by; an application that replaced it would be open to answers of others. */
const OWN_PARAMETERS = [
  'response_type',
  'response_mode',
  'client_id',
  'redirect_uri',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
  'dpop_jkt',
]

async function begin(
  http: Http,
  { par = false, ...client }: Omit<OAuthOptions, keyof KeeperOptions | 'dpop'>,
  { dpop, more = {} }: { dpop: Dpop | undefined; more: Readonly<Record<string, string>> | undefined },
): Promise<{ url: string; pending: PendingSignIn }> {
  const { client_id, redirect_uri, scope } = client
  const replaced = OWN_PARAMETERS.find((name) => name in more)
  if (replaced !== undefined) throw new TypeError(`${replaced} is not for the application to say`)
  const [state, code_verifier] = [random(), createCodeVerifier()]
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri,
    ...(scope === undefined ? {} : { scope }),
    state,
    code_challenge: await codeChallengeOf(code_verifier),
    code_challenge_method: 'S256',
    // A code that is taken on its way is good for nobody else (RFC 9449, section 10).
    ...(dpop ? { dpop_jkt: await dpop.thumbprint() } : {}),
    ...more,
  })
  const asked = par ? await pushed(http, client, parameters) : parameters
  return { url: `${http.url}/oauth/authorize?${asked}`, pending: { state, code_verifier } }
}

/** Hands the request in, and returns what stands for it (RFC 9126). */
async function pushed(http: Http, client: Client, parameters: URLSearchParams): Promise<URLSearchParams> {
  const body = formOf(client, Object.fromEntries(parameters))
  const { data, error } = await http.send<unknown>({ name: 'POST /oauth/par', body })
  if (error) throw error
  const request_uri = isFields(data) ? data['request_uri'] : undefined
  if (typeof request_uri !== 'string')
    throw newError('unexpected', { status: 201, messages: ['The server answered without a request_uri'] }, {})
  return new URLSearchParams({ client_id: client.client_id, request_uri })
}

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)))

/** Asks the token endpoint for tokens by a grant (RFC 6749, section 4). */
export async function grant(
  http: Http,
  client: Client,
  parameters: Record<string, string>,
  { now, refresh_token, dpop }: { now: () => number; refresh_token?: string; dpop?: Dpop | undefined },
): Promise<Result<Tokens>> {
  const answer = await http.send<unknown>({ name: 'POST /oauth/token', body: formOf(client, parameters), dpop })
  // A grant that is not taken any more (RFC 6749, section 5.2) is the end of the session.
  if (answer.error) return bad(answer.error.code === 'invalid_grant' ? overFor(answer.error) : answer.error)
  const granted = isFields(answer.data) ? answer.data : {}
  const turned = granted['refresh_token']
  return tokensFrom(granted['access_token'], now(), typeof turned === 'string' ? turned : refresh_token)
}

/** Neither the grant nor the client is taken any more (RFC 6749, section 5.2); what else is said may be a proxy's. */
export const isGrantOver = (error: BarongError): boolean => isUnauthenticated(error) || error.code === 'invalid_client'

const formOf = ({ client_id, client_secret }: Client, parameters: Record<string, string>): URLSearchParams =>
  new URLSearchParams({ client_id, ...(client_secret === undefined ? {} : { client_secret }), ...parameters })

const overFor = ({ status, messages, requestId, code, date }: BarongError) =>
  newError('unauthenticated', { status, messages, requestId, code, date }, {})

const sessionIsOver = (message: string) => newError('unauthenticated', { status: 401, messages: [message] }, {})

/** Why the server gave no code (RFC 6749, section 4.1.2.1). */
function refusalOf(answer: URLSearchParams): BarongError {
  const code = answer.get('error') ?? undefined
  const messages = [answer.get('error_description') ?? code ?? 'There is no code']
  if (code === 'temporarily_unavailable')
    return newError('unavailable', { status: 503, messages, code }, { retryAfter: 1 })
  if (code === 'server_error') return newError('unexpected', { status: 500, messages, code }, {})
  return newError('forbidden', { status: 403, messages, code }, {})
}

const refused = (message: string) => newError('validation', { status: 400, messages: [message] }, { fields: {} })
