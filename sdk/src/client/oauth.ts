import type { Auth, AuthBy } from './auth.ts'
import { bad, type Call, callOf, good, type Result } from './call.ts'
import { newError } from './errors.ts'
import type { Http } from './http.ts'
import { createKeeper, type KeeperOptions } from './keeper.ts'
import { base64url } from './key-pair.ts'
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
}

/** A sign-in under way. Keep it where the answer comes to: `sessionStorage` in a page, the session on a server. */
export interface PendingSignIn {
  state: string
  code_verifier: string
}

/** Somebody who signs in at an application (OAuth 2.1: authorization code with PKCE). */
export interface OAuthAuth extends Auth {
  /** Begins a sign-in: send the person to `url`, and keep `pending`. `more` is added, such as `prompt` or `login_hint`. */
  begin(more?: Readonly<Record<string, string>>): Promise<{ url: string; pending: PendingSignIn }>
  /** Ends it: `callback` is the address the person came back to. Then calls bear their token, renewed as needed. */
  finish(callback: string, pending: PendingSignIn): Call<undefined>
  /** Ends the session, here and at the server; the browser stays signed in at the server. */
  signOut(): Call<undefined>
}

interface Granted {
  access_token: string
  refresh_token?: string
}

/** Where people sign in at the server's own pages, and applications act for them. */
export const oauth =
  ({ store = memoryStore(), now = Date.now, onSignedOut, ...client }: OAuthOptions): AuthBy<OAuthAuth> =>
  (http) => {
    const keeper = createKeeper({
      store,
      now,
      onSignedOut,
      renew: async (old) => {
        if (!old) return undefined
        const { refresh_token } = old
        if (refresh_token === undefined) return bad(sessionIsOver('The access token expired'))
        return grant(http, client, { grant_type: 'refresh_token', refresh_token }, { now, refresh_token })
      },
    })
    const finish = async (callback: string, { state, code_verifier }: PendingSignIn): Promise<Result<undefined>> => {
      const answer = new URL(callback, http.url === '' ? undefined : http.url).searchParams
      if (answer.get('state') !== state) return bad(refused(400, 'This answer belongs to another sign-in'))
      const issuer = answer.get('iss')
      // RFC 9207: another server's answer must not reach our token endpoint.
      if (issuer !== null && http.url !== '' && issuer !== http.url)
        return bad(refused(400, `This answer comes from another server, ${issuer}`))
      const code = answer.get('code')
      if (code === null)
        return bad(refused(403, answer.get('error_description') ?? answer.get('error') ?? 'There is no code'))
      const { redirect_uri } = client
      const result = await grant(
        http,
        client,
        { grant_type: 'authorization_code', code, code_verifier, redirect_uri },
        { now },
      )
      if (result.error) return result
      store.set(result.data)
      return good(undefined)
    }
    const signOut = async (): Promise<Result<undefined>> => {
      const held = store.get()
      store.set(undefined)
      if (!held) return good(undefined)
      const token = held.refresh_token ?? held.token
      return http.send({ name: 'POST /oauth/revoke', body: formOf(client, { token }) })
    }
    return {
      token: keeper.token,
      replace: keeper.replace,
      begin: (more) => begin(http.url, client, more),
      finish: (callback, pending) => callOf(finish(callback, pending)),
      signOut: () => callOf(signOut()),
    }
  }

/** A program that calls for itself (client credentials). */
export interface ClientCredentials extends KeeperOptions {
  client_id: string
  client_secret: string
  scope?: string
}

/** Calls as an application of its own, for no person. */
export const clientCredentials =
  ({ store = memoryStore(), now = Date.now, onSignedOut, scope, ...client }: ClientCredentials): AuthBy<Auth> =>
  (http) => {
    const asked = { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) }
    return createKeeper({ store, now, onSignedOut, renew: () => grant(http, client, asked, { now }) })
  }

type Client = Pick<OAuthOptions, 'client_id' | 'client_secret'>

async function begin(
  url: string,
  { client_id, redirect_uri, scope }: Omit<OAuthOptions, keyof KeeperOptions>,
  more: Readonly<Record<string, string>> = {},
): Promise<{ url: string; pending: PendingSignIn }> {
  const [state, code_verifier] = [random(), random()]
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code_verifier))
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri,
    ...(scope === undefined ? {} : { scope }),
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
    ...more,
  })
  return { url: `${url}/oauth/authorize?${parameters}`, pending: { state, code_verifier } }
}

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)))

async function grant(
  http: Http,
  client: Client,
  parameters: Record<string, string>,
  { now, refresh_token }: { now: () => number; refresh_token?: string },
): Promise<Result<Tokens>> {
  const answer = await http.send<Granted>({ name: 'POST /oauth/token', body: formOf(client, parameters) })
  // A grant that is not taken any more (RFC 6749, section 5.2) is the end of the session.
  if (answer.error)
    return bad(answer.error.code === 'invalid_grant' ? sessionIsOver(answer.error.message) : answer.error)
  return good(tokensFrom(answer.data.access_token, now(), answer.data.refresh_token ?? refresh_token))
}

const formOf = ({ client_id, client_secret }: Client, parameters: Record<string, string>): URLSearchParams =>
  new URLSearchParams({ client_id, ...(client_secret === undefined ? {} : { client_secret }), ...parameters })

const sessionIsOver = (message: string) => newError('unauthenticated', { status: 401, messages: [message] }, {})

const refused = (status: 400 | 403, message: string) =>
  status === 400
    ? newError('validation', { status, messages: [message] }, { fields: {} })
    : newError('forbidden', { status, messages: [message] }, {})
