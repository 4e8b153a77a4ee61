import type { Deps } from '../../deps.ts'
import { parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Account, Session } from '../../platform/db/schema.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { isForeign } from '../../platform/http/pages.ts'
import { isSigned, lifetimeOf, type SentRequest, scopesOf, type signedRequests } from '../api-keys/api-keys.ts'
import { findClientId } from '../applications/applications.ts'
import { refuseDuty } from '../duties/duties.ts'
import { holdsClaim } from '../holds/holds.ts'
import { cookiesOf, whoIsSignedIn } from '../oauth/oauth.ts'
import { type AccessTokenTerms, authTimeOf, signAccessToken } from '../signing-keys/signing-keys.ts'

const errors = defineErrors('gateway', {
  foreign: [403, 'A page of another site made this request'],
  scope: [403, 'The access token does not have the scope for this'],
  keyScope: [403, 'The API key does not have the scope for this'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'keys' | 'outbox' | 'ring' | 'limits' | 'uses'>

/** Seconds: the token is for the one request that a gateway passes on. */
const LIFETIME = 60
/** What sessions of the product's own applications are good for. */
const FIRST_PARTY = ['peatio', 'barong']
/** Other people's applications need it to use the services behind a gateway. */
const SCOPE = 'peatio'

/** What is told of who makes a request. */
type Person = Pick<Account, 'id' | 'uid' | 'email' | 'role' | 'level' | 'state'>

/** Who makes a request that a gateway asks about. */
export interface Pass {
  account: Person
  /** What those behind the gateway are told by, as its `Authorization`; empty where nothing but the names is told. */
  authorization: string
  /** Uid of the API key that signed the request. */
  api_key: string | undefined
}

/** The two ways in that keep something: what was used, and who calls. */
export interface Ways {
  signed: ReturnType<typeof signedRequests>
  /** Whose token the request has, with the key that it may be bound to; throws 401. */
  bearer(): Promise<Caller>
}

/**
 * Lets in by a signed request, the cookie of a signed-in browser, or a bearer token, whichever the request has, looked for in
 * this order; throws 401 or 403. A token that is bound to a key goes on as it is, so that whoever is behind the gateway sees the
 * proof as well. Of a browser, only pages of the same site may make requests that change something. An API
 * key needs all the wanted scopes.
 */
export async function authorize(
  needs: Needs,
  { signed, bearer }: Ways,
  sent: SentRequest,
  wanted: readonly string[] = [],
): Promise<Pass> {
  // Before anything is read: what ends the key or the session later ends the token, too, by its `iat`.
  const issued_at = needs.clock.now()
  if (isSigned(sent)) {
    const { key, owner } = await signed(sent)
    const scopes = scopesOf(key)
    if (!wanted.every((scope) => scopes.includes(scope))) throw errors.keyScope()
    const lifetime = lifetimeOf(needs, key, LIFETIME)
    const extra = { api_kid: key.uid, scope: scopes.join(' ') }
    return pass(needs, owner, { audience: key.scopes, lifetime, extra, issued_at }, key.uid)
  }
  const { authorization } = sent.headers
  const cookies = cookiesOf(needs, sent)
  if (authorization === undefined && cookies.session !== undefined) {
    if (isForeign(sent)) throw errors.foreign()
    const { person, row } = await whoIsSignedIn(needs, cookies)
    needs.limits.pass('account_requests', person.uid)
    await refuseDuty(needs, person)
    return pass(needs, person, { audience: FIRST_PARTY, extra: originOf(row), issued_at: standingFor(row, issued_at) })
  }
  const { account, session } = await bearer()
  await refuseDuty(needs, account)
  const { scopes, application_id } = session
  const [origin, since] = [originOf(session), standingFor(session, issued_at)]
  const bound = /^dpop +(\S+)/i.exec(authorization ?? '')?.[1]
  if (bound !== undefined && (scopes === null || scopes.split(' ').includes(SCOPE)))
    return { account, authorization: `DPoP ${bound}`, api_key: undefined }
  if (scopes === null) return pass(needs, account, { audience: FIRST_PARTY, extra: origin, issued_at: since })
  const audience = scopes.split(' ')
  if (!audience.includes(SCOPE)) throw errors.scope()
  const client_id = application_id === null ? undefined : await findClientId(needs.db, application_id)
  return pass(needs, account, { audience, extra: { ...origin, scope: scopes, client_id }, issued_at: since })
}

/** What ends the token before its time: its session, or the end of all that began before some moment. */
const originOf = (session: Pick<Session, 'jti' | 'created_at'>) => ({
  sid: session.jti,
  auth_time: authTimeOf(session),
})

/**
 * `iat` counts whole seconds, and a sign-out everywhere ends what is of an earlier one: a token for a session of an earlier second
 * is of an earlier second, too. Sessions of the same second are named, each.
 */
const standingFor = ({ created_at }: Pick<Session, 'created_at'>, now: number): number =>
  Math.max(now - SECOND, parseIso(created_at))

async function pass(
  needs: Needs,
  account: Person,
  {
    lifetime = LIFETIME,
    extra,
    ...terms
  }: Partial<AccessTokenTerms> & Required<Pick<AccessTokenTerms, 'audience' | 'issued_at'>>,
  api_key?: string,
): Promise<Pass> {
  // Nobody gets a token that is bound to no key: who is behind the gateway goes by the names it tells.
  if (needs.config.values.SESSION_REQUIRE.includes('bound_tokens')) return { account, authorization: '', api_key }
  const holds = await holdsClaim(needs, needs.db, account.id)
  const { token } = await signAccessToken(needs, account, { ...terms, lifetime, extra: { ...extra, ...holds } })
  return { account, authorization: `Bearer ${token}`, api_key }
}
