import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken } from '../../../test/support/factories.ts'
import { mailedToken, subjects } from '../../../test/support/notices.ts'
import { addPasskey, anAddedPasskey, aPasskey } from '../../../test/support/passkeys.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { fakeClock, MINUTE } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'

const NEW_PASSWORD = 'seven lanterns uphill'

/** A server whose time goes on between any two looks at the clock. */
const aServer = (databaseUrl: string): Promise<TestServer> =>
  testServer(databaseUrl, {}, undefined, fakeClock(undefined, 1))

/** Presses “This was not me” in that mail or the last one, and chooses a new password by the mail that follows. */
async function takeBack(server: TestServer, person: Account, mailed?: string): Promise<void> {
  const notice_token = mailed ?? (await mailedToken(server, person.email))
  assert.equal((await server.call('POST', '/security/not_me', { json: { notice_token } })).status, 201)
  const json = { reset_password_token: await mailedToken(server, person.email), password: NEW_PASSWORD }
  assert.equal((await server.call('PUT', '/security/reset_password', { json })).status, 200)
}

const signIn = async (server: TestServer, { email }: Account, more: object = {}) => {
  const { uid: application_id } = await anApplication(server)
  return server.call('POST', '/sessions', { json: { email, password: NEW_PASSWORD, application_id, ...more } })
}

const codesOf = ({ deps: { db } }: TestServer, { id }: Account) =>
  db.selectFrom('recovery_codes').selectAll().where('account_id', '=', id).execute()

onEachDatabase('Whoever says “This was not me” and chooses a new password', (newDatabase) => {
  test('signs in without the passkey that the mail was about, and without its recovery codes', async () => {
    await using server = await aServer(await newDatabase())
    const person = await anAccount(server)
    const { token } = await anAddedPasskey(server, person)
    const notice = await mailedToken(server, person.email)
    const made = await server.call('POST', '/security/recovery_codes', { token, json: {} })
    assert.equal(made.status, 201)
    await takeBack(server, person, notice)
    assert.deepEqual(await server.deps.db.selectFrom('passkeys').selectAll().execute(), [])
    assert.deepEqual(await codesOf(server, person), [])
    assert.equal((await signIn(server, person)).status, 201)
  })

  test('keeps the factors that are older, and none of the codes that are not', async () => {
    await using server = await aServer(await newDatabase())
    const person = await anAccount(server)
    const { token, app } = await anAuthenticator(server, person)
    const first = await server.call('POST', '/security/recovery_codes', { token, json: { code: app.next() } })
    assert.equal(first.status, 201)
    server.clock.advance(MINUTE)
    assert.equal((await addPasskey(server, token, aPasskey())).status, 201)
    await takeBack(server, person)
    assert.equal((await codesOf(server, person)).length, 10, 'made before')
    assert.equal((await signIn(server, person)).status, 403)
    assert.equal((await signIn(server, person, { otp_code: app.next() })).status, 201)
  })

  test('loses codes that were made anew, even where the mail is about those', async () => {
    await using server = await aServer(await newDatabase())
    const person = await anAccount(server)
    const { token, app } = await anAuthenticator(server, person)
    server.clock.advance(MINUTE)
    const made = await server.call('POST', '/security/recovery_codes', { token, json: { code: app.next() } })
    assert.equal(made.status, 201)
    await takeBack(server, person)
    assert.deepEqual(await codesOf(server, person), [])
    assert.equal((await signIn(server, person, { otp_code: app.next() })).status, 201)
  })

  test('is not asked for a code of the app that the mail was about', async () => {
    await using server = await aServer(await newDatabase())
    const person = await anAccount(server)
    await anAuthenticator(server, person)
    await takeBack(server, person)
    assert.equal((await signIn(server, person)).status, 201)
    const { otp_secret_sealed, otp_enabled_at } = await server.deps.db
      .selectFrom('accounts')
      .selectAll()
      .where('id', '=', person.id)
      .executeTakeFirstOrThrow()
    assert.deepEqual([otp_secret_sealed, otp_enabled_at], [null, null])
    assert.ok((await subjects(server)).includes('Some actions are on hold'))
    const acts = await server.deps.db.selectFrom('audit_records').select('action').execute()
    assert.ok(acts.some(({ action }) => action === 'otp.disabled'))
  })

  test('has the account on hold from the first moment where the app goes, and no secret that waits for its code', async () => {
    await using server = await aServer(await newDatabase())
    const { db } = server.deps
    const person = await anAccount(server)
    await anAuthenticator(server, person)
    const notice_token = await mailedToken(server, person.email)
    assert.equal((await server.call('POST', '/security/not_me', { json: { notice_token } })).status, 201)
    const hold = await db.selectFrom('labels').select(['value', 'reason']).where('key', '=', 'hold').executeTakeFirst()
    assert.deepEqual({ ...hold }, { value: 'withdraw', reason: 'second_factor_removed' })

    const other = await anAccount(server)
    const token = await aToken(server, other)
    assert.equal((await addPasskey(server, token, aPasskey())).status, 201)
    assert.equal((await server.call('POST', '/security/generate_qrcode', { token })).status, 201)
    const json = { notice_token: await mailedToken(server, other.email) }
    assert.equal((await server.call('POST', '/security/not_me', { json })).status, 201)
    const { otp_pending_sealed, otp_pending_until } = await db
      .selectFrom('accounts')
      .selectAll()
      .where('id', '=', other.id)
      .executeTakeFirstOrThrow()
    assert.deepEqual([otp_pending_sealed, otp_pending_until], [null, null])
  })

  test('has no codes left that count for the first factor of later on', async () => {
    await using server = await aServer(await newDatabase())
    const person = await anAccount(server)
    await server.deps.db
      .insertInto('recovery_codes')
      .values({ account_id: person.id, digest: 'left', salt: null, created_at: '2026-01-01T00:00:00.000Z' })
      .execute()
    const token = await aToken(server, person)
    assert.equal((await addPasskey(server, token, aPasskey())).status, 201)
    assert.deepEqual(await codesOf(server, person), [])
    const other = await anAccount(server)
    await server.deps.db
      .insertInto('recovery_codes')
      .values({ account_id: other.id, digest: 'left', salt: null, created_at: '2026-01-01T00:00:00.000Z' })
      .execute()
    await anAuthenticator(server, other)
    assert.deepEqual(await codesOf(server, other), [])
  })
})
