import { openOperations } from '../generated/open-operations.ts'
import { isFields } from '../objects.ts'
import { type All, turn } from './all.ts'
import type { Auth, AuthBy } from './auth.ts'
import { bearer } from './bearer.ts'
import { bad, type Call, callOf, type Result } from './call.ts'
import type { BarongError } from './errors.ts'
import { type HttpOptions, openHttp, type Sent } from './http.ts'
import type { AnswerOf, CallOptions, Operations } from './operation.ts'
import type { Request } from './request.ts'
import { activityOf, apiKeysOf, applicationsOf, sessionsOf } from './resources/access.ts'
import { accountOf } from './resources/account.ts'
import { documentsOf, labelsOf, phonesOf, profileOf } from './resources/identity.ts'
import { passkeysOf, securityOf } from './resources/security.ts'

/** Which server is called, and who calls. */
export interface BarongOptions<A extends Auth> extends HttpOptions {
  /** `passwords(…)`, `cookies()`, `oauth(…)`, `clientCredentials(…)`, `apiKey(…)` or `bearer(…)`. */
  auth: AuthBy<A>
}

/** A client of a Barong server. */
export type Barong<A extends Auth = Auth> = ReturnType<typeof clientOf<A>>

/** Makes a client of a server; without `auth` for what is open to everybody. Nothing is sent before something is called. */
export function createBarong<A extends Auth>(options: BarongOptions<A>): Barong<A>
export function createBarong(options?: HttpOptions): Barong
export function createBarong(options: HttpOptions & { auth?: AuthBy<Auth> } = {}): Barong {
  return clientOf(options.auth ?? bearer(() => undefined), options)
}

function clientOf<A extends Auth>(authBy: AuthBy<A>, options: HttpOptions) {
  const http = openHttp(options)
  const auth = authBy(http)
  const request: Request = (name, ...[input = {}]) => {
    const sent: Sent = { name, ...input }
    if (openOperations.has(name)) return callOf(http.send(sent))
    const answer = signedIn(auth, (token) =>
      http.send<AnswerOf<Operations[typeof name]>>({ ...sent, token, dpop: auth.dpop }),
    )
    return callOf(name === CONFIRM ? answer.then((result) => noteExchange(auth, result)) : answer)
  }
  const all: All = (name, ...[input = {}]) => {
    const sent: Sent = { name, ...input }
    const where = name.startsWith('POST ') ? 'body' : 'query'
    return turn(name, sent[where], (asked) =>
      signedIn(auth, (token) => http.send({ ...sent, [where]: asked, token, dpop: auth.dpop })),
    )
  }
  return {
    /** Who calls, and what they can do about it: `signIn`, `signOut` … */
    auth,
    /** Calls any operation by its name: `request('GET /api/v1/admin/accounts', { query: { level: 2 } })`. */
    request,
    /** Everything that an operation lists: `for await (const account of barong.all('GET /api/v1/admin/accounts')) …`. */
    all,
    /** Asks for what is no JSON at an address that the API told, as whoever is signed in; never at another server. */
    fetch: (address: string, init: CallOptions = {}): Call<Response> => {
      const url = ownAddress(address, http.url)
      return callOf(signedIn(auth, (token) => http.fetch(url, { ...init, token, dpop: auth.dpop })))
    },
    account: accountOf(request),
    security: securityOf(request),
    passkeys: passkeysOf(request),
    profile: profileOf(request),
    phones: phonesOf(request),
    documents: documentsOf(request),
    labels: labelsOf(request),
    sessions: sessionsOf(request),
    apiKeys: apiKeysOf(request),
    applications: applicationsOf(request),
    activity: activityOf(request),
  }
}

const CONFIRM = 'POST /api/v1/security/confirm'

/** Where confirming ends the token that one confirmed by, the answer has the next. */
function noteExchange<T>(auth: Auth, result: Result<T>): Result<T> {
  const token = isFields(result.data) ? result.data['token'] : undefined
  if (typeof token === 'string') auth.exchanged?.(token)
  return result
}

/** Calls by a token, and once more by another one when the server did not take it. */
async function signedIn<T>(auth: Auth, send: (token: string | undefined) => Promise<Result<T>>): Promise<Result<T>> {
  const first = await auth.token()
  if (first.error) return bad(first.error)
  const result = await send(first.data)
  if (first.data === undefined || !result.error || !isAboutToken(result.error)) return result
  const second = await auth.replace(first.data)
  if (second.error) return bad(second.error)
  return second.data === undefined ? result : send(second.data)
}

/** A wrong password is a 401, too, and must not be sent twice. */
const isAboutToken = ({ kind, message }: BarongError): boolean =>
  kind === 'unauthenticated' && message.startsWith('The access token ')

/** A token must not go to another server, whatever an address says. */
function ownAddress(address: string, base: string): string {
  // Browsers leave tabs and line ends out of addresses, and take a backslash for a slash.
  if (/^\/(?![/\\])[^\t\n\r]*$/.test(address)) return `${base}${address}`
  if (base !== '' && address.startsWith(`${base}/`)) return address
  throw new TypeError(`${address} is no address of this server`)
}
