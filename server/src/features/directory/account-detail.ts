import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { iso, isoSeconds } from '../../lib/clock.ts'
import { isObject } from '../../lib/json.ts'
import { defined } from '../../lib/objects.ts'
import type { Account, AccountFacts } from '../../platform/db/schema.ts'
import { listApiKeys, rulesView } from '../api-keys/api-keys.ts'
import { INTERNAL, listActivities, type Page } from '../audit/audit.ts'
import { findSameNumbers, findSamePictures, listDocuments } from '../documents/documents.ts'
import { listLabels } from '../labels/labels.ts'
import { countPasskeys } from '../passkeys/passkeys.ts'
import { isProtected, type Lens, lensOf } from '../permissions/permissions.ts'
import { listLatestPhones } from '../phones/phones.ts'
import { profileOf } from '../profiles/profiles.ts'
import { listOpenSessions } from '../sessions/sessions.ts'
import { rowOf } from './account-list.ts'
import type { AccountActivity, AccountDetail } from './schema.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'vault'>

/** More sessions than anybody would look through. */
const SESSIONS = 100
/** Numbers that were verified, and the few that wait for it. */
const PHONES = 100

/** Everything about an account that the role of the caller may see. */
export async function detailOf(
  needs: Needs,
  caller: AccountFacts,
  account: Account,
): Promise<Static<typeof AccountDetail>> {
  const lens = lensOf(caller.role)
  return {
    ...rowOf(needs, lens, account, {
      labels: await listLabels(needs.db, account.id),
      passkeys: await countPasskeys(needs.db, [account.id]),
    }),
    masked: !lens.clear,
    protected: isProtected(caller, account),
    confirmed_at: time(account.confirmed_at),
    locked_at: time(account.locked_at),
    frozen_at: time(account.frozen_at),
    discarded_at: time(account.discarded_at),
    otp_enabled_at: time(account.otp_enabled_at),
    failed_attempts: account.failed_attempts,
    updated_at: isoSeconds(account.updated_at),
    profile: await profileDetail(needs, lens, account),
    phones: await phonesDetail(needs, lens, account),
    documents: await documentsDetail(needs, lens, account, caller.id === account.id),
    sessions: await sessionsDetail(needs, lens, account),
    api_keys: await apiKeysDetail(needs, lens, account),
  }
}

async function apiKeysDetail(needs: Needs, { see }: Lens, { id }: Account) {
  const keys = await listApiKeys(needs.db, id)
  return keys.map((key) => {
    const { allowed_networks, last_used_from, ...rules } = rulesView(key)
    return {
      uid: key.uid,
      scopes: key.scopes,
      state: key.state,
      created_at: isoSeconds(key.created_at),
      ...rules,
      ...defined({ allowed_networks: masked(see, allowed_networks), last_used_from: masked(see, last_used_from) }),
    }
  })
}

const masked = (see: Lens['see'], text: string | undefined) => (text === undefined ? undefined : see('text', text))

async function profileDetail(needs: Needs, { see }: Lens, account: Account) {
  const profile = await profileOf(needs, account)
  if (!profile) return null
  return {
    first_name: see('name', profile.first_name),
    last_name: see('name', profile.last_name),
    dob: see('text', profile.dob),
    address: see('text', profile.address),
    postcode: see('text', profile.postcode),
    city: see('text', profile.city),
    country: see('text', profile.country),
  }
}

async function phonesDetail(needs: Needs, { see }: Lens, { id }: Account) {
  const phones = await listLatestPhones(needs.db, needs.vault, id, PHONES)
  return phones.map(({ number, country, validated_at, created_at }) => ({
    number: see('number', number),
    country: see('text', country),
    validated_at: time(validated_at),
    created_at: isoSeconds(created_at),
  }))
}

async function documentsDetail(needs: Needs, { clear, see }: Lens, { id: account_id }: Account, isOwn: boolean) {
  const documents = await listDocuments(needs.db, needs.vault, account_id)
  const unknown = new Map<number, string[]>()
  // Who else handed the same in is no knowledge of the one it is about.
  const mayCompare = clear && !isOwn
  const numbers = mayCompare ? await findSameNumbers(needs.db, account_id) : unknown
  const pictures = mayCompare ? await findSamePictures(needs.db, account_id) : unknown
  return documents.map(({ id, doc_type, doc_number, doc_expire, content_type, size, created_at }) => ({
    id,
    doc_type,
    doc_number: see('text', doc_number),
    same_number: numbers.get(id) ?? [],
    same_picture: pictures.get(id) ?? [],
    doc_expire: see('text', doc_expire),
    content_type,
    size,
    created_at: isoSeconds(created_at),
  }))
}

async function sessionsDetail(needs: Needs, { see }: Lens, { id }: Account) {
  const sessions = await listOpenSessions(needs.db, id, iso(needs.clock.now()), SESSIONS)
  return sessions.map((session) => ({
    id: session.id,
    application:
      session.application_uid === null || session.application_name === null
        ? null
        : { uid: session.application_uid, name: session.application_name },
    address: see('text', session.address),
    device: session.user_agent,
    signed_in_at: isoSeconds(session.authenticated_at),
    expires_at: isoSeconds(session.expires_at),
  }))
}

/** What happened to an account, newest first; of one's own without what colleagues do among themselves. */
export async function activitiesOf(
  needs: Needs,
  caller: AccountFacts,
  { id }: Pick<Account, 'id'>,
  page: Page,
): Promise<Static<typeof AccountActivity>[]> {
  const { see } = lensOf(caller.role)
  const hidden = caller.id === id ? { except: INTERNAL } : {}
  const records = await listActivities(needs, { account_id: id, ...hidden }, page)
  return records.map((record) => ({
    id: record.id,
    action: record.action,
    result: record.result,
    code: record.code,
    by: record.actor_kind,
    actor: record.actor_id,
    address: see('text', record.address),
    device: record.user_agent,
    reason: reasonIn(record.details),
    at: isoSeconds(record.created_at),
  }))
}

function reasonIn(details: string | null): string | null {
  const told: unknown = details === null ? null : JSON.parse(details)
  return isObject(told) && typeof told['reason'] === 'string' ? told['reason'] : null
}

const time = (text: string | null): string | null => (text === null ? null : isoSeconds(text))
