import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { anEcKey, anEdKey, anRsaKey, type ClientKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { aHold } from '../../../test/support/holds.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { type Request, signedHeaders } from '../../../test/support/signed-requests.ts'
import { ask, claimsOf, ORDER } from '../../../test/support/traders.ts'
import { iso, SECOND, seconds } from '../../lib/clock.ts'
import { parseJws } from '../../platform/crypto/jws.ts'
import type { RowPatch } from '../../platform/db/schema.ts'
import { targetOf } from '../../platform/events/revocations.ts'
import { endSessions } from '../accounts/accounts.ts'

const rsa = anRsaKey()
async function aSigner(server: TestServer, key: ClientKey = rsa) {
  const account = await anAccount(server)
  const { token, app } = await anAuthenticator(server, account)
  const json = { public_key: key.public_key, totp_code: app.next(), scopes: 'trade' }
  const uid: string = (await server.call('POST', '/api_keys', { token, json })).body.uid
  const now = () => seconds(server.clock.now())
  const send = (request: Request, how: Partial<Parameters<typeof signedHeaders>[3]> = {}) =>
    ask(server, request, signedHeaders(key, uid, request, { created: now(), ...how }))
  return { account, uid, now, send }
}

onEachDatabase('Gateways', (newDatabase) => {
  test('are told who bears a token, with a token of a minute for those behind them', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const authorization = `Bearer ${await aToken(server, account)}`
    const { statusCode, headers } = await ask(server, ORDER, { authorization })
    assert.equal(statusCode, 200)
    assert.deepEqual(
      [
        headers['x-auth-uid'],
        headers['x-auth-email'],
        headers['x-auth-role'],
        headers['x-auth-level'],
        headers['x-auth-api-key'],
      ],
      [account.uid, account.email, 'member', String(account.level), ''],
    )
    const { uid, aud, iat, exp } = claimsOf(headers['authorization'])
    assert.deepEqual([uid, aud, exp - iat], [account.uid, ['peatio', 'barong'], 60])
    assert.equal((await ask(server, ORDER, {})).statusCode, 401)
    assert.equal((await ask(server, ORDER, { authorization: 'Bearer x' })).statusCode, 401)
  })

  test('are told of other people’s applications only where they may use services, and of no token that is bound to none as if it were', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const authorization = `Bearer ${token}`
    const having = async (scopes: string) => {
      await server.deps.db.updateTable('sessions').set({ scopes }).execute()
      return ask(server, ORDER, { authorization })
    }
    for (const scopes of ['', 'openid', 'profile kyc.write'])
      assert.equal((await having(scopes)).statusCode, 403, scopes)
    const { statusCode, headers } = await having('openid peatio')
    assert.equal(statusCode, 200)
    const { uid: client_id } = await server.deps.db
      .selectFrom('applications')
      .innerJoin('sessions', 'sessions.application_id', 'applications.id')
      .select('applications.uid')
      .executeTakeFirstOrThrow()
    const claims = claimsOf(headers['authorization'])
    assert.deepEqual([claims.aud, claims.scope, claims.client_id], [['openid', 'peatio'], 'openid peatio', client_id])
    assert.equal((await ask(server, ORDER, { authorization: `DPoP ${token}`, dpop: 'x' })).statusCode, 401)
  })

  test('are told 429 where an account makes more requests than it may, by whichever way', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LIMIT_ACCOUNT_REQUESTS: '3/1m' })
    const { send } = await aSigner(server)
    const statuses = []
    for (let count = 0; count < 5; count += 1) statuses.push((await send(ORDER)).statusCode)
    assert.ok(statuses.includes(200) && statuses.at(-1) === 429, String(statuses))
    const { email } = await anAccount(server)
    const headers = { 'sec-fetch-site': 'same-origin' }
    const json = { email, password: PASSWORD }
    const signedIn = await server.call('POST', '/browser_session', { json, headers })
    const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
    const asked: number[] = []
    for (let count = 0; count < 4; count += 1)
      asked.push((await ask(server, { method: 'GET', target: '/' }, { cookie, ...headers })).statusCode)
    assert.deepEqual(asked, [200, 200, 200, 429])
  })

  test('are told who is signed in in a browser, of pages of the same site', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const json = { email: account.email, password: PASSWORD }
    const signedIn = await server.call('POST', '/browser_session', {
      json,
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
    const asked = (method: string, site: string) =>
      ask(server, { method, target: '/' }, { cookie, 'sec-fetch-site': site })
    for (const [method, site, status] of [
      ['GET', 'same-origin', 200],
      ['GET', 'cross-site', 200],
      ['POST', 'same-origin', 200],
      ['POST', 'cross-site', 403],
      ['DELETE', 'same-site', 403],
    ] as const)
      assert.equal((await asked(method, site)).statusCode, status, `${method} ${site}`)
    await server.deps.db.updateTable('accounts').set({ state: 'banned' }).execute()
    assert.equal((await asked('GET', 'same-origin')).statusCode, 401)
  })

  test('are told what is on hold, by whichever way somebody is known', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const authorization = `Bearer ${await aToken(server, account)}`
    const headers = { 'sec-fetch-site': 'same-origin' }
    const json = { email: account.email, password: PASSWORD }
    const signedIn = await server.call('POST', '/browser_session', { json, headers })
    const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
    const holds = await aHold(server, account)
    for (const way of [{ authorization }, { cookie, ...headers }])
      assert.deepEqual(claimsOf((await ask(server, ORDER, way)).headers['authorization']).holds, holds)
    const signer = await aSigner(server)
    assert.equal(claimsOf((await signer.send(ORDER)).headers['authorization']).holds, undefined)
    const theirs = await aHold(server, signer.account)
    assert.deepEqual(claimsOf((await signer.send(ORDER)).headers['authorization']).holds, theirs)
  })

  test('are told whose API key signed a request, with keys of each kind', async () => {
    await using server = await testServer(await newDatabase())
    for (const [key, alg, digest] of [
      [rsa, 'rsa-v1_5-sha256', 'sha256'],
      [anEcKey(), 'ecdsa-p256-sha256', 'sha256'],
      [anEdKey(), 'ed25519', null],
    ] as const) {
      const { account, uid, send } = await aSigner(server, key)
      const { statusCode, headers } = await send(ORDER, { alg, digest })
      assert.equal(statusCode, 200, alg)
      assert.deepEqual([headers['x-auth-uid'], headers['x-auth-api-key']], [account.uid, uid])
      const { aud, api_kid } = claimsOf(headers['authorization'])
      assert.deepEqual([aud, api_kid], ['trade', uid])
      assert.equal(
        (await send({ method: 'GET', target: '/balances' }, { digest, covered: ['@method', '@path'] })).statusCode,
        200,
      )
    }
  })

  test('are given tokens of the moment before the key was read, so that its end is noted for a later one', async () => {
    let runs = false
    let reads = 0
    await using server: TestServer = await testServer(await newDatabase(), {}, ({ query }) => {
      if (!runs || !/from "api_keys"/.test(query.sql)) return
      reads += 1
      server.clock.advance(5 * SECOND)
    })
    const { now, send } = await aSigner(server)
    const before = now()
    runs = true
    const { statusCode, headers } = await send(ORDER)
    assert.deepEqual([statusCode, reads], [200, 1])
    assert.equal(claimsOf(headers['authorization']).iat, before)
  })

  test('are told of a request below the path, as Envoy asks', async () => {
    await using server = await testServer(await newDatabase())
    const { uid, now } = await aSigner(server)
    const headers = signedHeaders(rsa, uid, ORDER, { created: now() })
    const { statusCode } = await server.app.inject({
      method: 'POST',
      url: `/api/v1/authorize${ORDER.target}`,
      // What a client claims of its own request does not count here.
      headers: { ...headers, 'x-forwarded-uri': '/other', 'x-forwarded-method': 'GET' },
    })
    assert.equal(statusCode, 200)
  })

  test('are told of requests to the very root below the path, as Envoy asks, whatever their method', async () => {
    await using server = await testServer(await newDatabase())
    const { uid, now } = await aSigner(server)
    const account = await anAccount(server)
    const authorization = `Bearer ${await aToken(server, account)}`
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)
      for (const target of ['/', '/?scope=withdraw']) {
        const url = `/api/v1/authorize${target}`
        const borne = await server.app.inject({ method, url, headers: { authorization, 'content-length': '0' } })
        assert.deepEqual([borne.statusCode, borne.headers['x-auth-uid']], [200, account.uid], `${method} ${target}`)
        const headers = signedHeaders(rsa, uid, { ...ORDER, method, target }, { created: now() })
        const { statusCode } = await server.app.inject({ method, url, headers })
        assert.equal(statusCode, 200, `${method} ${target}, signed: the query is not the gateway's`)
      }
  })

  test('are told addresses in any script, each in one way of its own', async () => {
    await using server = await testServer(await newDatabase())
    const { id } = await anAccount(server)
    const authorization = `Bearer ${await aToken(server, await anAccount(server))}`
    await server.deps.db.deleteFrom('accounts').where('id', '=', id).execute()
    for (const [email, told] of [
      ['ada+x@example.com', 'ada+x@example.com'],
      ['用户@例え.jp', '%E7%94%A8%E6%88%B7@%E4%BE%8B%E3%81%88.jp'],
      ['josé@example.com', 'jos%C3%A9@example.com'],
      ['jos%c3%a9@example.com', 'jos%25c3%25a9@example.com'],
    ] as const) {
      await server.deps.db.updateTable('accounts').set({ email }).execute()
      const { statusCode, headers } = await ask(server, ORDER, { authorization })
      assert.deepEqual([statusCode, headers['x-auth-email']], [200, told])
      assert.equal(claimsOf(headers['authorization']).email, email)
    }
  })

  test('have no token that outlives a sign-out everywhere of the same second', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const tokens = [await aToken(server, account)]
    server.clock.advance(5 * SECOND - (server.clock.now() % SECOND) + 900)
    tokens.push(await aToken(server, account))
    const given = []
    for (const token of tokens) {
      const { headers } = await ask(server, ORDER, { authorization: `Bearer ${token}` })
      given.push(claimsOf(headers['authorization']))
    }
    await server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account))
    const feed = parseJws((await server.app.inject('/oauth/revocations')).body)?.payload
    const holders: Record<string, number[]> = JSON.parse(JSON.stringify(feed?.['holders']))
    const cut = holders[targetOf(account.uid)]?.[0] ?? 0
    for (const { iat, sid } of given)
      assert.ok(iat < cut || JSON.stringify(feed?.['tokens']).includes(targetOf(sid)), `${iat}, ${cut}`)
    assert.ok(given[1].iat === cut, 'a session of this second is named, and no cut of a moment before ends its tokens')
  })

  test('let nothing of a signed request be changed, left out, or used again', async () => {
    await using server = await testServer(await newDatabase())
    const { uid, now, send } = await aSigner(server)
    const good = (how = {}) => signedHeaders(rsa, uid, ORDER, { created: now(), ...how })
    for (const [what, request, headers] of [
      ['another method', { ...ORDER, method: 'PUT' }, good()],
      ['another path', { ...ORDER, target: '/withdraws?market=btcusd' }, good()],
      ['another query', { ...ORDER, target: '/orders?market=ethusd' }, good()],
      ['no query', { ...ORDER, target: '/orders' }, good()],
      ['another digest', ORDER, { ...good(), 'content-digest': 'sha-256=:AAAA:' }],
      ['no digest', ORDER, good({ covered: ['@method', '@path', '@query'] })],
      ['no method', ORDER, good({ covered: ['@path', '@query', 'content-digest'] })],
      ['a query that is not covered', ORDER, good({ covered: ['@method', '@path', 'content-digest'] })],
      ['another key', ORDER, signedHeaders(anRsaKey(), uid, ORDER, { created: now() })],
      ['an unknown key', ORDER, signedHeaders(rsa, 'nobody', ORDER, { created: now() })],
      ['another algorithm', ORDER, good({ alg: 'hmac-sha256' })],
      ['too old', ORDER, good({ created: now() - 31 })],
      ['of the future', ORDER, good({ created: now() + 6 })],
      ['no nonce', ORDER, good({ nonce: '' })],
      ['a long nonce', ORDER, good({ nonce: 'x'.repeat(129) })],
      ['no signature', ORDER, { 'signature-input': good()['signature-input'] ?? '' }],
      ['nonsense', ORDER, { 'signature-input': '((((', signature: '====' }],
      ['two signatures', ORDER, { ...good(), 'signature-input': `${good()['signature-input']}, b=()` }],
      ['a repeated component', ORDER, good({ covered: ['@method', '@method', '@path', '@query', 'content-digest'] })],
    ] as const) {
      const { statusCode, json } = await ask(server, request, headers)
      assert.equal(statusCode, 401, what)
      assert.equal(typeof json().error, 'string')
    }
    const headers = good({ nonce: 'once' })
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask(server, ORDER, headers)))
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 401, 401, 401, 401])
    server.clock.advance(29 * SECOND)
    assert.equal((await ask(server, ORDER, headers)).json().error, 'The nonce was used before')
    server.clock.advance(5 * SECOND)
    assert.match((await ask(server, ORDER, headers)).json().error, /too old/)
    assert.equal((await send(ORDER, { nonce: 'once' })).statusCode, 401, 'a nonce is for one request')
  })

  test('are told of nobody whose key or account may not be used', async () => {
    await using server = await testServer(await newDatabase())
    const { account, uid, send } = await aSigner(server)
    const { db } = server.deps
    const now = iso(server.clock.now())
    const barred: RowPatch<'accounts'>[] = [{ state: 'banned' }, { discarded_at: now }, { frozen_at: now }]
    for (const patch of barred) {
      await db.updateTable('accounts').set(patch).where('id', '=', account.id).execute()
      assert.equal((await send(ORDER)).statusCode, 401, JSON.stringify(patch))
      const good = { state: 'active', discarded_at: null, frozen_at: null }
      await db.updateTable('accounts').set(good).where('id', '=', account.id).execute()
    }
    assert.equal((await send(ORDER)).statusCode, 200)
    await db.updateTable('api_keys').set({ state: 'inactive' }).where('uid', '=', uid).execute()
    assert.equal((await send(ORDER)).statusCode, 401)
    const refusals = await db
      .selectFrom('audit_records')
      .select('code')
      .where('action', '=', 'api_key.refused')
      .execute()
    assert.equal(refusals.length, 1, 'the same refusal from the same place')
    assert.equal(
      (await ask(server, ORDER, signedHeaders(rsa, 'nobody', ORDER, { created: seconds(server.clock.now()) })))
        .statusCode,
      401,
    )
    const all = await db.selectFrom('audit_records').select('code').where('action', '=', 'api_key.refused').execute()
    assert.equal(all.length, 1, 'strangers fill no log')
  })

  test('have one refusal of a kind recorded of a key and a network in ten minutes', async () => {
    await using server = await testServer(await newDatabase())
    const { uid, now } = await aSigner(server)
    const codes = async () => {
      const { db } = server.deps
      const found = db.selectFrom('audit_records').select('code').where('action', '=', 'api_key.refused')
      return (await found.orderBy('id').execute()).map(({ code }) => code)
    }
    const forged = () => signedHeaders(anEcKey(), uid, ORDER, { created: now(), digest: 'sha256' })
    const from = (remoteAddress: string, headers: Record<string, string>) =>
      server.app.inject({ method: 'POST', url: `/api/v1/authorize${ORDER.target}`, remoteAddress, headers })
    await Promise.all([1, 2, 3, 4, 5].map(() => from('203.0.113.1', forged())))
    assert.deepEqual(await codes(), ['api-keys.forged'])
    await from('203.0.113.1', signedHeaders(rsa, uid, ORDER, { created: now() - 60 }))
    await from('203.0.113.2', forged())
    assert.deepEqual(await codes(), ['api-keys.forged', 'api-keys.late', 'api-keys.forged'])
    server.clock.advance(600 * SECOND)
    await from('203.0.113.1', forged())
    assert.equal((await codes()).length, 4)
  })

  test('are told 429 of refused signed requests beyond the limit of tokens, and go on to let in good ones', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LIMIT_TOKENS: '3/1m' })
    const { uid, now, send } = await aSigner(server)
    const statuses = []
    for (const keyid of [uid, 'nobody', uid, uid, 'nobody'])
      statuses.push((await ask(server, ORDER, signedHeaders(anRsaKey(), keyid, ORDER, { created: now() }))).statusCode)
    assert.deepEqual(statuses, [401, 401, 401, 429, 429])
    assert.equal((await send(ORDER)).statusCode, 200)
  })

  test('cost no write, whoever is let in, but the nonce of a signed request that changes something', async () => {
    const ran: string[] = []
    await using server = await testServer(await newDatabase(), {}, ({ query }) => {
      ran.push(query.sql)
    })
    const { send } = await aSigner(server)
    const authorization = `Bearer ${await aToken(server, await anAccount(server))}`
    for (const [work, more] of [
      [() => send({ method: 'GET', target: '/balances' }), []],
      [() => ask(server, ORDER, { authorization }), []],
      [() => send(ORDER), [/insert into "api_key_nonces"/]],
    ] as const) {
      ran.length = 0
      assert.equal((await work()).statusCode, 200)
      await server.deps.limits.exchange()
      const statements = ran.filter((sql) => !/^(begin|commit|savepoint|release)/i.test(sql))
      const writes = statements.filter((sql) => !/^(\/\*.*?\*\/ )?select/.test(sql))
      assert.equal(statements.length - writes.length, 2, 'who it is, and what is on hold')
      assert.equal(writes.length, more.length)
      for (const [index, pattern] of more.entries()) assert.match(writes[index] ?? '', pattern)
    }
    const headers = { 'sec-fetch-site': 'same-origin' }
    const json = { email: (await anAccount(server)).email, password: PASSWORD }
    const signedIn = await server.call('POST', '/browser_session', { json, headers })
    const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
    ran.length = 0
    assert.equal((await ask(server, ORDER, { cookie, ...headers })).statusCode, 200)
    assert.ok(ran.length > 0)
    for (const sql of ran) assert.match(sql, /^(\/\*.*?\*\/ )?select/, 'the cookie of a browser is read alone')
  })
})
