import type { Deps } from '../../deps.ts'
import { iso, isoDay } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isUniqueViolation } from '../../platform/db/db.ts'
import type { Account, NewRow } from '../../platform/db/schema.ts'
import { profileCreated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { isBirthday, normalizeProfile, profileErrors } from './profile-rules.ts'
import type { NewProfile, ProfileView } from './schema.ts'
import { findProfile, insertProfile } from './store.ts'

const errors = defineErrors('profiles', {
  none: [404, 'Account has no profile'],
  exists: [409, 'Profile already exists'],
  birthday: [400, 'Birthday is invalid'],
  invalid: [422, 'The profile is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'outbox'>

/** The account's profile; 404 when it has none. */
export async function readProfile({ db }: Pick<Deps, 'db'>, account: Account): Promise<ProfileView> {
  const profile = await findProfile(db, account.id)
  if (!profile) throw errors.none()
  const { first_name, last_name, dob, address, postcode, city, country, metadata } = profile
  return {
    first_name,
    last_name,
    dob,
    address,
    postcode,
    city,
    country,
    metadata: metadata === null ? null : JSON.parse(metadata),
  }
}

/** Hands in the account's profile, once and for good; refuses with everything that is wrong with it at once. */
export async function createProfile(needs: Needs, account: Account, input: NewProfile): Promise<void> {
  const { db, clock } = needs
  if (input.dob !== '' && !isBirthday(input.dob, isoDay(clock.now()))) throw errors.birthday()
  if (await findProfile(db, account.id)) throw errors.exists()
  const profile = normalizeProfile(input)
  const invalid = profileErrors(profile)
  if (invalid.any) throw errors.invalid({ body: { error: invalid.sentence() } })
  const { metadata, ...rest } = profile
  const now = iso(clock.now())
  await insert(needs, account, {
    ...rest,
    account_id: account.id,
    metadata: metadata === undefined ? null : JSON.stringify(metadata),
    created_at: now,
    updated_at: now,
  })
}

async function insert({ db, outbox }: Needs, account: Account, row: NewRow<'profiles'>): Promise<void> {
  try {
    await db.transaction().execute(async (tx) => {
      const profile = await insertProfile(tx, row)
      await outbox.record(tx, account.id, eventMessage(profileCreated(account, profile)))
    })
  } catch (error) {
    throw isUniqueViolation(error) ? errors.exists({ cause: error }) : error
  }
}
