import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from 'bcryptjs'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aPhone } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { james, jeff, manage, signersAllowed } from '../../../test/support/signers.ts'
import { iso, isoSeconds } from '../../lib/clock.ts'

const NOT_FOUND = { error: 'Record is not found' }
const KEYS = ['email', 'role', 'level', 'otp_enabled', 'state', 'profile', 'created_at', 'updated_at']
const NAMED_KEYS = ['email', 'uid', ...KEYS.slice(1)]
const PROFILE = {
  first_name: 'John',
  last_name: 'Doe',
  dob: '2000-01-31',
  address: 'Main 1',
  postcode: '123',
  city: 'Paris',
  country: 'FR',
}

const countAccounts = async ({ deps }: TestServer) =>
  (await deps.db.selectFrom('accounts').select('id').execute()).length

onEachDatabase('Accounts through the management API', (newDatabase) => {
  const open = async (settings: Record<string, string> = {}) =>
    testServer(await newDatabase(), { ...signersAllowed(), ...settings })

  // ASVS 15.3.1
  test('are read by uid, with exactly the keys of 1.8.26', async () => {
    await using server = await open()
    const { uid, email, created_at } = await anAccount(server)
    const answer = await manage(server, '/accounts/get', { uid, scope: 'read_accounts' })
    assert.equal(answer.status, 201)
    assert.deepEqual(Object.keys(answer.body), KEYS)
    const times = { created_at: isoSeconds(created_at), updated_at: isoSeconds(created_at) }
    const rest = { role: 'member', level: 1, otp_enabled: false, state: 'active', profile: null }
    assert.deepEqual(answer.body, { email, ...rest, ...times })
  })

  test('are read by e-mail or verified phone, with the uid', async () => {
    await using server = await open()
    const moved = await manage(server, '/accounts/import', {
      email: 'a@example.com',
      password_hash: await hash('Qwerty123', 4),
      phone: '+380919442222',
      ...PROFILE,
      metadata: { a: 1 },
    })
    for (const data of [{ email: ' A@Example.com' }, { phone_number: '+38 (091) 944-22-22' }]) {
      const answer = await manage(server, '/accounts/get', data)
      assert.equal(answer.status, 201)
      assert.deepEqual(Object.keys(answer.body), NAMED_KEYS)
      assert.equal(answer.body.uid, moved.body.uid)
      assert.deepEqual(answer.body.profile, { ...PROFILE, metadata: { a: 1 } })
    }
  })

  test('are not found when nobody has the name, the number is not verified, or they were discarded', async () => {
    await using server = await open()
    const gone = await anAccount(server, { discarded_at: iso(server.clock.now()) })
    await aPhone(server, await anAccount(server), { number: '380919442222', country: 'UA', validated_at: null })
    const lookups = [
      { uid: 'invalid' },
      { uid: gone.uid },
      { email: gone.email },
      { email: 'nobody@example.com' },
      { phone_number: '+380919442222' },
      { phone_number: 'x' },
      { uid: 'a\0b' },
    ]
    for (const data of lookups) {
      const { status, body } = await manage(server, '/accounts/get', data)
      assert.deepEqual([status, body], [404, NOT_FOUND])
    }
  })

  test('are not read without a name, or by whom it is not permitted to', async () => {
    await using server = await open()
    const texts: [Record<string, unknown>, string][] = [
      [{}, 'UID is missing, UID is empty'],
      [{ uid: '' }, 'UID is empty'],
      [{ uid: null }, 'UID is empty'],
      [{ uid: ['x'] }, 'UID is invalid'],
      [{ uid: {} }, 'UID is invalid, UID is empty'],
      [{ email: ' ' }, 'Email is empty'],
    ]
    for (const [data, error] of texts) {
      const answer = await manage(server, '/accounts/get', data)
      assert.deepEqual([answer.status, answer.body], [422, { error }])
    }
    assert.equal((await manage(server, '/accounts/get', { uid: 'x' }, [james, jeff])).status, 401)
  })

  test('are made as by signing up: they wait for the mailed link', async () => {
    await using server = await open()
    const data = { email: 'New@example.com', password: 'swan lake 1887' }
    const { status, body } = await manage(server, '/accounts', data)
    assert.equal(status, 201)
    assert.deepEqual(Object.keys(body), NAMED_KEYS)
    assert.deepEqual([body.email, body.state, body.level, body.profile], ['new@example.com', 'pending', 0, null])
    await server.deliver()
    assert.deepEqual(
      server.mails.map((mail) => mail.to),
      ['new@example.com'],
    )
    assert.deepEqual(
      server.events.map((event) => event.name),
      ['model.account.created'],
    )
  })

  test('are not made from what is missing, wrong or taken, which is told even where people are not', async () => {
    await using server = await open({ BARONG_HIDE_ACCOUNTS: 'true' })
    const { email } = await anAccount(server)
    const refusals: [Record<string, unknown>, unknown][] = [
      [{}, 'Email is missing, Email is empty, Password is missing, Password is empty'],
      [{ email: 'bad', password: 'swan lake 1887' }, ['Email is invalid']],
      [{ email: 'good@example.com', password: 'password' }, ['Password is too common']],
      [{ email, password: 'swan lake 1887' }, ['Email has already been taken']],
    ]
    for (const [data, error] of refusals) {
      const answer = await manage(server, '/accounts', data)
      assert.deepEqual([answer.status, answer.body], [422, { error }])
    }
    assert.equal(await countAccounts(server), 1)
    await server.deliver()
    assert.deepEqual([server.mails, server.events], [[], []])
  })

  test('are made once when asked for at the same time', async () => {
    await using server = await open()
    const data = { email: 'twice@example.com', password: 'swan lake 1887' }
    const made = await Promise.all([1, 2, 3].map(() => manage(server, '/accounts', data)))
    assert.deepEqual(made.map((answer) => answer.status).sort(), [201, 422, 422])
    const moved = { email: 'moved@example.com', password_hash: await hash('Qwerty123', 4) }
    const imported = await Promise.all([1, 2, 3].map(() => manage(server, '/accounts/import', moved)))
    assert.deepEqual(imported.map((answer) => answer.status).sort(), [201, 422, 422])
    assert.equal(await countAccounts(server), 2)
  })

  test('are imported with their bcrypt password, which is hashed anew at the next sign-in', async () => {
    await using server = await open()
    const application = await anApplication(server)
    const names = ['password_hash', 'password_digest']
    for (const [index, name] of names.entries()) {
      const email = `old${index}@example.com`
      const answer = await manage(server, '/accounts/import', { email, [name]: await hash('Qwerty123', 4) })
      assert.equal(answer.status, 201)
      assert.deepEqual([answer.body.state, answer.body.profile], ['active', null])
      const signIn = (password: string) =>
        server.call('POST', '/sessions', { json: { email, password, application_id: application.uid } })
      const digest = async () =>
        (await server.deps.db.selectFrom('accounts').selectAll().where('email', '=', email).executeTakeFirstOrThrow())
          .password_digest
      assert.match(await digest(), /^\$2b\$04\$/)
      assert.equal((await signIn('Qwerty124')).status, 401)
      assert.equal((await signIn('Qwerty123')).status, 201)
      assert.match(await digest(), /^\$argon2id\$/)
      assert.equal((await signIn('Qwerty123')).status, 201)
    }
    await server.deliver()
    assert.deepEqual(server.mails, [])
  })

  test('are imported with phone and profile: level 2, and events tell of it', async () => {
    await using server = await open()
    await anAccount(server)
    const answer = await manage(server, '/accounts/import', {
      email: 'a@example.com',
      password_hash: await hash('Qwerty123', 4),
      phone: '+380919442222',
      ...PROFILE,
    })
    assert.equal(answer.status, 201)
    assert.deepEqual(answer.body.profile, { ...PROFILE, metadata: null })
    const read = await manage(server, '/accounts/get', { uid: answer.body.uid })
    assert.equal(read.body.level, 2)
    assert.equal(answer.body.level, 2)
    await server.deliver()
    const names = server.events.map((event) => event.name)
    assert.ok(names.includes('model.account.created') && names.includes('model.profile.created'))
  })

  test('are imported without a profile that is not complete', async () => {
    await using server = await open()
    const { postcode: _, ...rest } = PROFILE
    const data = { email: 'a@example.com', password_hash: await hash('Qwerty123', 4), ...rest }
    const answer = await manage(server, '/accounts/import', data)
    assert.deepEqual([answer.status, answer.body.profile], [201, null])
  })

  test('are not imported at all when any part is wrong', async () => {
    await using server = await open()
    const { email } = await anAccount(server)
    const digest = await hash('Qwerty123', 4)
    const taken = { email: 'b@example.com', password_hash: digest, phone: '+380919442222' }
    assert.equal((await manage(server, '/accounts/import', taken)).status, 201)
    const good = { email: 'a@example.com', password_hash: digest }
    const refusals: [Record<string, unknown>, unknown][] = [
      [{}, 'Email is missing, Email is empty'],
      [{ email: 'a@example.com' }, 'Password Hash is missing, Password Hash is empty'],
      [{ ...good, email: 'a' }, ['Email is invalid']],
      [{ ...good, email }, 'Account already exists by this email'],
      [{ ...good, password_hash: 'Qwerty123' }, ['Password hash is invalid']],
      [{ ...good, password_hash: digest.replace('$04$', '$31$') }, ['Password hash is invalid']],
      [{ ...good, phone: '12345' }, ['Number is invalid']],
      [{ ...good, phone: '+380919442222' }, ['Phone number already exists']],
      [{ ...good, ...PROFILE, country: 'a' }, ['Country must have alpha2 or alpha3 format']],
      [{ ...good, ...PROFILE, dob: '2999-01-01' }, ['Birthday is invalid']],
      [{ ...good, ...PROFILE, dob: 'x' }, 'Birthday is invalid'],
    ]
    for (const [data, error] of refusals) {
      const answer = await manage(server, '/accounts/import', data)
      assert.deepEqual([answer.status, answer.body], [422, { error }])
    }
    assert.equal(await countAccounts(server), 2)
  })
})
