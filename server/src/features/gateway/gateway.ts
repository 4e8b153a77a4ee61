import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Account } from '../../platform/db/schema.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { isForeign } from '../../platform/http/pages.ts'
import { isSigned, type ReplayCache, type SentRequest, takeSignedRequest } from '../api-keys/api-keys.ts'
import { holdsClaim } from '../holds/holds.ts'
import { cookiesOf, whoIsSignedIn } from '../oauth/oauth.ts'
import { signAccessToken } from '../signing-keys/signing-keys.ts'

const errors = defineErrors('gateway', {
  foreign: [403, 'A page of another site made this request'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'keys' | 'passwords' | 'outbox' | 'ring' | 'vault' | 'limits'>

/** Seconds: the token is for the one request that a gateway passes on. */
const LIFETIME = 60
/** What sessions of the product's own applications are good for. */
const FIRST_PARTY = ['peatio', 'barong']

/** Who makes a request that a gateway asks about, and the token for those behind it. */
export interface Pass {
  account: Account
  token: string
  /** Uid of the API key that signed the request. */
  api_key: string | undefined
}

/**
 * Lets in by a signed request, a bearer token or the cookie of a signed-in browser, in this order; throws 401 or 403. Of a
 * browser, only pages of the same site may make requests that change something.
 */
export async function authorize(
  needs: Needs,
  { bearer, replays }: { bearer: () => Promise<Caller>; replays: ReplayCache },
  sent: SentRequest,
): Promise<Pass> {
  if (isSigned(sent)) {
    const { key, owner } = await takeSignedRequest(needs, replays, sent)
    return pass(needs, owner, { audience: key.scopes, extra: { api_kid: key.uid } }, key.uid)
  }
  const cookies = cookiesOf(needs, sent)
  if (sent.headers.authorization === undefined && cookies.session !== undefined) {
    if (isForeign(sent)) throw errors.foreign()
    return pass(needs, await whoIsSignedIn(needs, cookies), { audience: FIRST_PARTY, extra: {} })
  }
  const { account, session } = await bearer()
  const { scopes } = session
  if (scopes === null) return pass(needs, account, { audience: FIRST_PARTY, extra: {} })
  return pass(needs, account, { audience: scopes.split(' '), extra: { scope: scopes } })
}

async function pass(
  needs: Needs,
  account: Account,
  { audience, extra }: { audience: readonly string[] | string | null; extra: Record<string, unknown> },
  api_key?: string,
): Promise<Pass> {
  const holds = await holdsClaim(needs, needs.db, account.id)
  const { token } = signAccessToken(needs, account, { audience, lifetime: LIFETIME, extra: { ...extra, ...holds } })
  return { account, token, api_key }
}
