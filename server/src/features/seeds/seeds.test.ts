import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { jwkOf } from '../../../test/support/assertions.ts'
import { anEcKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { thePhones } from '../../../test/support/factories.ts'
import { IN_PRODUCTION } from '../../../test/support/production.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { findApplicationByName } from '../applications/applications.ts'
import { profileOf } from '../profiles/profiles.ts'
import { plantSeeds, readSeedFile, SeedFileError } from './seeds.ts'

const DEFAULT = readFileSync(join(import.meta.dirname, '../../../../config/seeds.yml'), 'utf8')
const LEVELS =
  'levels:\n  - {key: email, value: verified}\n  - {key: phone, value: verified}\n  - {key: document, value: verified}\n'

const plant = ({ deps }: TestServer, source: string) => plantSeeds(deps, readSeedFile('seeds.yml', source))

onEachDatabase('Seeding', (newDatabase) => {
  // ASVS 6.3.2, 6.4.1
  test('makes three levels, an administrator with a random password and two applications by default', async () => {
    await using server = await testServer(await newDatabase(), { ADMIN_EMAIL: 'Root@Example.com' })
    const { accounts, applications } = await plant(server, DEFAULT)
    const levels = await server.deps.db.selectFrom('levels').select(['key', 'value']).orderBy('id').execute()
    assert.deepEqual(
      levels.map(({ key }) => key),
      ['email', 'phone', 'document'],
    )
    const [admin] = accounts
    assert.deepEqual([accounts.length, admin?.email, admin?.level], [1, 'root@example.com', 1])
    assert.match(admin?.password ?? '', /^[\w-]{20}$/)
    assert.deepEqual(
      applications.map(({ name, redirect_uri }) => [name, redirect_uri]),
      [
        ['Barong', 'http://barong.test'],
        ['Peatio', 'http://peatio:8000/auth/barong/callback'],
      ],
    )
    const json = { email: 'root@example.com', password: admin?.password, application_id: applications[0]?.uid }
    const { status, body } = await server.call('POST', '/sessions', { json })
    assert.equal(status, 201)
    const me = await server.call('GET', '/accounts/me', { token: body })
    assert.deepEqual([me.body.role, me.body.state, me.body.level], ['admin', 'active', 1])
    assert.equal(me.body.required_action, 'change_password', 'what was made up here is not for long')
  })

  test('changes nothing the second time', async () => {
    await using server = await testServer(await newDatabase())
    await plant(server, DEFAULT)
    const accounts = await server.deps.db.selectFrom('accounts').selectAll().execute()
    assert.deepEqual(await plant(server, DEFAULT), { accounts: [], applications: [] })
    assert.deepEqual(await server.deps.db.selectFrom('accounts').selectAll().execute(), accounts)
  })

  test('lets applications go without PKCE as those of 1.8 did, unless they have keys or it is required of them', async () => {
    await using server = await testServer(await newDatabase())
    const entry = (name: string, more: string) => `  - { name: ${name}, redirect_uri: https://a.example/cb${more} }\n`
    const jwks = `, jwks: { keys: [${JSON.stringify(jwkOf(anEcKey()))}] }`
    const entries = [
      entry('old', ''),
      entry('strict', ', pkce_required: true'),
      entry('keyed', jwks),
      entry('lax', `${jwks}, pkce_required: false`),
    ]
    await plant(server, `applications:\n${entries.join('')}`)
    const rows = await server.deps.db.selectFrom('applications').selectAll().orderBy('id').execute()
    assert.deepEqual(
      rows.map(({ name, pkce_waived_at }) => [name, pkce_waived_at !== null]),
      [
        ['old', true],
        ['strict', false],
        ['keyed', false],
        ['lax', true],
      ],
    )
  })

  test('by several at once makes each thing once', async () => {
    await using server = await testServer(await newDatabase())
    const all = await Promise.all([1, 2, 3, 4].map(() => plant(server, DEFAULT)))
    assert.equal(all.flatMap(({ accounts }) => accounts).length, 1)
    assert.equal(all.flatMap(({ applications }) => applications).length, 2)
    const { db } = server.deps
    assert.equal((await db.selectFrom('accounts').select('id').execute()).length, 1)
    assert.equal((await db.selectFrom('levels').select('id').execute()).length, 3)
  })

  test('gives an account its role, level, verified phone and profile, and mails nothing about its sign-up', async () => {
    await using server = await testServer(await newDatabase())
    const { accounts } = await plant(
      server,
      `${LEVELS}accounts:
  - account: { email: ann@example.com, password: swan lake 1887, role: compliance, level: 2 }
    phone: { number: '+4915112345678' }
    profile: { first_name: Ann, last_name: Lee, dob: 1990-01-02, address: Road 1, postcode: '01067', city: Kiev, country: UA, metadata: { note: [1, two] } }
`,
    )
    assert.deepEqual(accounts, [{ email: 'ann@example.com', password: 'swan lake 1887', level: 2 }])
    const { db } = server.deps
    const account = await db.selectFrom('accounts').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([account.role, account.level, account.state], ['compliance', 2, 'active'])
    assert.notEqual(account.confirmed_at, null)
    const [phone] = await thePhones(server)
    assert.equal(phone?.number, '4915112345678')
    assert.notEqual(phone?.validated_at, null)
    const profile = await profileOf(server.deps, account)
    assert.deepEqual([profile?.city, profile?.metadata], ['Kiev', { note: [1, 'two'] }])
    await server.deliver()
    assert.deepEqual(server.mails, [])
    assert.equal(server.events[0]?.name, 'model.account.created')
  })

  test('leaves no half account behind when a part of it is refused', async () => {
    await using server = await testServer(await newDatabase())
    const account = '  - account: { email: ann@example.com, password: swan lake 1887 }\n'
    const refused = {
      [`${account}    phone: { number: '12' }`]:
        'seeds.yml, line 6: phone.number is not an international phone number.',
      [`${account}    profile: { first_name: Ann, last_name: Lee, dob: 2090-01-02, address: R, postcode: '1', city: K, country: UA }`]:
        'seeds.yml, line 6: Birthday is invalid.',
      '  - account: { email: ann@example.com, level: 4 }':
        'seeds.yml, line 6: level is 4, but there are only 3 levels.',
      '  - account: { email: ann@example.com, role: king }':
        'seeds.yml, line 6: Role must be one of member, support, compliance, admin.',
      '  - account: { email: nobody }': 'seeds.yml, line 6: Email is invalid.',
      '  - account: { role: member }':
        "seeds.yml, line 6: email is missing; only an administrator's may be left to ADMIN_EMAIL.",
    }
    for (const [accounts, message] of Object.entries(refused)) {
      await assert.rejects(plant(server, `${LEVELS.trimEnd()}\naccounts:\n${accounts}`), {
        name: 'SeedFileError',
        message,
      })
    }
    assert.deepEqual(await server.deps.db.selectFrom('accounts').select('id').execute(), [])
    assert.deepEqual(await server.deps.db.selectFrom('phones').select('id').execute(), [])
  })

  test('takes a weak password in development and refuses it in production', async () => {
    const source = `${LEVELS}accounts:\n  - account: { email: ann@example.com, password: password }`
    await using development = await testServer(await newDatabase())
    assert.equal((await plant(development, source)).accounts.length, 1)
    await using production = await testServer(await newDatabase(), IN_PRODUCTION)
    await assert.rejects(plant(production, source), { message: 'seeds.yml, line 6: password is too common.' })
  })

  test('in production leaves out an application whose address is not encrypted', async () => {
    await using server = await testServer(await newDatabase(), IN_PRODUCTION)
    const { applications } = await plant(server, DEFAULT)
    assert.deepEqual(
      applications.map(({ name, redirect_uri }) => [name, redirect_uri]),
      [['Barong', 'https://id.example']],
    )
  })

  test('keeps the uid and secret of an application, and refuses a uid that is taken', async () => {
    await using server = await testServer(await newDatabase())
    const one =
      'applications:\n  - { name: One, uid: the-uid, secret: the-secret, redirect_uri: "https://one.example/cb" }'
    assert.deepEqual((await plant(server, one)).applications, [
      { name: 'One', redirect_uri: 'https://one.example/cb', uid: 'the-uid', secret: 'the-secret' },
    ])
    await assert.rejects(plant(server, one.replace('One', 'Two')), SeedFileError)
    await assert.rejects(plant(server, 'applications:\n  - { name: X, redirect_uri: nowhere }'), {
      message: 'seeds.yml, line 2: redirect_uri must be a valid URI.',
    })
  })

  test('takes the keys of an application, which then has no secret', async () => {
    await using server = await testServer(await newDatabase())
    const jwks = JSON.stringify({ keys: [jwkOf(anEcKey())] })
    const one = (more: string) => `applications:\n  - { name: One, redirect_uri: "https://one.example/cb", ${more} }`
    const [planted] = (await plant(server, one(`jwks: ${jwks}`))).applications
    assert.deepEqual([planted?.name, planted?.secret], ['One', undefined])
    const application = await findApplicationByName(server.deps.db, 'One')
    assert.deepEqual([application?.auth_method, application?.jwks], ['private_key_jwt', jwks])
    await assert.rejects(plant(server, one('jwks: { keys: [{ kty: oct, k: x }] }').replace('One', 'Two')), {
      message: /^seeds\.yml, line 2: jwks\.keys\[0\] must be a public key/,
    })
  })
})
