import { createApplication } from '../../src/features/applications/applications.ts'
import { setPrivateLabel } from '../../src/features/labels/labels.ts'
import { insertPhones, openPhone, type PhoneToInsert } from '../../src/features/phones/phones.ts'
import { insertProfiles, type ProfileToInsert } from '../../src/features/profiles/profiles.ts'
import { signIn } from '../../src/features/sessions/sessions.ts'
import { iso } from '../../src/lib/clock.ts'
import { accountUid } from '../../src/lib/ids.ts'
import type { Account, Application, NewRow, Phone } from '../../src/platform/db/schema.ts'
import type { TestServer } from './server.ts'

/** The password of every account made here. */
export const PASSWORD = 'a quiet river at dawn 7Q'

let count = 0
/** Of the password; hashed once, as hashing is nearly all the work of making an account. */
let digest: string | undefined

/** A confirmed account of level 1 unless told otherwise. */
export async function anAccount(server: TestServer, overrides: Partial<NewRow<'accounts'>> = {}): Promise<Account> {
  const { deps } = server
  const now = iso(deps.clock.now())
  await theLevels(server)
  digest ??= await deps.passwords.hash(PASSWORD)
  const password_digest = digest
  return deps.db.transaction().execute(async (tx) => {
    const account = await tx
      .insertInto('accounts')
      .values({
        uid: accountUid(),
        email: `person${++count}@example.com`,
        password_digest,
        role: 'member',
        state: 'active',
        confirmed_at: now,
        created_at: now,
        updated_at: now,
        ...overrides,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    if (account.confirmed_at !== null) await setPrivateLabel(deps, tx, account.id, 'email', 'verified')
    await tx.deleteFrom('outbox').where('account_id', '=', account.id).execute()
    await tx.deleteFrom('events').where('account_id', '=', account.id).execute()
    return tx.selectFrom('accounts').selectAll().where('id', '=', account.id).executeTakeFirstOrThrow()
  })
}

/** An application that people sign in through. */
export async function anApplication({ deps }: TestServer): Promise<Application> {
  const name = `Application ${++count}`
  const { application } = await createApplication(deps, {
    name,
    redirect_uri: 'https://app.example/callback',
    skipauth: true,
  })
  return application
}

/** A token of a session of the account. */
export async function aToken(server: TestServer, account: Account): Promise<string> {
  const application = await anApplication(server)
  return signIn(server.deps, { email: account.email, password: PASSWORD, application_id: application.uid })
}

/** The three levels of the default seeds. */
export async function theLevels({ deps }: TestServer): Promise<void> {
  const now = iso(deps.clock.now())
  const levels = ['email', 'phone', 'document'].map((key) => ({
    key,
    value: 'verified',
    description: `The ${key} is verified`,
    created_at: now,
    updated_at: now,
  }))
  await deps.db
    .insertInto('levels')
    .values(levels)
    .onConflict((conflict) => conflict.columns(['key', 'value']).doNothing())
    .execute()
}

/** All numbers in the database, oldest first. */
export async function thePhones({ deps: { db, vault } }: TestServer): Promise<Phone[]> {
  const rows = await db.selectFrom('phones').selectAll().orderBy('id').execute()
  return Promise.all(rows.map(async (row) => openPhone(await vault.keyOf(db, row.account_id), row)))
}

/** A number of the account, verified unless told otherwise. */
export async function aPhone(
  { deps: { db, vault, clock } }: TestServer,
  account: Pick<Account, 'id'>,
  overrides: Partial<PhoneToInsert> = {},
): Promise<void> {
  const now = iso(clock.now())
  const number = `44790012${String(account.id).padStart(4, '0')}`
  const phone = { account_id: account.id, number, country: 'GB', validated_at: now, created_at: now, updated_at: now }
  await db.transaction().execute((tx) => insertPhones(tx, vault, [{ ...phone, ...overrides }]))
}

/** The account's profile: Ada Lovelace's unless told otherwise. */
export async function aProfile(
  { deps: { db, vault, clock } }: TestServer,
  account: Pick<Account, 'id'>,
  overrides: Partial<ProfileToInsert> = {},
): Promise<void> {
  const now = iso(clock.now())
  const profile = {
    account_id: account.id,
    ...{ first_name: 'Ada', last_name: 'Lovelace', dob: '1990-12-10', address: '12 St James’s Square' },
    ...{ postcode: 'SW1Y 4JH', city: 'London', country: 'GB', metadata: null },
    ...{ created_at: now, updated_at: now },
  }
  await db.transaction().execute((tx) => insertProfiles(tx, vault, [{ ...profile, ...overrides }]))
}
