import { isDeepStrictEqual } from 'node:util'
import type { Static, TObject } from 'typebox'
import type { Deps } from '../../deps.ts'
import { iso, isoSeconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { uuid } from '../../lib/ids.ts'
import { defined } from '../../lib/objects.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { AccountFacts, ApiKey } from '../../platform/db/schema.ts'
import { apiKeyEvent, apiKeyUpdated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { noteApiKeyEnded } from '../../platform/events/revocations.ts'
import { type Asking, isBarred, lockCaller } from '../accounts/accounts.ts'
import { type Action, audit } from '../audit/audit.ts'
import { notify } from '../notices/notices.ts'
import { type ApiKeyInput, apiKeyErrors, rulesOf } from './api-key-rules.ts'
import { hasExpired } from './key-use.ts'
import type { ApiKeyRules } from './schema.ts'
import {
  countApiKeys,
  deleteApiKeyRow,
  findApiKey,
  findOwnApiKey,
  findOwner,
  insertApiKey,
  lockApiKey,
  patchApiKey,
} from './store.ts'

export { apiKeyErrors, rulesOf } from './api-key-rules.ts'
export { lifetimeOf, scopesOf } from './key-use.ts'
export type { SentRequest } from './request-signature.ts'
export { isSigned, signedRequests } from './signed-requests.ts'
export { listApiKeys } from './store.ts'
export { cleanApiKeyNonces, tokenExchange } from './token-exchange.ts'

const errors = defineErrors('api-keys', {
  notFound: [404, 'Record is not found'],
  foreign: [422, 'Account has no api key with provided uid'],
  invalid: [422, 'The API key is invalid'],
  tooMany: [422, 'There are 50 API keys already; remove one first'],
})

/** Keys of an account, which are shown all at once. */
const MOST = 50
const DEFAULT_LIFETIME = 86_400
/** Tokens that were got while one of these was another end with the change. */
const ENDING = ['public_key', 'state', 'scopes', 'allowed_networks', 'expires_at'] as const

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring'>

/** Registers a key for the account's programs. */
export async function createApiKey(
  needs: Needs,
  caller: Asking,
  input: ApiKeyInput & { public_key: string },
): Promise<ApiKey> {
  refuseInvalid(needs, input)
  const { db, clock, outbox } = needs
  const now = iso(clock.now())
  const row = {
    ...rulesOf(input),
    uid: uuid(),
    account_id: caller.account.id,
    public_key: input.public_key,
    scopes: input.scopes ?? null,
    expires_in: Number(input.expires_in ?? DEFAULT_LIFETIME),
    state: 'active',
    created_at: now,
    updated_at: now,
  }
  return db.transaction().execute(async (tx) => {
    const account = await lockCaller(tx, caller)
    if ((await countApiKeys(tx, account.id)) >= MOST) throw errors.tooMany()
    const key = await insertApiKey(tx, row)
    await outbox.record(tx, account.id, eventMessage(apiKeyEvent('created', account, key)))
    await auditKey(needs, tx, 'api_key.created', key)
    await notify(needs, tx, account, 'api_key_created', key.uid)
    return key
  })
}

/** The account's own key of that id. */
export async function readApiKey({ db }: Pick<Deps, 'db'>, account: AccountFacts, uid: string): Promise<ApiKey> {
  const key = await findOwnApiKey(db, account.id, uid)
  if (!key) throw errors.notFound()
  return key
}

/** Changes the account's own key. */
export async function changeApiKey(needs: Needs, caller: Asking, uid: string, input: ApiKeyInput): Promise<ApiKey> {
  const { db, clock, outbox } = needs
  return db.transaction().execute(async (tx) => {
    const account = await lockCaller(tx, caller)
    const key = await lockApiKey(tx, uid)
    if (key?.account_id !== account.id) throw errors.notFound()
    refuseInvalid(needs, input)
    const patch = {
      ...rulesOf(input),
      public_key: input.public_key ?? key.public_key,
      scopes: input.scopes ?? key.scopes,
      expires_in: Number(input.expires_in ?? key.expires_in),
      state: input.state ?? key.state,
    }
    if (isDeepStrictEqual({ ...key, ...patch }, { ...key })) return key
    const changed = await patchApiKey(tx, key.id, { ...patch, updated_at: iso(clock.now()) })
    if (ENDING.some((name) => changed[name] !== key[name])) await noteApiKeyEnded(tx, key, clock.now())
    await outbox.record(tx, account.id, eventMessage(apiKeyUpdated(account, key, changed)))
    await auditKey(needs, tx, 'api_key.changed', changed)
    await notify(needs, tx, account, 'api_key_changed', key.uid)
    return changed
  })
}

/** Removes the account's own key. */
export async function deleteApiKey(needs: Needs, caller: Asking, uid: string): Promise<void> {
  const { db, outbox } = needs
  await db.transaction().execute(async (tx) => {
    const account = await lockCaller(tx, caller)
    const key = await deleteApiKeyRow(tx, account.id, uid)
    if (!key) throw errors.notFound()
    await noteApiKeyEnded(tx, key, needs.clock.now())
    await outbox.record(tx, account.id, eventMessage(apiKeyEvent('deleted', account, key)))
    await auditKey(needs, tx, 'api_key.deleted', key)
    await notify(needs, tx, account, 'api_key_removed', uid)
  })
}

/** Tells a service whether a key is in use, and that it belongs to the account it names. */
export async function apiKeyState(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { uid, account_uid }: { uid: string; account_uid?: string },
): Promise<string> {
  const key = await findApiKey(db, uid)
  const owner = key && (await findOwner(db, key))
  if (!key || !owner || isBarred(owner)) throw errors.notFound()
  if (account_uid !== undefined && account_uid !== owner.uid) throw errors.foreign()
  return hasExpired({ clock }, key) ? 'inactive' : key.state
}

/** A key's rules and its last use, of which what there is not is left out. */
export function rulesView(key: ApiKey): Static<TObject<typeof ApiKeyRules>> {
  const time = (at: string | null) => (at === null ? undefined : isoSeconds(at))
  return defined({
    allowed_networks: key.allowed_networks ?? undefined,
    expires_at: time(key.expires_at),
    rate: key.rate ?? undefined,
    last_used_at: time(key.last_used_at),
    last_used_from: key.last_used_address ?? undefined,
  })
}

function auditKey(needs: Pick<Deps, 'clock'>, tx: Tx, action: Action, key: ApiKey): Promise<void> {
  const { account_id, uid, scopes, state, allowed_networks, expires_at, rate } = key
  return audit(needs, tx, { action, account_id, details: { uid, scopes, state, allowed_networks, expires_at, rate } })
}

function refuseInvalid({ clock }: Pick<Deps, 'clock'>, input: ApiKeyInput): void {
  const invalid = apiKeyErrors(input, clock.now())
  if (invalid.any) throw errors.invalid({ body: { error: invalid.sentence() } })
}
