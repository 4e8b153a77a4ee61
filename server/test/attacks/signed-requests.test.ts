import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { cleanAll } from '../../src/cleaning.ts'
import { signedRequests } from '../../src/features/api-keys/api-keys.ts'
import { replayCache } from '../../src/features/api-keys/replay-cache.ts'
import { MINUTE, SECOND } from '../../src/lib/clock.ts'
import { aJws, anEcKey, anEdKey, anRsaKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { startProgram } from '../support/program.ts'
import { type TestServer, testServer } from '../support/server.ts'
import { type Request, signedHeaders } from '../support/signed-requests.ts'
import { ask, aTrader, BALANCES, ORDER } from '../support/traders.ts'

/** Servers of one database share its master key. */
const KEY = { BARONG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }
/** Sets the clock of one server by that of another. */
const agree = (one: TestServer, other: TestServer) => one.clock.advance(other.clock.now() - one.clock.now())
type Headers = Record<string, string>

onEachDatabase('Attacks on signed requests', (newDatabase) => {
  test('replay: a change that was signed once is accepted once by all servers of a database together', async () => {
    const database = await newDatabase()
    await using one = await testServer(database, KEY)
    await using other = await testServer(database, KEY)
    const trader = await aTrader(one)
    agree(other, one)
    for (const request of [ORDER, { method: 'DELETE', target: '/orders/7' }, { ...ORDER, method: 'PUT' }]) {
      const headers = trader.sign(request)
      assert.equal((await ask(one, request, headers)).statusCode, 200)
      for (const server of [other, one, other]) {
        const answer = await ask(server, request, headers)
        assert.deepEqual([answer.statusCode, answer.json().error], [401, 'The nonce was used before'])
      }
    }
  })

  test('race: of the same signed change at two servers at once, one is accepted', async () => {
    const database = await newDatabase()
    await using one = await testServer(database, KEY)
    await using other = await testServer(database, KEY)
    const trader = await aTrader(one)
    agree(other, one)
    for (let round = 0; round < 5; round += 1) {
      const headers = trader.sign(ORDER)
      const asked = Array.from({ length: 20 }, (_, index) => ask(index % 2 === 0 ? one : other, ORDER, headers))
      const statuses = (await Promise.all(asked)).map(({ statusCode }) => statusCode)
      assert.equal(statuses.filter((status) => status === 200).length, 1, String(statuses))
    }
  })

  test('replay: after a restart, and after the clean-up, what was accepted is not accepted again', async () => {
    const database = await newDatabase()
    const one = await testServer(database, KEY)
    const trader = await aTrader(one)
    const headers = trader.sign(ORDER)
    assert.equal((await ask(one, ORDER, headers)).statusCode, 200)
    await one[Symbol.asyncDispose]()
    await using again = await testServer(database, KEY)
    const nonces = () => again.deps.db.selectFrom('api_key_nonces').select('id').execute()
    agree(again, one)
    assert.equal((await ask(again, ORDER, headers)).statusCode, 401)
    again.clock.advance(29 * SECOND)
    await cleanAll(again.deps)
    assert.equal((await ask(again, ORDER, headers)).statusCode, 401)
    assert.equal((await nonces()).length, 1)
    again.clock.advance(10 * MINUTE)
    await cleanAll(again.deps)
    assert.equal((await nonces()).length, 0, 'nothing is kept for ever')
    assert.match((await ask(again, ORDER, headers)).json().error, /too old/)
  })

  test('replay: with SIGNED_READS_ONCE a reading request, too, is accepted once by all servers together', async () => {
    const database = await newDatabase()
    const settings = { ...KEY, SIGNED_READS_ONCE: 'true' }
    await using one = await testServer(database, settings)
    await using other = await testServer(database, settings)
    const trader = await aTrader(one)
    agree(other, one)
    const headers = trader.sign(BALANCES)
    const asked = Array.from({ length: 20 }, (_, index) => ask(index % 2 === 0 ? one : other, BALANCES, headers))
    const statuses = (await Promise.all(asked)).map(({ statusCode }) => statusCode)
    assert.equal(statuses.filter((status) => status === 200).length, 1, String(statuses))
  })

  test('replay: a reading request is accepted once by each server, and a body makes it one that changes', async () => {
    const database = await newDatabase()
    await using one = await testServer(database, KEY)
    await using other = await testServer(database, KEY)
    const trader = await aTrader(one)
    agree(other, one)
    const headers = trader.sign(BALANCES)
    const statuses = []
    for (const server of [one, one, other, other]) statuses.push((await ask(server, BALANCES, headers)).statusCode)
    assert.deepEqual(statuses, [200, 401, 200, 401])
    for (let second = 0; second < 30; second += 5) {
      assert.equal((await ask(one, BALANCES, trader.sign(BALANCES))).statusCode, 200)
      assert.equal((await ask(one, BALANCES, headers)).json().error, 'The nonce was used before', `after ${second} s`)
      one.clock.advance(5 * SECOND)
    }
    agree(other, one)
    const odd: Request = { ...BALANCES, body: '{}' }
    const signed = trader.sign(odd)
    assert.equal((await ask(one, odd, signed)).statusCode, 200)
    assert.equal((await ask(other, odd, signed)).statusCode, 401)
  })

  test('replay: whoever fills the memory of nonces gets nothing in that could come again', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server)
    const judge = signedRequests(server.deps, replayCache(server.deps.clock, 1))
    const send = async (request: Request) => (await judge({ ...request, headers: trader.sign(request) })).owner.uid
    assert.equal(await send(BALANCES), trader.account.uid)
    for (const request of [BALANCES, ORDER])
      await assert.rejects(send(request), { status: 503, code: 'api-keys.busy', headers: { 'retry-after': '5' } })
    server.clock.advance(32 * SECOND)
    assert.equal(await send(BALANCES), trader.account.uid)
  })

  test('transplant: a signature is of one key, method, path, query and body', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server)
    const other = await aTrader(server)
    const good = () => trader.sign(ORDER)
    const renamed = (headers: Headers, from: string, to: string) => ({
      ...headers,
      'signature-input': headers['signature-input']?.replace(from, to) ?? '',
    })
    const of = (request: Request) => trader.sign(request)
    for (const [what, request, headers] of [
      ['the name of another key', ORDER, renamed(good(), trader.uid, other.uid)],
      ['another nonce', ORDER, renamed(good(), 'nonce="', 'nonce="x')],
      ['a later time', ORDER, renamed(good(), `created=${trader.now()}`, `created=${trader.now() + 1}`)],
      ['another method', { ...ORDER, method: 'PUT' }, good()],
      ['another path', { ...ORDER, target: '/withdraws?market=btcusd' }, good()],
      ['a path in other letters', { ...ORDER, target: '/%6frders?market=btcusd' }, good()],
      ['a slash more', { ...ORDER, target: '//orders?market=btcusd' }, good()],
      ['another query', { ...ORDER, target: '/orders?market=ethusd' }, good()],
      ['a parameter more', { ...ORDER, target: '/orders?market=btcusd&all=1' }, good()],
      [
        'parameters in another order',
        { ...ORDER, target: '/orders?b=2&a=1' },
        of({ ...ORDER, target: '/orders?a=1&b=2' }),
      ],
      [
        'the body of another',
        ORDER,
        { ...good(), 'content-digest': of({ ...ORDER, body: 'x' })['content-digest'] ?? '' },
      ],
      ['the signature of another', ORDER, { ...good(), signature: of({ ...ORDER, target: '/x' })['signature'] ?? '' }],
      [
        'a body for none',
        { method: 'DELETE', target: '/orders/7' },
        {
          ...of({ method: 'DELETE', target: '/orders/7' }),
          'content-digest': good()['content-digest'] ?? '',
        },
      ],
      [
        'a method that is told in a header',
        ORDER,
        { ...trader.sign({ ...ORDER, method: 'GET' }), 'x-http-method-override': 'GET' },
      ],
    ] as const)
      assert.equal((await ask(server, request, headers)).statusCode, 401, what)
    assert.equal((await ask(server, ORDER, good())).statusCode, 200)
  })

  test('downgrade: the key decides about the algorithm, and nothing that must be covered may be left out', async () => {
    await using server = await testServer(await newDatabase())
    for (const [key, own, digest] of [
      [anRsaKey(), 'rsa-v1_5-sha256', 'sha256'],
      [anEcKey(), 'ecdsa-p256-sha256', 'sha256'],
      [anEdKey(), 'ed25519', null],
    ] as const) {
      const trader = await aTrader(server, {}, key)
      const asked = async (how: object, request = ORDER) =>
        (await ask(server, request, trader.sign(request, { digest, ...how }))).statusCode
      for (const alg of [
        'hmac-sha256',
        'none',
        '',
        'rsa-pss-sha512',
        'ecdsa-p384-sha384',
        'rsa-v1_5-sha256',
        'ed25519',
      ])
        if (alg !== own) assert.equal(await asked({ alg }), 401, `${own} as ${alg}`)
      for (const covered of [
        [],
        ['@method'],
        ['@path', '@query', 'content-digest'],
        ['@method', '@query', 'content-digest'],
        ['@method', '@path', 'content-digest'],
        ['@method', '@path', '@query'],
        ['@method', '@path', '@query-param', 'content-digest'],
        ['@METHOD', '@path', '@query', 'content-digest'],
        ['@method', '@path;req', '@query', 'content-digest'],
        ['@method', '@path', '@query', 'content-digest;sf'],
      ])
        assert.equal(await asked({ covered }), 401, String(covered))
      // Whoever is on the way could put a body there.
      for (const method of ['POST', 'PUT', 'PATCH'])
        assert.equal(await asked({}, { method, target: ORDER.target }), 401, `${method} without a digest`)
      assert.equal(await asked({ alg: own }), 200)
    }
  })

  test('the end that a signature names counts, and none makes it good for longer', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server)
    const now = trader.now()
    const statusOf = async (how: { created?: number; expires: number }) =>
      (await ask(server, ORDER, trader.sign(ORDER, how))).statusCode
    assert.equal(await statusOf({ expires: now + 2 }), 200)
    assert.equal(await statusOf({ expires: now - 1 }), 401)
    assert.equal(await statusOf({ created: now - 60, expires: now + 60 }), 401)
    const headers = trader.sign(ORDER, { expires: now + 2 })
    server.clock.advance(3 * SECOND)
    assert.match((await ask(server, ORDER, headers)).json().error, /too old/)
  })

  test('names that every object has are no headers', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server)
    for (const name of ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty', 'no-such-header']) {
      const covered = ['@method', '@path', '@query', 'content-digest', name]
      const answer = await ask(server, ORDER, trader.sign(ORDER, { covered }))
      assert.equal(answer.statusCode, 401, `${name}: ${answer.body}`)
      assert.match(answer.json().error, new RegExp(`${name} cannot be covered`))
    }
  })

  test('forgery: nobody signs for a key without its private half', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server)
    const good = trader.sign(ORDER)
    const input = good['signature-input'] ?? ''
    const secret = createHmac('sha256', trader.key.pem).update(input).digest('base64')
    for (const [what, headers] of [
      ['another key', signedHeaders(anRsaKey(), trader.uid, ORDER, { created: trader.now() })],
      ['the public key as a secret', { ...good, signature: `sig1=:${secret}:` }],
      ['an empty signature', { ...good, signature: 'sig1=::' }],
      ['zeros', { ...good, signature: `sig1=:${Buffer.alloc(256).toString('base64')}:` }],
      ['no signature', { ...good, signature: '' }],
      ['a text as signature', { ...good, signature: 'sig1="x"' }],
      ['a signature of another label', { ...good, signature: (good['signature'] ?? '').replace('sig1', 'sig2') }],
      ['two signatures', { ...good, 'signature-input': `${input}, sig2=("@method")` }],
      ['no key', { ...good, 'signature-input': input.replace(/;keyid="[^"]*"/, '') }],
      ['a key of another kind', { ...good, 'signature-input': input.replace(/;keyid="[^"]*"/, ';keyid=7') }],
      ['no time', { ...good, 'signature-input': input.replace(/;created=\d+/, '') }],
      ['a fraction of a time', { ...good, 'signature-input': input.replace(/;created=(\d+)/, ';created=$1.5') }],
      ['an end that is past', { ...good, 'signature-input': `${input};expires=1` }],
    ] as const)
      assert.equal((await ask(server, ORDER, headers)).statusCode, 401, what)
    const elsewhere = { ...ORDER, target: '/elsewhere' }
    const { statusCode } = await server.app.inject({
      method: 'POST',
      url: `/api/v1/authorize${elsewhere.target}`,
      headers: { ...good, 'x-forwarded-method': 'POST', 'x-forwarded-uri': ORDER.target },
    })
    assert.equal(statusCode, 401, 'below the path, headers tell nothing')
    const ended = { ...trader.sign(ORDER) }
    ended['signature-input'] = (ended['signature-input'] ?? '').replace('created', 'expires')
    assert.equal((await ask(server, ORDER, ended)).statusCode, 401)
  })
})

