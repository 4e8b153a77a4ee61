import type { Deps } from '../../deps.ts'
import { iso, isoDay } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { Account, Profile } from '../../platform/db/schema.ts'
import { profileCreated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { audit } from '../audit/audit.ts'
import { isBirthday, normalizeProfile, profileErrors } from './profile-rules.ts'
import type { NewProfile, ProfileView } from './schema.ts'
import { findProfile, insertProfile } from './store.ts'

export { isBirthday, normalizeProfile, profileErrors } from './profile-rules.ts'

const errors = defineErrors('profiles', {
  none: [404, 'Account has no profile'],
  exists: [409, 'Profile already exists'],
  birthday: [400, 'Birthday is invalid'],
  invalid: [422, 'The profile is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'outbox'>

/** The account's profile; 404 when it has none. */
export async function readProfile(needs: Pick<Deps, 'db'>, account: Account): Promise<ProfileView> {
  const profile = await profileOf(needs, account)
  if (!profile) throw errors.none()
  return profile
}

/** The account's profile, if it has one. */
export async function profileOf({ db }: Pick<Deps, 'db'>, account: Account): Promise<ProfileView | undefined> {
  const profile = await findProfile(db, account.id)
  return profile && view(profile)
}

/** Hands in the account's profile, once and for good; refuses with everything that is wrong with it at once. */
export async function createProfile(needs: Needs, account: Account, input: NewProfile): Promise<void> {
  refuseFutureBirthday(needs, input)
  if (await findProfile(needs.db, account.id)) throw errors.exists()
  try {
    await needs.db.transaction().execute((tx) => recordProfile(needs, tx, account, input))
  } catch (error) {
    throw isUniqueViolation(error) ? errors.exists({ cause: error }) : error
  }
}

/** The same inside a transaction, for an account that has none. */
export async function recordProfile(
  needs: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  account: Account,
  input: NewProfile,
): Promise<void> {
  refuseFutureBirthday(needs, input)
  const profile = normalizeProfile(input)
  const invalid = profileErrors(profile)
  if (invalid.any) throw errors.invalid({ body: { error: invalid.sentence() } })
  const { metadata, ...rest } = profile
  const now = iso(needs.clock.now())
  const row = await insertProfile(tx, {
    ...rest,
    account_id: account.id,
    metadata: metadata === undefined ? null : JSON.stringify(metadata),
    created_at: now,
    updated_at: now,
  })
  await needs.outbox.record(tx, account.id, eventMessage(profileCreated(account, row)))
  await audit(needs, tx, { action: 'profile.submitted', account_id: account.id })
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
