import type { Deps } from '../../deps.ts'
import { iso, isoDay } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { Account, AccountFacts, Profile } from '../../platform/db/schema.ts'
import { profileCreated, profileUpdated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { audit } from '../audit/audit.ts'
import { findLabel, setPrivateLabel } from '../labels/labels.ts'
import { refuseRejectedForGood } from '../review-cases/review-cases.ts'
import { nameWords } from './name-words.ts'
import { isBirthday, normalizeProfile, profileErrors } from './profile-rules.ts'
import type { NewProfile, ProfileView } from './schema.ts'
import { findAccountsByWords, findProfile, type IdSpan, insertProfiles, replaceProfile } from './store.ts'

export { spellingsOf } from './countries.ts'
export { isBirthday, normalizeProfile, profileErrors } from './profile-rules.ts'
export { insertProfiles, openProfile, type ProfileToInsert } from './store.ts'

const errors = defineErrors('profiles', {
  none: [404, 'Account has no profile'],
  exists: [409, 'Profile already exists'],
  birthday: [400, 'Birthday is invalid'],
  invalid: [422, 'The profile is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'outbox' | 'config' | 'vault'>

/** Values of the label `document` after which the profile is taken once more. */
const AGAIN = ['rejected', 'incomplete']

/** The account's profile; 404 when it has none. */
export async function readProfile(needs: Pick<Deps, 'db' | 'vault'>, account: AccountFacts): Promise<ProfileView> {
  const profile = await profileOf(needs, account)
  if (!profile) throw errors.none()
  return profile
}

/** The account's profile, if it has one. */
export async function profileOf(
  { db, vault }: Pick<Deps, 'db' | 'vault'>,
  account: Pick<Account, 'id'>,
): Promise<ProfileView | undefined> {
  const profile = await findProfile(db, vault, account.id)
  return profile && view(profile)
}

/**
 * Ids of the accounts in whose first and last name every word of the text is, whole, in any order and case; the newest first.
 * The names stay sealed: words are found by blind indexes, so that parts of words find nothing.
 */
export async function findAccountIdsByName(
  { db, vault }: Pick<Deps, 'db' | 'vault'>,
  text: string,
  span: IdSpan,
): Promise<number[]> {
  const words = nameWords(text)
  return words.length === 0 ? [] : findAccountsByWords(db, vault, words, span)
}

/**
 * Hands in the account's profile: once, and again when the documents were refused or more was asked for, which puts the
 * account up for review.
 * Refuses with everything that is wrong with it at once.
 */
export async function createProfile(needs: Needs, account: AccountFacts, input: NewProfile): Promise<void> {
  refuseFutureBirthday(needs, input)
  try {
    await needs.db.transaction().execute(async (tx) => {
      const profile = await findProfile(tx, needs.vault, account.id)
      if (profile) await handInAgain(needs, tx, account, input)
      else await recordProfile(needs, tx, account, input)
    })
  } catch (error) {
    throw isUniqueViolation(error) ? errors.exists({ cause: error }) : error
  }
}

async function handInAgain(needs: Needs, tx: Tx, { id }: Pick<Account, 'id'>, input: NewProfile): Promise<void> {
  const account = await lockAccount(tx, id)
  const before = await findProfile(tx, needs.vault, id)
  const review = await findLabel(tx, id, 'document', 'private')
  if (!before || !AGAIN.includes(review?.value ?? '')) throw errors.exists()
  await refuseRejectedForGood(tx, account)
  const after = { ...before, ...columnsOf(input), updated_at: iso(needs.clock.now()) }
  await replaceProfile(tx, needs.vault, after)
  await needs.outbox.record(tx, id, eventMessage(profileUpdated(account, before, after)))
  await audit(needs, tx, { action: 'profile.submitted', account_id: id })
  await setPrivateLabel(needs, tx, id, 'document', 'pending')
}

/** The same inside a transaction, for an account that has none. */
export async function recordProfile(
  needs: Pick<Deps, 'clock' | 'outbox' | 'vault'>,
  tx: Tx,
  account: AccountFacts,
  input: NewProfile,
): Promise<void> {
  refuseFutureBirthday(needs, input)
  const now = iso(needs.clock.now())
  const row = {
    ...columnsOf(input),
    account_id: account.id,
    created_at: now,
    updated_at: now,
  }
  await insertProfiles(tx, needs.vault, [row])
  await needs.outbox.record(tx, account.id, eventMessage(profileCreated(account, row)))
  await audit(needs, tx, { action: 'profile.submitted', account_id: account.id })
}

/** What the columns of a profile become; 422 when anything is wrong. */
function columnsOf(input: NewProfile) {
  const profile = normalizeProfile(input)
  const invalid = profileErrors(profile)
  if (invalid.any) throw errors.invalid({ body: { error: invalid.sentence() } })
  const { metadata, ...rest } = profile
  return { ...rest, metadata: metadata === undefined ? null : JSON.stringify(metadata) }
}

function refuseFutureBirthday({ clock }: Pick<Deps, 'clock'>, { dob }: NewProfile): void {
  if (dob !== '' && !isBirthday(dob, isoDay(clock.now()))) throw errors.birthday()
}

const view = ({ first_name, last_name, dob, address, postcode, city, country, metadata }: Profile): ProfileView => ({
  first_name,
  last_name,
  dob,
  address,
  postcode,
  city,
  country,
  metadata: metadata === null ? null : JSON.parse(metadata),
})
