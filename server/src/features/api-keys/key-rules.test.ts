import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { sql } from 'kysely'
import { aJws } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { aTrader, BALANCES, claimsOf, ORDER } from '../../../test/support/traders.ts'
import { HOUR, iso, MINUTE, parseIso, SECOND, seconds } from '../../lib/clock.ts'
import { createLastUses } from '../../platform/uses/last-uses.ts'

const PROXIED = { BARONG_TRUSTED_PROXIES: '127.0.0.1/32' }
/** Servers of one database share its master key. */
const ONE_CLUSTER = { BARONG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }
const from = (address: string) => ({ 'x-forwarded-for': address })

/** Exchanges a token that the key signed for one of ours. */
async function exchange(server: TestServer, { key, uid, now }: Awaited<ReturnType<typeof aTrader>>, headers = {}) {
  const claims = { iss: 'external', sub: 'api_key_jwt', jti: randomUUID(), iat: now(), exp: now() + 60 }
  const jwt_token = aJws(key, { alg: 'RS256' }, claims)
  return server.call('POST', '/sessions/generate_jwt', { json: { kid: uid, jwt_token }, headers })
}

onEachDatabase('Rules of an API key', (newDatabase) => {
  test('are told with the key, change, are taken away by words, and are left out where there are none', async () => {
    await using server = await testServer(await newDatabase())
    const rules = {
      allowed_networks: ' 203.0.113.0/24, 2001:db8::/32,203.0.113.0/24',
      expires_at: '2099-01-31T13:00:00+01:00',
      rate: '10/1s, 1000/1h',
    }
    const kept = {
      allowed_networks: '203.0.113.0/24,2001:db8::/32',
      expires_at: '2099-01-31T12:00:00Z',
      rate: '10/1s,1000/1h',
    }
    const { created, change, show } = await aTrader(server, rules)
    assert.equal(created.status, 201)
    assert.deepEqual({ ...created.body, ...kept }, created.body)
    assert.deepEqual(await show(), created.body)
    const { updated_at, ...same } = (await change({ rate: '5/1s' })).body
    assert.deepEqual({ ...same, rate: kept.rate, updated_at: created.body.updated_at }, created.body)
    const without = await change({ allowed_networks: 'any', expires_at: 'never', rate: 'off' })
    const old = ['uid', 'public_key', 'scopes', 'expires_in', 'state', 'created_at', 'updated_at']
    assert.deepEqual(Object.keys(without.body), old)
  })

  test('that make no sense are refused by their names, and change nothing', async () => {
    await using server = await testServer(await newDatabase())
    const { change, show } = await aTrader(server, { rate: '7/1m' })
    const before = await show()
    const long = Array.from({ length: 33 }, (_, index) => `10.0.0.${index}`).join(',')
    for (const [json, status, text] of [
      [{ allowed_networks: '' }, 400, /^Allowed Networks is empty$/],
      [{ allowed_networks: '10.0.0.0/33' }, 422, /^Allowed networks has "10.0.0.0\/33"/],
      [{ allowed_networks: '10.0.0.0/8,example.com' }, 422, /"example.com"/],
      [{ allowed_networks: '10.0.0.1,' }, 422, /has ""/],
      [{ allowed_networks: '::ffff:10.0.0.0/104' }, 422, /must be written as IPv4/],
      [{ allowed_networks: long }, 422, /are too many \(maximum is 32\)/],
      [{ expires_at: 'tomorrow' }, 422, /^Expires at is not a date and time/],
      [{ expires_at: '2099-02-31T00:00:00Z' }, 422, /is not a date and time/],
      [{ expires_at: '2099-01-01T00:00:00' }, 422, /is not a date and time/],
      [{ expires_at: '2001-01-01T00:00:00Z' }, 422, /^Expires at must be in the future$/],
      [{ rate: 'fast' }, 422, /^Rate must be rates/],
      [{ rate: '0' }, 422, /^Rate must be off/],
      [{ rate: '1/1s,2/1s' }, 422, /names one time twice/],
    ] as const) {
      const answer = await change(json)
      assert.equal(answer.status, status, JSON.stringify(json))
      assert.match(answer.body.error, text)
    }
    assert.deepEqual(await show(), before)
  })

  test('let it be used from its networks alone, IPv4 and IPv6, as trusted proxies tell the address', async () => {
    await using server = await testServer(await newDatabase(), PROXIED)
    const trader = await aTrader(server, { allowed_networks: '203.0.113.0/24,198.51.100.7,2001:db8:1::/48' })
    for (const [address, status] of [
      ['203.0.113.9', 200],
      ['198.51.100.7', 200],
      ['::ffff:203.0.113.9', 200],
      ['2001:db8:1::5', 200],
      ['2001:db8:2::5', 403],
      ['198.51.100.8', 403],
      // Whoever calls may claim what they like before the proxy adds what it saw.
      ['203.0.113.9, 192.0.2.1', 403],
      ['not-an-address', 403],
    ] as const) {
      const headers = from(address)
      assert.equal((await trader.send(ORDER, headers)).statusCode, status, address)
      assert.equal((await exchange(server, trader, headers)).status, status, address)
    }
    await using open = await testServer(await newDatabase())
    const direct = await aTrader(open, { allowed_networks: '203.0.113.0/24' })
    const claimed = await direct.send(ORDER, from('203.0.113.9'))
    assert.deepEqual(
      [claimed.statusCode, claimed.json().error],
      [403, 'The API key may not be used from this address'],
      'no proxy is trusted',
    )
  })

  test('end it at its time, and with it every token that was got with it', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server, { expires_at: iso(server.clock.now() + 40 * SECOND) })
    const passed = await trader.send(ORDER)
    const got = await exchange(server, trader)
    const end = trader.now() + 40
    for (const token of [passed.headers['authorization'], got.body.token]) assert.ok(claimsOf(token).exp <= end)
    server.clock.advance(40 * SECOND)
    for (const { status, error } of [
      await trader.send(ORDER).then((answer) => ({ status: answer.statusCode, ...answer.json() })),
      await exchange(server, trader).then(({ status, body }) => ({ status, ...body })),
    ])
      assert.deepEqual([status, error], [401, 'The API key expired'])
    const asked = { json: { uid: trader.uid } }
    assert.equal((await server.call('POST', '/security/verify_api_key', asked)).body.state, 'inactive')
    await trader.change({ expires_at: 'never' })
    assert.equal((await server.call('POST', '/security/verify_api_key', asked)).body.state, 'active')
    assert.equal((await trader.send(ORDER)).statusCode, 200)
  })

  test('hold its use to its rate, with Retry-After, whichever way it is used', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server, { rate: '2/10s' })
    const other = await aTrader(server)
    assert.equal((await trader.send(ORDER)).statusCode, 200)
    assert.equal((await exchange(server, trader)).status, 200)
    const limited = await trader.send(BALANCES)
    assert.deepEqual([limited.statusCode, limited.headers['retry-after']], [429, '5'])
    const refused = await exchange(server, trader)
    assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '5'])
    assert.equal((await other.send(ORDER)).statusCode, 200)
    server.clock.advance(5 * SECOND)
    assert.equal((await trader.send(ORDER)).statusCode, 200)
  })

  test('are not used up by those who only repeat what was sent', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server, { rate: '3/1h' })
    const headers = trader.sign(ORDER)
    const statuses = []
    for (let count = 0; count < 8; count += 1) statuses.push((await trader.send(ORDER, headers)).statusCode)
    assert.deepEqual(statuses, [200, ...Array.from({ length: 7 }, () => 401)])
    assert.equal((await trader.send(ORDER)).statusCode, 200)
  })

  test('say what it is for, where the gateway names a scope', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server, { scopes: 'trade, read' })
    const scopeless = await aTrader(server, { scopes: ',' })
    const passed = await trader.send(ORDER, {}, 'trade')
    assert.equal(passed.statusCode, 200)
    const { aud, scope } = claimsOf(passed.headers['authorization'])
    assert.deepEqual([aud, scope], ['trade, read', 'trade read'])
    for (const [request, headers, asked, status] of [
      [ORDER, {}, 'withdraw', 403],
      [ORDER, {}, 'trade,withdraw', 403],
      [ORDER, {}, 'trade+read', 200],
      [ORDER, { 'x-required-scope': 'trade' }, undefined, 200],
      [ORDER, { 'x-required-scope': 'withdraw' }, undefined, 403],
      [ORDER, { 'x-required-scope': 'trade' }, 'withdraw', 403],
    ] as const)
      assert.equal((await trader.send(request, headers, asked)).statusCode, status, JSON.stringify([headers, asked]))
    assert.equal((await scopeless.send(ORDER)).statusCode, 200)
    assert.equal(
      (await scopeless.send(ORDER, {}, 'trade')).json().error,
      'The API key does not have the scope for this',
    )
  })

  test('that change or end count at once at every server, and end tokens that were got before', async () => {
    const database = await newDatabase()
    await using one = await testServer(database, { ...PROXIED, ...ONE_CLUSTER })
    await using other = await testServer(database, { ...PROXIED, ...ONE_CLUSTER })
    const trader = await aTrader(one)
    const there = (headers = {}) => {
      other.clock.advance(one.clock.now() - other.clock.now())
      return other.app
        .inject({
          url: '/api/v1/authorize',
          headers: {
            ...trader.sign(BALANCES),
            ...headers,
            'x-forwarded-method': 'GET',
            'x-forwarded-uri': '/balances',
          },
        })
        .then(({ statusCode }) => statusCode)
    }
    const cuts = () => one.deps.db.selectFrom('revocations').select('id').execute()
    assert.equal(await there(from('203.0.113.9')), 200)
    for (const [json, status] of [
      [{ allowed_networks: '198.51.100.0/24' }, 403],
      [{ allowed_networks: 'any' }, 200],
      [{ rate: '1/1h' }, 200],
      [{ rate: 'off' }, 200],
      [{ state: 'inactive' }, 401],
      [{ state: 'active' }, 200],
    ] as const) {
      const before = (await cuts()).length
      await trader.change(json)
      assert.equal(await there(from('203.0.113.9')), status, JSON.stringify(json))
      assert.equal((await cuts()).length - before, 'rate' in json ? 0 : 1, JSON.stringify(json))
    }
    await trader.remove()
    assert.equal(await there(), 401)
  })

  test('stand in events and in the audit log', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server, { allowed_networks: '203.0.113.0/24', rate: '10/1s' })
    await trader.change({ allowed_networks: '198.51.100.0/24', rate: 'off' })
    await trader.send(ORDER)
    await server.deliver()
    const updated = server.events.find(({ name }) => name === 'model.api_key.updated')
    const { record, changes }: Record<string, Record<string, unknown>> = JSON.parse(JSON.stringify(updated?.payload))
    assert.deepEqual([record?.['allowed_networks'], record?.['rate']], ['198.51.100.0/24', undefined])
    assert.deepEqual([changes?.['allowed_networks'], changes?.['rate']], ['203.0.113.0/24', '10/1s'])
    const records = await server.deps.db
      .selectFrom('audit_records')
      .select(['action', 'code', 'details'])
      .where('action', 'like', 'api_key.%')
      .orderBy('id')
      .execute()
    assert.deepEqual(
      records.map(({ action, code }) => [action, code]),
      [
        ['api_key.created', null],
        ['api_key.changed', null],
        ['api_key.refused', 'api-keys.elsewhere'],
      ],
    )
    assert.match(records[1]?.details ?? '', /"allowed_networks":"198\.51\.100\.0\/24"/)
    assert.ok(server.mails.some(({ subject }) => subject === 'An API key was changed'))
  })
})

