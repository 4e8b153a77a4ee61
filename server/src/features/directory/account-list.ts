import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { DAY, iso, isoSeconds, parseIso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Account, Label } from '../../platform/db/schema.ts'
import { frozenBy, isLocked, normalizeEmail } from '../accounts/accounts.ts'
import { labelView } from '../labels/labels.ts'
import { countPasskeys } from '../passkeys/passkeys.ts'
import { type Lens, lensOf } from '../permissions/permissions.ts'
import { phoneHolders } from '../phones/phones.ts'
import { findAccountIdsByName, spellingsOf } from '../profiles/profiles.ts'
import type { AccountQuery, AccountRow } from './schema.ts'
import { pageOf, type Search } from './search.ts'
import * as streams from './store.ts'

const errors = defineErrors('directory', {
  masked: [403, 'Your role finds people by uid, whole e-mail or whole phone number only'],
  phone: [422, 'phone must be a whole international number'],
  country: [422, 'country must be an ISO 3166-1 code'],
  label: [422, 'label must be a key, or a key and a value with a colon between them'],
  dates: [422, 'created_from must not be after created_to'],
})

type Needs = Pick<Deps, 'db' | 'ring' | 'vault' | 'clock' | 'config'>
type Query = Static<typeof AccountQuery>

const DEFAULT_LIMIT = 25

/** A page of the accounts that match, as a role may see them. */
export async function listAccounts(
  needs: Needs,
  role: string,
  { cursor, limit = DEFAULT_LIMIT, ...filters }: Query,
): Promise<{ items: Static<typeof AccountRow>[]; next: string | null; previous: string | null }> {
  const lens = lensOf(role)
  const search = await searchOf(needs, lens, filters)
  const { accounts, next, previous } = await pageOf(needs, search, { cursor, limit })
  const ids = accounts.map(({ id }) => id)
  const more = { labels: await streams.listLabelsOf(needs.db, ids), passkeys: await countPasskeys(needs.db, ids) }
  return { items: accounts.map((account) => rowOf(needs, lens, account, more)), next, previous }
}

/** An account as lists show it. `labels` and `passkeys`, by id of the account, may hold those of others, too. */
export const rowOf = (
  needs: Pick<Deps, 'clock' | 'config'>,
  lens: Lens,
  account: Account,
  { labels, passkeys }: { labels: readonly Label[]; passkeys: ReadonlyMap<number, number> },
): Static<typeof AccountRow> => ({
  uid: account.uid,
  email: lens.see('email', account.email),
  role: account.role,
  level: account.level,
  state: account.state,
  otp_enabled: account.otp_enabled_at !== null,
  passkeys: passkeys.get(account.id) ?? 0,
  locked: isLocked(needs, account),
  frozen: account.frozen_at !== null,
  frozen_by: frozenBy(account),
  discarded: account.discarded_at !== null,
  labels: labels.filter(({ account_id }) => account_id === account.id).map(labelView),
  created_at: isoSeconds(account.created_at),
})

async function searchOf(needs: Needs, lens: Lens, filters: Omit<Query, 'cursor' | 'limit'>): Promise<Search> {
  // What is masked must not be found out by asking for it piece by piece.
  if (!lens.clear && (filters.country ?? filters.name) !== undefined) throw errors.masked()
  const conditions = conditionsOf(needs, lens, filters)
  const named = await namedIds(needs, lens, filters)
  const stream = named
    ? among(named)
    : filters.name === undefined
      ? streamOf(conditions, filters.state)
      : byName(needs, filters.name)
  return { name: JSON.stringify(filters), stream, conditions }
}

