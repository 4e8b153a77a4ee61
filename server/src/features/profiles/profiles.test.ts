import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { anyText } from '../../../test/support/texts.ts'
import { DAY, iso, isoDay, isoSeconds } from '../../lib/clock.ts'
import { setPrivateLabel } from '../labels/labels.ts'

const PROFILE = {
  first_name: 'John',
  last_name: "O'Neil-Doe",
  dob: '2000-01-31',
  address: 'Main street 1, apt. 2',
  postcode: 'AB-12 3',
  city: 'Saint Denis',
  country: 'FR',
}
const MISSING =
  'First Name is missing, Last Name is missing, Birthday is missing, Address is missing, Postcode is missing, City is missing, Country is missing'

const profilesIn = async ({ deps }: TestServer): Promise<number> =>
  (await deps.db.selectFrom('profiles').select('id').execute()).length

onEachDatabase('Profiles', (newDatabase) => {
  test('a profile is handed in, recorded as an event and read back in the documented order', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const created = await server.call('POST', '/profiles', { token, json: { ...PROFILE, state: 'approved', id: 7 } })
    deepEqual([created.status, created.body], [201, null])
    const read = await server.app.inject({
      url: '/api/v1/profiles/me',
      headers: { authorization: `Bearer ${token}` },
    })
    equal(read.statusCode, 200)
    equal(read.body, JSON.stringify({ ...PROFILE, metadata: null }))
    await server.deliver()
    const event = server.events.find(({ name }) => name === 'model.profile.created')
    const now = isoSeconds(iso(server.clock.now()))
    deepEqual(event?.payload, {
      record: { account_uid: account.uid, ...PROFILE, created_at: now, updated_at: now },
    })
    const me = await server.call('GET', '/accounts/me', { token })
    equal(me.body.level, 1)
  })

  // ASVS 15.3.3
  test('metadata is an object or absent', async () => {
    await using server = await testServer(await newDatabase())
    const accepted: [unknown, unknown][] = [
      [{}, {}],
      [null, {}],
      [undefined, null],
      [
        { a: 1, b: [true, null, { c: 'd' }] },
        { a: 1, b: [true, null, { c: 'd' }] },
      ],
      [
        { a: '\0', b: '\ud800', '\0': '😀' },
        { a: '\0', b: '\ud800', '\0': '😀' },
      ],
      [{ toJSON: 'x', constructor: 'y' }, { toJSON: 'x' }],
    ]
    for (const [sent, stored] of accepted) {
      const token = await aToken(server, await anAccount(server))
      const created = await server.call('POST', '/profiles', { token, json: { ...PROFILE, metadata: sent } })
      equal(created.status, 201, JSON.stringify(created.body))
      deepEqual((await server.call('GET', '/profiles/me', { token })).body.metadata, stored)
      await server.deliver()
      const event = server.events.findLast(({ name }) => name === 'model.profile.created')
      deepEqual(Reflect.get({ ...Object(event?.payload['record']) }, 'metadata') ?? null, stored)
    }
    const token = await aToken(server, await anAccount(server))
    for (const metadata of ['abc', '{"a":1}', [1], 1, '']) {
      const refused = await server.call('POST', '/profiles', { token, json: { ...PROFILE, metadata } })
      deepEqual([refused.status, refused.body], [400, { error: 'Metadata is invalid' }])
    }
    const long = await server.call('POST', '/profiles', {
      token,
      json: { ...PROFILE, metadata: { a: 'é'.repeat(33_000) } },
    })
    deepEqual([long.status, long.body], [422, { error: 'Metadata is too long (maximum is 65535 bytes)' }])
    const infinite = JSON.stringify({ ...PROFILE, metadata: { a: 0 } }).replace(':0}', ':1e999}')
    const refused = await server.call('POST', '/profiles', {
      token,
      payload: infinite,
      headers: { 'content-type': 'application/json' },
    })
    deepEqual([refused.status, refused.body], [422, { error: 'Metadata is invalid' }])
    deepEqual((await server.call('GET', '/profiles/me', { token })).body, { error: 'Account has no profile' })
  })

  test('a form hands in a profile too', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    const created = await server.call('POST', '/profiles', { token, form: { ...PROFILE, 'metadata[a]': '1' } })
    equal(created.status, 201)
    deepEqual((await server.call('GET', '/profiles/me', { token })).body, { ...PROFILE, metadata: { a: '1' } })
  })

  test('parameters are checked before the token, and everything else after it', async () => {
    await using server = await testServer(await newDatabase())
    const invalid = { error: 'The access token is invalid' }
    const missing = await server.call('POST', '/profiles', { json: {} })
    deepEqual([missing.status, missing.body], [400, { error: MISSING }])
    const typed = await server.call('POST', '/profiles', {
      json: { ...PROFILE, first_name: ['x'], dob: 'foo', city: { a: 1 } },
    })
    deepEqual(
      [typed.status, typed.body],
      [400, { error: 'First Name is invalid, Birthday is invalid, City is invalid' }],
    )
    for (const json of [PROFILE, { ...PROFILE, dob: '3000-01-01' }, { ...PROFILE, country: 'XX' }]) {
      const stranger = await server.call('POST', '/profiles', { json })
      deepEqual([stranger.status, stranger.body], [401, invalid])
    }
    const me = await server.call('GET', '/profiles/me')
    deepEqual([me.status, me.body], [401, invalid])
    equal(await profilesIn(server), 0)
  })

  test('what is wrong is told in one sentence and nothing is stored', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    const cases: [object, number, string][] = [
      [{ first_name: null }, 422, "First name can't be blank"],
      [{ first_name: 'A' }, 422, 'First name is too short (minimum is 2 characters)'],
      [{ last_name: 12345 }, 422, `Last name only allows letters "-", "'" and space`],
      [{ last_name: 'a\0b' }, 422, `Last name only allows letters "-", "'" and space`],
      [{ dob: '' }, 422, "Dob can't be blank"],
      [{ dob: null }, 422, "Dob can't be blank"],
      [{ dob: '31/01/2000' }, 400, 'Birthday is invalid'],
      [{ dob: '2000-02-30' }, 400, 'Birthday is invalid'],
      [{ dob: '12000-01-31' }, 400, 'Birthday is invalid'],
      [{ dob: '1899-12-31' }, 400, 'Birthday is invalid'],
      [{ dob: '2999-01-01', city: '' }, 400, 'Birthday is invalid'],
      [{ address: 'a'.repeat(256) }, 422, 'Address is too long (maximum is 255 characters)'],
      [
        { first_name: '1', country: 'XX' },
        422,
        `First name is too short (minimum is 2 characters), First name only allows letters "-", "'", and space, and Country must have alpha2 or alpha3 format`,
      ],
      [{ country: '' }, 422, "Country can't be blank and Country must have alpha2 or alpha3 format"],
    ]
    for (const [overrides, status, error] of cases) {
      const answer = await server.call('POST', '/profiles', { token, json: { ...PROFILE, ...overrides } })
      deepEqual([answer.status, answer.body], [status, { error }])
    }
    equal(await profilesIn(server), 0)
    await server.deliver()
    equal(server.events.filter(({ name }) => name === 'model.profile.created').length, 0)
  })

  test('the birthday is yesterday at the latest, by the clock', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    const today = isoDay(server.clock.now())
    const early = await server.call('POST', '/profiles', { token, json: { ...PROFILE, dob: today } })
    deepEqual([early.status, early.body], [400, { error: 'Birthday is invalid' }])
    const yesterday = isoDay(server.clock.now() - DAY).replaceAll('-', '/')
    const late = await server.call('POST', '/profiles', { token, json: { ...PROFILE, dob: yesterday } })
    equal(late.status, 201)
    deepEqual((await server.call('GET', '/profiles/me', { token })).body.dob, yesterday.replaceAll('/', '-'))
  })

  test('there is one profile an account, whichever of many at once comes first', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    const answers = await Promise.all(
      ['Ann', 'Bea', 'Cid', 'Dan', 'Eva'].map((first_name) =>
        server.call('POST', '/profiles', { token, json: { ...PROFILE, first_name } }),
      ),
    )
    deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409])
    const again = await server.call('POST', '/profiles', { token, json: { ...PROFILE, country: 'XX' } })
    deepEqual([again.status, again.body], [409, { error: 'Profile already exists' }])
    equal((await server.call('POST', '/profiles', { token, json: {} })).status, 400)
    equal(await profilesIn(server), 1)
    await server.deliver()
    equal(server.events.filter(({ name }) => name === 'model.profile.created').length, 1)
  })

  test('a profile is handed in again once the documents were refused or more was asked for, which puts the account up for review', async () => {
    await using server = await testServer(await newDatabase())
    const { db } = server.deps
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const handIn = (changes: object) => server.call('POST', '/profiles', { token, json: { ...PROFILE, ...changes } })
    const review = (value: string) =>
      db.transaction().execute((tx) => setPrivateLabel(server.deps, tx, account.id, 'document', value))
    equal((await handIn({ metadata: { a: 1 } })).status, 201)
    for (const value of ['pending', 'verified']) {
      await review(value)
      equal((await handIn({ city: 'Lyon' })).status, 409)
    }
    await review('incomplete')
    equal((await handIn({ metadata: { a: 1 }, city: 'Nantes' })).status, 201)
    equal((await server.call('GET', '/labels/document', { token })).body.value, 'pending')
    await review('rejected')
    equal((await handIn({ country: 'XX' })).status, 422)
    deepEqual(
      (await Promise.all([1, 2, 3].map(() => handIn({ city: 'Lyon' })))).map(({ status }) => status).sort(),
      [201, 409, 409],
    )
    deepEqual((await server.call('GET', '/profiles/me', { token })).body, { ...PROFILE, city: 'Lyon', metadata: null })
    equal((await server.call('GET', '/labels/document', { token })).body.value, 'pending')
    await server.deliver()
    const updates = server.events.filter(({ name }) => name === 'model.profile.updated')
    deepEqual(
      updates.map(({ payload }) => payload['changes']),
      [{ city: PROFILE.city }, { city: 'Nantes', metadata: { a: 1 } }],
    )
  })

  // ASVS 8.2.2
  test("another account's profile is not seen", async () => {
    await using server = await testServer(await newDatabase())
    const owner = await aToken(server, await anAccount(server))
    await server.call('POST', '/profiles', { token: owner, json: PROFILE })
    const token = await aToken(server, await anAccount(server))
    const read = await server.call('GET', '/profiles/me', { token })
    deepEqual([read.status, read.body], [404, { error: 'Account has no profile' }])
  })

  test('no input is answered with a mistake of ours, and what is refused leaves no trace', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    const anything = fc.oneof(anyText(), fc.jsonValue(), fc.constantFrom('', null, 'FR', '٣', '\0'))
    const day = fc.oneof(
      anything,
      fc.stringMatching(/^\d{4}[-/.]\d{2}[-/.]\d{2}$/),
      fc.stringMatching(/^(19|20)\d\d-[01]\d-[0-3]\d$/),
    )
    const overrides = fc.record(
      { first_name: anything, city: anything, dob: day, country: anything, metadata: anything, address: anything },
      { requiredKeys: [] },
    )
    const property = fc.asyncProperty(overrides, async (some) => {
      const before = await profilesIn(server)
      const { status } = await server.call('POST', '/profiles', { token, json: { ...PROFILE, ...some } })
      equal([201, 400, 409, 422].includes(status), true, String(status))
      equal(await profilesIn(server), before + (status === 201 ? 1 : 0))
      equal((await server.call('GET', '/profiles/me', { token })).status, status === 201 ? 200 : 404)
      await server.deps.db.deleteFrom('profiles').execute()
    })
    await fc.assert(property, { numRuns: 60 })
  })
})