onEachDatabase('Attacks on tokens of API keys', (newDatabase) => {
  const claims = (now: number, more = {}) => ({
    iss: 'external',
    sub: 'api_key_jwt',
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    ...more,
  })

  test('replay and race: a token is exchanged once by all servers of a database together', async () => {
    const database = await newDatabase()
    await using one = await testServer(database, KEY)
    await using other = await testServer(database, KEY)
    const { key, uid, now } = await aTrader(one)
    agree(other, one)
    const json = { kid: uid, jwt_token: aJws(key, { alg: 'RS256' }, claims(now())) }
    const asked = Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? one : other).call('POST', '/sessions/generate_jwt', { json }),
    )
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 200).length, 1, String(statuses))
  })

  test('transplant, downgrade, forgery: a token counts for its own key and algorithm, and what we sign is none', async () => {
    await using server = await testServer(await newDatabase())
    const trader = await aTrader(server)
    const other = await aTrader(server, {}, anEdKey())
    const now = trader.now()
    const exchange = async (kid: string, jwt_token: string) => {
      const { status, body } = await server.call('POST', '/sessions/generate_jwt', { json: { kid, jwt_token } })
      return status === 200 ? body.token : status
    }
    const good = aJws(trader.key, { alg: 'RS256' }, claims(now))
    const [header = '', payload = '', signature = ''] = good.split('.')
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const secret = (text: string) => createHmac('sha256', trader.key.pem).update(text).digest('base64url')
    const hs = `${part({ alg: 'HS256' })}.${payload}`
    assert.equal(await exchange(other.uid, good), 401, 'the token of another key')
    assert.equal(await exchange(trader.uid, aJws(other.key, { alg: 'RS256' }, claims(now), null)), 401, 'another key')
    for (const [what, token] of [
      ['no algorithm', `${part({ alg: 'none' })}.${payload}.`],
      ['the public key as a secret', `${hs}.${secret(hs)}`],
      ['another algorithm in the header', `${part({ alg: 'RS512' })}.${payload}.${signature}`],
      [
        'an extension that must be understood',
        aJws(trader.key, { alg: 'RS256', crit: ['b64'], b64: false }, claims(now)),
      ],
      ['other claims', `${header}.${part(claims(now, { jti: 'x' }))}.${signature}`],
      ['a key of its own', aJws(anRsaKey(), { alg: 'RS256', jwk: {} }, claims(now))],
      ['another issuer', aJws(trader.key, { alg: 'RS256' }, claims(now, { iss: 'barong' }))],
      ['no end', aJws(trader.key, { alg: 'RS256' }, claims(now, { iat: undefined, exp: undefined }))],
    ] as const)
      assert.equal(await exchange(trader.uid, token), 401, what)
    const token = await exchange(trader.uid, good)
    assert.equal(typeof token, 'string')
    assert.equal(await exchange(trader.uid, token), 401, 'a token of ours')
    assert.equal((await ask(server, BALANCES, { authorization: `Bearer ${token}` })).statusCode, 401)
    assert.equal((await ask(server, BALANCES, { authorization: `Bearer ${good}` })).statusCode, 401)
    const passed = await trader.send(BALANCES)
    const authorization = String(passed.headers['authorization'])
    assert.equal(
      (await ask(server, BALANCES, { authorization })).statusCode,
      401,
      'a token for services opens no gateway',
    )
  })
})

onEachDatabase('Workers of one machine', (newDatabase) => {
  test('accept a signed change once, whichever of them is asked', async () => {
    const database = await newDatabase()
    const settings = { ...KEY, BARONG_WORKERS: '3', DATABASE_POOL: '6', ADMIN_PASSWORD: 'an owl that reads the map 4' }
    await using program = await startProgram(database, settings)
    await using server = await testServer(database, KEY)
    server.clock.advance(Date.now() - server.clock.now())
    const trader = await aTrader(server)
    for (let round = 0; round < 3; round += 1) {
      server.clock.advance(Date.now() - server.clock.now())
      const headers = { ...trader.sign(ORDER), 'x-forwarded-method': ORDER.method, 'x-forwarded-uri': ORDER.target }
      // Each call has a connection of its own, and connections go to the workers in turn.
      const calls = Array.from({ length: 12 }, () =>
        fetch(`${program.url}/api/v1/authorize`, { headers: { ...headers, connection: 'close' } }),
      )
      const statuses = (await Promise.all(calls)).map(({ status }) => status)
      assert.equal(statuses.filter((status) => status === 200).length, 1, String(statuses))
      assert.equal(statuses.filter((status) => status === 401).length, 11, String(statuses))
    }
  })
})
