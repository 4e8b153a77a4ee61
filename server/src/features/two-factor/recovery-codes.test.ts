import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashRaw } from '@node-rs/argon2'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { watchedServer } from '../../../test/support/meanwhile.ts'
import { subjects } from '../../../test/support/notices.ts'
import { anAddedPasskey } from '../../../test/support/passkeys.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { iso } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'

/** As passwords: 19 MiB, two passes, one lane. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const PATH = '/security/recovery_codes'
const WRONG = { error: 'OTP code is invalid' }

/** A person with the second factor on, and ten recovery codes. */
async function prepared(server: TestServer) {
  const person = await anAccount(server)
  const { token, app } = await anAuthenticator(server, person)
  const made = await server.call('POST', PATH, { token, json: { code: app.next() } })
  assert.equal(made.status, 201)
  const codes: string[] = made.body.codes
  const application_id = (await anApplication(server)).uid
  const signIn = (otp_code: string, account: Account = person) =>
    server.call('POST', '/sessions', { json: { email: account.email, password: PASSWORD, application_id, otp_code } })
  const left = async () => (await server.call('GET', PATH, { token })).body.left
  return { person, token, app, codes, signIn, left }
}

onEachDatabase('Recovery codes', (newDatabase) => {
  // ASVS 6.5.1, 6.5.2, 6.5.3, 6.5.4
  test('are ten, easy to read, told once, kept as passwords are, and their making is told by mail', async () => {
    await using server = await testServer(await newDatabase())
    const { person, codes, left } = await prepared(server)
    assert.equal(new Set(codes).size, 10)
    for (const code of codes) assert.match(code, /^[a-hjkmnp-z2-9]{5}-[a-hjkmnp-z2-9]{5}$/)
    const rows = await server.deps.db.selectFrom('recovery_codes').selectAll().execute()
    const salt = rows[0]?.salt ?? ''
    assert.match(salt, /^[\w-]{22}$/, '128 random bits')
    const subject = async (code: string) => {
      const bytes = { ...ARGON2, salt: Buffer.from(salt, 'base64url') }
      return `${person.uid}:${(await hashRaw(code.replace('-', ''), bytes)).toString('base64url')}`
    }
    const { vault } = server.deps
    const kept = await Promise.all(codes.map(async (code) => vault.index('recovery_codes.digest', await subject(code))))
    assert.deepEqual(rows.map(({ digest }) => digest).sort(), kept.sort())
    assert.equal(await left(), 10)
    assert.equal((await subjects(server)).at(-1), 'New recovery codes were made')
  })

  // ASVS 6.5.1
  test('sign in once each, in capitals and without the hyphen too, and each use is told by mail', async () => {
    await using server = await testServer(await newDatabase())
    const { codes, signIn, left } = await prepared(server)
    const [first = '', second = ''] = codes
    assert.equal((await signIn(first)).status, 201)
    const again = await signIn(first)
    assert.deepEqual([again.status, again.body], [403, WRONG])
    assert.equal((await signIn(` ${second.replace('-', '').toUpperCase()} `)).status, 201)
    assert.equal(await left(), 8)
    await server.deliver()
    const uses = server.mails.filter(({ subject }) => subject === 'A recovery code was used')
    assert.equal(uses.length, 2)
    assert.match(uses[0]?.text ?? '', /Unused codes that are left: 9\./)
  })

  test('that were made before there were salts are good once, as ever', async () => {
    await using server = await testServer(await newDatabase())
    const { person, signIn, left } = await prepared(server)
    const { db, vault } = server.deps
    await db.deleteFrom('recovery_codes').execute()
    const digest = vault.index('recovery_codes.digest', `${person.uid}:abcdefghjk`)
    const created_at = person.created_at
    await db.insertInto('recovery_codes').values({ account_id: person.id, digest, created_at }).execute()
    assert.equal((await signIn('abcde-fghjm')).status, 403)
    assert.equal((await signIn('abcde-fghjk')).status, 201)
    assert.equal((await signIn('abcde-fghjk')).status, 403)
    assert.equal(await left(), 0)
  })

  test('let in exactly one of many that bring one code at once', async () => {
    await using server = await testServer(await newDatabase())
    const { codes, signIn, left } = await prepared(server)
    const answers = await Promise.all(Array.from({ length: 4 }, () => signIn(codes[0] ?? '')))
    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    assert.equal(await left(), 9)
  })

  test('count as guesses when they are wrong, and lock the account', async () => {
    await using server = await testServer(await newDatabase(), { MAX_LOGIN_ATTEMPTS: '2' })
    const { codes, signIn } = await prepared(server)
    for (let guess = 0; guess < 2; guess++) assert.deepEqual((await signIn('aaaaa-aaaaa')).body, WRONG)
    assert.deepEqual((await signIn(codes[0] ?? '')).body, { error: 'Your account was locked!' })
  })

  test('are the account’s own, and void once new ones are made', async () => {
    await using server = await testServer(await newDatabase())
    const one = await prepared(server)
    const other = await prepared(server)
    assert.equal((await one.signIn(other.codes[0] ?? '')).status, 403)
    const { token, app, codes, signIn } = one
    assert.equal((await server.call('POST', PATH, { token, json: { code: app.next() } })).status, 201)
    assert.equal((await signIn(codes[1] ?? '')).status, 403)
    assert.equal(await other.left(), 10)
  })

  test('are found under an older master key', async () => {
    const [old, young] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')]
    const database = await newDatabase()
    const { codes, person } = await (async () => {
      await using server = await testServer(database, { BARONG_MASTER_KEY: old })
      return await prepared(server)
    })()
    await using server = await testServer(database, { BARONG_MASTER_KEY: `${young},${old}` })
    const application_id = (await anApplication(server)).uid
    const json = { email: person.email, password: PASSWORD, application_id, otp_code: codes[0] }
    assert.equal((await server.call('POST', '/sessions', { json })).status, 201)
  })

  test('do not stand in for the app where API keys or a session’s code are asked for', async () => {
    await using server = await testServer(await newDatabase())
    const { token, codes, left } = await prepared(server)
    const code = codes[0]
    assert.deepEqual((await server.call('GET', `/api_keys?totp_code=${code}`, { token })).body, WRONG)
    assert.deepEqual((await server.call('POST', '/security/verify_code', { token, json: { code } })).body, WRONG)
    assert.deepEqual((await server.call('POST', PATH, { token, json: { code } })).body, WRONG)
    assert.equal(await left(), 10)
  })

  test('are not made without a code by the holder of a passkey who turned the app on meanwhile', async () => {
    await using server = await watchedServer(newDatabase)
    const person = await anAccount(server)
    const { token } = await anAddedPasskey(server, person)
    const otp_enabled_at = iso(server.clock.now())
    const { status, body } = await server.overtake(
      person,
      () => server.call('POST', PATH, { token, json: {} }),
      (tx) => tx.updateTable('accounts').set({ otp_enabled_at }).where('id', '=', person.id).execute(),
    )
    assert.deepEqual([status, body], [400, { error: 'Code is missing, Code is empty' }])
    assert.deepEqual(await server.deps.db.selectFrom('recovery_codes').selectAll().execute(), [])
  })

  test('are made with a fresh code of the app only, and for nobody else', async () => {
    await using server = await testServer(await newDatabase())
    const make = (token: string | undefined, json: unknown) => server.call('POST', PATH, { token, json })
    const { token, app } = await prepared(server)
    assert.deepEqual((await make(token, {})).body, { error: 'Code is missing, Code is empty' })
    assert.deepEqual((await make(token, { code: app.code() })).body, {
      error: 'This code was used before; wait for the next one',
    })
    assert.deepEqual((await make(token, { code: app.wrong() })).body, WRONG)
    assert.equal((await make(undefined, { code: app.next() })).status, 401)
    assert.equal((await server.call('GET', PATH)).status, 401)
    const without = await make(await aToken(server, await anAccount(server)), { code: '123456' })
    assert.deepEqual([without.status, without.body], [400, { error: '2FA has not been enabled for this account' }])
  })
})
