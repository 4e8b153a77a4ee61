import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { hash as bcrypt } from 'bcryptjs'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../../../test/support/factories.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { buildApp } from '../../app.ts'
import type { Deps } from '../../deps.ts'
import { iso, seconds } from '../../lib/clock.ts'
import { parseJws } from '../../platform/crypto/jws.ts'
import type { Account } from '../../platform/db/schema.ts'

const WRONG = [401, { error: 'Invalid Email or Password' }]
const WRONG_APPLICATION = [401, { error: 'Wrong Application ID' }]
const LOCKED = [401, { error: 'Your account was locked!' }]

onEachDatabase('Signing in', (newDatabase) => {
  const server = sharedServer(newDatabase)
  let person: Account
  let application_id: string
  before(async () => {
    person = await anAccount(server())
    application_id = (await anApplication(server())).uid
  })
  const signIn = async (input: Record<string, unknown>) => {
    const json = { email: person.email, password: PASSWORD, application_id, ...input }
    const { status, body } = await server().call('POST', '/sessions', { json })
    return [status, body]
  }
  const find = ({ id }: { id: number }) =>
    server().deps.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

  // ASVS 7.2.2
  test('gives a JWT with the claims relying parties read, in their order', async () => {
    const [status, token] = await signIn({})
    assert.equal(status, 201)
    const { header, payload } = parseJws(token) ?? assert.fail('It is no JWT.')
    assert.deepEqual(header, { typ: 'JWT', alg: 'RS256', kid: server().deps.keys.current().kid })
    const { jti, ...claims } = payload
    const iat = seconds(server().clock.now())
    const { uid, email } = person
    assert.deepEqual(claims, {
      iat,
      exp: iat + 14_400,
      sub: 'session',
      iss: 'barong',
      aud: ['peatio', 'barong'],
      uid,
      email,
      role: 'member',
      level: 1,
      state: 'active',
    })
    assert.match(String(jti), /^[0-9A-F]{24}$/)
    assert.equal(Object.keys(payload).join(' '), 'iat exp sub iss aud jti uid email role level state')
    assert.equal((await server().call('GET', '/accounts/me', { token })).status, 200)
  })

  test('takes forms, addresses in capitals and between blanks', async () => {
    const form = { email: ` ${person.email.toUpperCase()} `, password: PASSWORD, application_id }
    assert.equal((await server().call('POST', '/sessions', { form })).status, 201)
  })

  test('tells all that is missing, and what is not text', async () => {
    const all = 'Email is missing, Password is missing, Application ID is missing'
    assert.deepEqual((await server().call('POST', '/sessions', { json: {} })).body, { error: all })
    const cases: [input: Record<string, unknown>, error: string][] = [
      [{ email: [person.email] }, 'Email is invalid'],
      [{ email: { a: 'b' }, password: ['x'] }, 'Email is invalid, Password is invalid'],
      [{ application_id: { a: 'b' } }, 'Application ID is invalid'],
      [{ otp_code: ['1'] }, 'OTP code is invalid'],
      [{ expires_in: '' }, 'Expires In is empty'],
      [{ expires_in: [3600] }, 'Expires In is invalid'],
      [{ expires_in: { a: 1 } }, 'Expires In is invalid'],
    ]
    for (const [input, error] of cases) assert.deepEqual(await signIn(input), [400, { error }])
  })

  test('looks at the account, then the application, then the lock, then the password, then the confirmation', async () => {
    const locked = await anAccount(server(), { locked_at: iso(server().clock.now()), failed_attempts: 5 })
    const pending = await anAccount(server(), { state: 'pending', confirmed_at: null })
    const unconfirmed = [401, { error: 'You have to confirm your email address before continuing' }]
    const cases: [input: Record<string, unknown>, answer: unknown][] = [
      [{ email: 'nobody@example.com', application_id: 'x' }, WRONG],
      [{ email: 'nobody@example.com' }, WRONG],
      [{ email: '', password: '' }, WRONG],
      [{ email: null, password: null, application_id: null }, WRONG],
      [{ application_id: '', password: 'x' }, WRONG_APPLICATION],
      [{ application_id: application_id.toUpperCase() }, WRONG_APPLICATION],
      [{ email: locked.email, application_id: 'x' }, WRONG_APPLICATION],
      [{ email: locked.email, password: 'x' }, LOCKED],
      [{ email: locked.email }, LOCKED],
      [{ email: pending.email, password: 'x' }, WRONG],
      [{ email: pending.email }, unconfirmed],
      [{ expires_in: [], email: pending.email }, [400, { error: 'Expires In is empty' }]],
      [{ email: 'a\0b@c.co', password: 'x\0y' }, WRONG],
    ]
    for (const [input, answer] of cases) assert.deepEqual(await signIn(input), answer, JSON.stringify(input))
    assert.equal((await find(locked)).failed_attempts, 5)
    assert.equal((await find(pending)).failed_attempts, 1)
  })

  test('lets in whose address is confirmed, whatever the state says besides', async () => {
    const seeded = await anAccount(server(), { state: 'pending' })
    assert.equal((await signIn({ email: seeded.email }))[0], 201)
    assert.deepEqual(
      (await server().call('POST', '/accounts/send_confirmation_instructions', { json: { email: seeded.email } })).body,
      { error: 'Email was already confirmed, please try signing in' },
    )
  })

  test('is for accounts in a state that means nothing here, as imported ones may be', async () => {
    const blocked = await anAccount(server(), { state: 'blocked' })
    assert.equal((await signIn({ email: blocked.email }))[0], 201)
  })

  test('is not for discarded accounts, which look unknown, nor for banned ones', async () => {
    const discarded = await anAccount(server(), { discarded_at: '2026-01-01T00:00:00.000Z' })
    const banned = await anAccount(server(), { state: 'banned' })
    assert.deepEqual(await signIn({ email: discarded.email }), WRONG)
    assert.deepEqual(await signIn({ email: banned.email }), LOCKED)
    assert.deepEqual(await signIn({ email: banned.email, password: 'x' }), WRONG)
  })

  test('lasts as long as is asked for, from 1800 to 86400 seconds', async () => {
    const bounds = [422, { error: 'expires_in must be from 1800 to 86400 seconds' }]
    for (const expires_in of [1799, 86_401, 0, -5, '1e4', 'abc', '3600.5', true, ' 3600', 2_147_483_648])
      assert.deepEqual(await signIn({ expires_in }), bounds, String(expires_in))
    for (const expires_in of [1800, '3600', 86_400]) {
      const [status, token] = await signIn({ expires_in })
      const { exp, iat } = parseJws(token)?.payload ?? {}
      assert.deepEqual([status, Number(exp) - Number(iat)], [201, Number(expires_in)])
    }
    assert.deepEqual(await signIn({ expires_in: 1, password: 'x' }), WRONG)
    await signIn({})
  })

  // ASVS 6.3.4, 6.6.1
  test('asks for the second factor after the password, and takes each code once', async () => {
    const account = await anAccount(server())
    const { app } = await anAuthenticator(server(), account)
    const withCode = (otp_code?: unknown, password = PASSWORD) => signIn({ email: account.email, password, otp_code })
    const missing = [403, { error: 'The account has enabled 2FA but OTP code is missing' }]
    assert.deepEqual(await withCode(), missing)
    assert.deepEqual(await withCode(' '), missing)
    assert.deepEqual(await withCode(app.wrong()), [403, { error: 'OTP code is invalid' }])
    assert.deepEqual(await withCode(app.next(), 'wrong'), WRONG)
    const answers = await Promise.all([1, 2, 3].map(() => withCode(app.code())))
    assert.deepEqual(answers.map(([status]) => status).sort(), [201, 422, 422])
    assert.deepEqual(await withCode(app.code()), [422, { error: 'Something wrong with 2FA' }])
    assert.equal((await find(account)).failed_attempts, 0)
  })

  test('lets nobody in by a password that was right, where it was changed or the account barred meanwhile', async () => {
    const { deps } = server()
    const changes: Partial<Account>[] = [
      { password_digest: await deps.passwords.hash('seven lanterns uphill') },
      { state: 'banned' },
      { frozen_at: iso(deps.clock.now()) },
      { discarded_at: iso(deps.clock.now()) },
    ]
    for (const change of changes) {
      const { id, email } = await anAccount(server())
      const match: Deps['passwords']['match'] = async (...compared) => {
        const found = await deps.passwords.match(...compared)
        await deps.db.updateTable('accounts').set(change).where('id', '=', id).execute()
        return found
      }
      await using app = await buildApp({ ...deps, passwords: { ...deps.passwords, match } })
      const payload = { email, password: PASSWORD, application_id }
      const answer = await app.inject({ method: 'POST', url: '/api/v1/sessions', payload })
      assert.deepEqual([answer.statusCode, answer.json()], WRONG, JSON.stringify(Object.keys(change)))
    }
  })

  test('judges the lifetime last, and gives a code back that came with a wrong one', async () => {
    const account = await anAccount(server())
    const { app } = await anAuthenticator(server(), account)
    const withLifetime = (otp_code?: string, expires_in = 1) => signIn({ email: account.email, otp_code, expires_in })
    assert.equal((await withLifetime())[0], 403)
    assert.equal((await withLifetime(app.wrong()))[0], 403)
    const code = app.next()
    assert.equal((await withLifetime(code))[0], 422)
    assert.equal((await withLifetime(code, 3600))[0], 201)
  })

  test('makes an imported bcrypt hash anew, also when two sign in at once', async () => {
    const account = await anAccount(server(), { password_digest: await bcrypt(PASSWORD, 4) })
    const answers = await Promise.all([1, 2, 3].map(() => signIn({ email: account.email })))
    assert.deepEqual(
      answers.map(([status]) => status),
      [201, 201, 201],
    )
    assert.match((await find(account)).password_digest, /^\$argon2id\$/)
    assert.equal((await signIn({ email: account.email }))[0], 201)
    assert.deepEqual(await signIn({ email: account.email, password: 'x' }), WRONG)
  })
})