function conditionsOf(
  { clock, config }: Needs,
  lens: Lens,
  { level, role, state, label, label_scope = 'private', country, created_from, created_to, email }: Query,
): streams.Conditions {
  if (created_from !== undefined && created_to !== undefined && created_from > created_to) throw errors.dates()
  return {
    level,
    role,
    state: state === 'pending' || state === 'active' || state === 'banned' ? state : undefined,
    discarded: state === 'discarded',
    frozen: state === 'frozen' || undefined,
    locked_after: state === 'locked' ? iso(clock.now() - config.unlock_in) : undefined,
    label: label === undefined ? undefined : labelOf(label, label_scope),
    country: country === undefined ? undefined : countryOf(country),
    created_from: created_from === undefined ? undefined : iso(parseIso(created_from)),
    created_to: created_to === undefined ? undefined : iso(parseIso(created_to) + DAY),
    email_prefix: email === undefined || !lens.clear ? undefined : normalizeEmail(email),
  }
}

function labelOf(text: string, scope: 'public' | 'private'): streams.LabelFilter {
  const [, key, value] = /^([a-z0-9_-]+)(?::([a-z0-9_-]+))?$/.exec(text.trim().toLowerCase()) ?? []
  if (key === undefined) throw errors.label()
  return { scope, key, value }
}

function countryOf(text: string): string[] {
  const spellings = spellingsOf(text)
  if (spellings.length === 0) throw errors.country()
  return spellings
}

/** The accounts that are named outright, or undefined where none is. */
async function namedIds(needs: Needs, lens: Lens, { uid, phone, email, name }: Query): Promise<number[] | undefined> {
  const named: number[][] = []
  if (uid !== undefined) named.push(await idOf(needs, uid.toUpperCase()))
  if (phone !== undefined) {
    const holders = await phoneHolders(needs, phone)
    if (!holders) throw errors.phone()
    named.push(holders)
  }
  if (email !== undefined && !lens.clear) named.push(await idOf(needs, email))
  const [first, ...others] = named
  const ids = first?.filter((id) => others.every((other) => other.includes(id)))
  return ids && name !== undefined ? findAccountIdsByName(needs, name, { among: ids, limit: ids.length }) : ids
}

/** Accounts of that name, the newest first. */
const byName =
  ({ vault }: Needs, name: string): streams.Stream =>
  async (db, { from, backwards, limit }) =>
    (await findAccountIdsByName({ db, vault }, name, { from: from?.id, backwards, limit })).map((id) => ({
      id,
      key: '',
    }))

const idOf = async (needs: Needs, email_or_uid: string): Promise<number[]> => {
  const account = await streams.findAnyAccountId(needs.db, normalizeEmail(email_or_uid), email_or_uid)
  return account === undefined ? [] : [account]
}

/** Few accounts that are known already, the newest first. */
const among =
  (ids: readonly number[]): streams.Stream =>
  async (_db, { from, backwards, limit }) => {
    const sorted = [...ids].sort((one, other) => (backwards ? one - other : other - one))
    const rest = sorted.filter((id) => from === undefined || (backwards ? id > from.id : id < from.id))
    return rest.slice(0, limit).map((id) => ({ id, key: '' }))
  }

/** The index to go along: the one that most likely has the fewest accounts that do not match. */
function streamOf(conditions: streams.Conditions, state: Query['state']): streams.Stream {
  const { email_prefix, label, country, role, level, created_from, created_to } = conditions
  if (email_prefix !== undefined) return streams.byEmail(email_prefix)
  if (created_from !== undefined || created_to !== undefined) return streams.byCreation(created_from, created_to)
  if (role !== undefined && role !== 'member') return streams.byColumns({ role })
  if (state === 'discarded') return streams.byMark('discarded_at')
  if (state === 'locked') return streams.byMark('locked_at')
  if (state === 'frozen') return streams.byMark('frozen_at')
  if ((state === 'banned' || state === 'pending' || (state === 'active' && !label && !country)) && level !== undefined)
    return streams.byColumns({ state, level })
  if (state === 'banned' || state === 'pending') return streams.byColumns({ state })
  if (label) return streams.byLabel(label)
  if (country) return streams.byCountry(country)
  if (level !== undefined) return streams.byColumns({ level })
  if (state === 'active') return streams.byColumns({ state })
  return streams.everybody
}
