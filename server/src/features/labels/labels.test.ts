import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { eventsOf } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { HOUR, iso, isoSeconds } from '../../lib/clock.ts'

const NOT_FOUND = [404, { error: 'Record is not found' }]
const PRIVATE = [400, { error: "Can't update Label." }]
const TAKEN = [422, { key: ['Key has already been taken'] }]

onEachDatabase('Labels', (newDatabase) => {
  const server = sharedServer(newDatabase)
  let token: string
  before(async () => {
    token = await aToken(server(), await anAccount(server()))
  })
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, json?: unknown, as = token) => {
    const { status, body } = await server().call(method, `/labels${path}`, { token: as, json })
    return [status, body]
  }
  const someone = async () => {
    const account = await anAccount(server())
    return { account, token: await aToken(server(), account) }
  }

  test('are added as public ones, in lower case and without surplus blanks', async () => {
    const [status, label] = await call('POST', '', { key: '  Some-KEY_1 ', value: 'New_Value' })
    const now = isoSeconds(iso(server().clock.now()))
    assert.deepEqual(
      [status, Object.entries(label)],
      [
        201,
        [
          ['key', 'some-key_1'],
          ['value', 'new_value'],
          ['scope', 'public'],
          ['created_at', now],
          ['updated_at', now],
        ],
      ],
    )
    assert.deepEqual(await call('GET', '/some-key_1'), [200, label])
    assert.deepEqual(await call('POST', '', { key: 'SOME-key_1', value: 'other' }), TAKEN)
    assert.deepEqual((await call('POST', '', { key: 'number', value: 12345 }))[1].value, '12345')
  })

  test('are listed, the oldest first and those of both scopes', async () => {
    const { token } = await someone()
    await call('POST', '', { key: 'abc', value: 'one' }, token)
    await call('POST', '', { key: 'email', value: 'two' }, token)
    const [status, list] = await call('GET', '', undefined, token)
    assert.equal(status, 200)
    const brief = list.map((label: Record<string, string>) => `${label['key']} ${label['value']} ${label['scope']}`)
    assert.deepEqual(brief, ['email verified private', 'abc one public', 'email two public'])
  })

  test('tell what is wrong with them, by attribute and without a wrapper', async () => {
    const long = 'a'.repeat(256)
    const cases: [json: unknown, status: number, body: unknown][] = [
      [{}, 400, { error: 'Key is missing, Key is empty, Value is missing, Value is empty' }],
      [{ key: ' ', value: null }, 400, { error: 'Key is empty, Value is empty' }],
      [{ key: ['x'], value: 'abc' }, 400, { error: 'Key is invalid' }],
      [
        { key: 'ab ', value: 'a.b.c' },
        422,
        { key: ['Key is too short (minimum is 3 characters)'], value: ['Value is invalid'] },
      ],
      [{ key: 'a b c', value: '__-' }, 422, { key: ['Key is invalid'] }],
      [{ key: 'a\nb', value: 'abc' }, 422, { key: ['Key is invalid'] }],
      [{ key: '\u00fcn\u00ef', value: 'abc' }, 422, { key: ['Key is invalid'] }],
      [
        { key: long, value: long },
        422,
        {
          key: ['Key is too long (maximum is 255 characters)'],
          value: ['Value is too long (maximum is 255 characters)'],
        },
      ],
    ]
    for (const [json, status, body] of cases) assert.deepEqual(await call('POST', '', json), [status, body])
    assert.equal((await call('POST', '', { key: 'a'.repeat(255), value: 'a'.repeat(255) }))[0], 201)
  })

  test('change their value, and nothing else', async () => {
    await call('POST', '', { key: 'changing', value: 'old' })
    const [, before] = await call('GET', '/changing')
    server().clock.advance(HOUR)
    const [status, after] = await call('PATCH', '/changing', { value: ' New-Value', key: 'other', scope: 'private' })
    assert.deepEqual([status, after], [200, { ...before, value: 'new-value', updated_at: after.updated_at }])
    assert.notEqual(after.updated_at, before.updated_at)
    assert.deepEqual(await call('PATCH', '/changing', { value: '!!' }), [
      422,
      { value: ['Value is too short (minimum is 3 characters)', 'Value is invalid'] },
    ])
    assert.deepEqual(await call('PATCH', '/changing', {}), [400, { error: 'Value is missing, Value is empty' }])
    assert.equal((await call('GET', '/changing'))[1].value, 'new-value')
  })

  test('that are given the value they have stay as they were, and nobody is told', async () => {
    const { account, token } = await someone()
    const [, before] = await call('POST', '', { key: 'same', value: 'value' }, token)
    await eventsOf(server(), account)
    server().clock.advance(HOUR)
    const told = server().events.length
    assert.deepEqual(await call('PATCH', '/same', { value: ' VALUE ' }, token), [200, before])
    await server().deliver()
    assert.equal(server().events.length, told)
  })

  test('of a key that is used tell of it together with what is wrong with the value', async () => {
    await call('POST', '', { key: 'used', value: 'abc' })
    assert.deepEqual(await call('POST', '', { key: 'USED', value: '!!' }), [
      422,
      {
        key: ['Key has already been taken'],
        value: ['Value is too short (minimum is 3 characters)', 'Value is invalid'],
      },
    ])
    assert.deepEqual(await call('POST', '', { key: 'unused', value: 'a\0b' }), [422, { value: ['Value is invalid'] }])
  })

  test('are removed', async () => {
    await call('POST', '', { key: 'going', value: 'abc' })
    assert.deepEqual(await call('DELETE', '/going'), [204, ''])
    assert.deepEqual(await call('DELETE', '/going'), NOT_FOUND)
  })

  test('that are private can be read only, also where a public one has the same key', async () => {
    for (let round = 1; round <= 2; round++) {
      assert.equal((await call('GET', '/email'))[1].scope, 'private')
      assert.deepEqual(await call('PATCH', '/email', { value: 'changed' }), PRIVATE)
      assert.deepEqual(await call('DELETE', '/email'), PRIVATE)
      assert.equal((await call('POST', '', { key: 'email', value: 'verified' }))[0], round === 1 ? 201 : 422)
    }
  })

  test('made by people never raise the level', async () => {
    const { account, token } = await someone()
    for (const key of ['phone', 'document']) await call('POST', '', { key, value: 'verified' }, token)
    assert.equal((await server().call('GET', '/accounts/me', { token })).body.level, 1)
    await server().deliver()
    assert.deepEqual(
      server().mails.filter((mail) => mail.to === account.email),
      [],
    )
  })

  // ASVS 2.3.2
  test('of a person are a hundred at most, however many are added at once', async () => {
    const { account, token } = await someone()
    const { db, clock } = server().deps
    const now = iso(clock.now())
    const rest = { account_id: account.id, value: 'abc', scope: 'public', created_at: now, updated_at: now } as const
    await db
      .insertInto('labels')
      .values(Array.from({ length: 98 }, (_, number) => ({ ...rest, key: `label-${number}` })))
      .execute()
    const answers = await Promise.all(
      [1, 2, 3, 4].map((number) => call('POST', '', { key: `last-${number}`, value: 'abc' }, token)),
    )
    assert.deepEqual(answers.map(([status]) => status).sort(), [201, 201, 422, 422])
    const refused = { base: ['There are 100 public labels already; remove one first'] }
    assert.deepEqual(answers.find(([status]) => status === 422)?.[1], refused)
    assert.deepEqual(await call('POST', '', { key: 'label-1', value: 'abc' }, token), [422, refused])
    assert.equal((await call('PATCH', '/label-1', { value: 'other' }, token))[0], 200)
    assert.equal((await call('DELETE', '/label-1', undefined, token))[0], 204)
    assert.equal((await call('POST', '', { key: 'another', value: 'abc' }, token))[0], 201)
  })

  test('of others are out of reach', async () => {
    const other = await someone()
    await call('POST', '', { key: 'secret', value: 'abc' }, other.token)
    for (const answer of [
      await call('GET', '/secret'),
      await call('PATCH', '/secret', { value: 'mine' }),
      await call('DELETE', '/secret'),
    ])
      assert.deepEqual(answer, NOT_FOUND)
    assert.equal((await call('GET', '/secret', undefined, other.token))[1].value, 'abc')
  })

  test('are for those who signed in', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/email'],
      ['DELETE', '/email'],
    ] as const) {
      const { status, body } = await server().call(method, `/labels${path}`)
      assert.deepEqual([status, body], [401, { error: 'The access token is invalid' }])
    }
    const { status } = await server().call('POST', '/labels', { json: { key: 'abc', value: 'abc' } })
    assert.equal(status, 401)
  })

  test('of one key that several add at once are added once', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => call('POST', '', { key: 'racing', value: 'abc' })))
    assert.deepEqual(answers.map(([status]) => status).sort(), [201, 422, 422, 422])
    assert.deepEqual(
      answers.find(([status]) => status === 422),
      TAKEN,
    )
  })

  test('that are changed and removed at once answer 404 to who comes too late', async () => {
    for (let round = 1; round <= 5; round++) {
      await call('POST', '', { key: 'contested', value: 'abc' })
      const calls = [
        call('PATCH', '/contested', { value: 'changed' }),
        call('DELETE', '/contested'),
        call('PATCH', '/contested', { value: 'changed' }),
        call('DELETE', '/contested'),
      ]
      const statuses = (await Promise.all(calls)).map(([status]) => status)
      assert.deepEqual(
        statuses.filter((status) => ![200, 204, 404].includes(status)),
        [],
      )
      assert.equal(statuses.filter((status) => status === 204).length, 1)
    }
  })
})