onEachDatabase('The last use of an API key', (newDatabase) => {
  test('is told with time and address once it is written, which a use itself does not do', async () => {
    await using server = await testServer(await newDatabase(), PROXIED)
    const trader = await aTrader(server)
    const row = () =>
      server.deps.db
        .selectFrom('api_keys')
        .select(['last_used_at', 'last_used_address'])
        .where('uid', '=', trader.uid)
        .executeTakeFirst()
    await trader.send(BALANCES, from('203.0.113.9'))
    server.clock.advance(MINUTE)
    await exchange(server, trader, from('2001:db8::7'))
    const at = iso(server.clock.now())
    assert.deepEqual({ ...(await row()) }, { last_used_at: null, last_used_address: null })
    server.clock.advance(HOUR)
    await server.deps.uses.flush()
    assert.deepEqual({ ...(await row()) }, { last_used_at: at, last_used_address: '2001:db8::7' })
    const { last_used_at, last_used_from, updated_at, created_at } = await trader.show()
    assert.deepEqual(
      [seconds(parseIso(last_used_at)), last_used_from, updated_at],
      [seconds(parseIso(at)), '2001:db8::7', created_at],
    )
  })

  test('survives a clean stop, and an earlier one is not written over a later one', async () => {
    const database = await newDatabase()
    const one = await testServer(database, ONE_CLUSTER)
    const trader = await aTrader(one)
    await using other = await testServer(database, ONE_CLUSTER)
    await trader.send(BALANCES)
    const [{ id = 0 } = {}] = await other.deps.db.selectFrom('api_keys').select('id').execute()
    other.clock.advance(HOUR)
    const later = iso(other.clock.now())
    other.deps.uses.note(id, '203.0.113.2')
    await other.deps.uses.flush()
    await one[Symbol.asyncDispose]()
    const keys = async () =>
      (await other.deps.db.selectFrom('api_keys').select('last_used_at').executeTakeFirst())?.last_used_at
    assert.equal(await keys(), later)
    const third = await testServer(database, ONE_CLUSTER)
    third.clock.advance(2 * HOUR)
    third.deps.uses.note(id, null)
    const end = iso(third.clock.now())
    await third[Symbol.asyncDispose]()
    assert.equal(await keys(), end)
  })

  test('takes bounded memory, and what could not be written is written later', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server)
    const { db, clock, log } = server.deps
    const uses = createLastUses({ db, clock, log }, 2)
    const [{ id = 0 } = {}] = await db.selectFrom('api_keys').select('id').execute()
    for (const key of [id, 1001, 1002]) uses.note(key, null)
    await uses.flush()
    assert.equal((await trader.show()).last_used_at, undefined, 'the one noted first was forgotten')
    uses.note(id, '203.0.113.3')
    await sql`alter table api_keys rename to elsewhere`.execute(db)
    await assert.rejects(uses.flush())
    await sql`alter table elsewhere rename to api_keys`.execute(db)
    await uses.flush()
    assert.equal((await trader.show()).last_used_from, '203.0.113.3')
  })
})
