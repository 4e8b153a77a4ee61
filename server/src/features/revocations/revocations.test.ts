import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { anRsaKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { planOf, type Ran } from '../../../test/support/plans.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { DAY, HOUR, iso, MINUTE, SECOND, seconds } from '../../lib/clock.ts'
import { parseJws, verifyJws } from '../../platform/crypto/jws.ts'
import { insertMany } from '../../platform/db/bulk.ts'
import { isPostgres } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { noteTokensEnded, targetOf } from '../../platform/events/revocations.ts'
import { endAccess, endSessions, signEverybodyOut } from '../accounts/accounts.ts'
import { deleteApplication } from '../applications/applications.ts'
import { cleanRevocations } from './revocations.ts'

interface Feed {
  iat: number
  after: number | null
  cursor: number
  /** Tokens that ended, by the minute in which they leave. */
  tokens: Record<string, string>
  holders: Record<string, [number, number]>
}

async function get({ app }: TestServer, after?: number, headers: Record<string, string> = {}) {
  const query = after === undefined ? '' : `?after=${after}`
  return app.inject({ method: 'GET', url: `/oauth/revocations${query}`, headers })
}

/** So many accounts with a session each; returns one of them. */
async function manyAccounts(server: TestServer, count: number): Promise<Account> {
  const { db, clock } = server.deps
  const first = await anAccount(server)
  const { id: _, ...copy } = first
  const people = Array.from({ length: count - 1 }, (_, index) => ({
    ...copy,
    uid: `ID${String(index).padStart(10, '0')}`,
    email: `one-of-many-${index}@example.com`,
  }))
  const ids = await insertMany(db, 'accounts', people, ['id'])
  const { id: application_id } = await anApplication(server)
  const now = iso(clock.now())
  const dates = { created_at: now, authenticated_at: now, expires_at: iso(clock.now() + HOUR) }
  const sessions = ids.map(({ id: account_id }) => ({
    jti: `session of ${account_id}`,
    account_id,
    application_id,
    ...dates,
  }))
  await insertMany(db, 'sessions', sessions)
  return first
}

async function feedOf(server: TestServer, after?: number): Promise<Feed & { ids: string[] }> {
  const jws = parseJws((await get(server, after)).body)
  const key = server.deps.keys.find(String(jws?.header['kid']))
  assert.ok(jws && key && verifyJws(key.algorithm, key.public_key, jws))
  assert.equal(jws.header['typ'], 'revocations+jwt')
  const { iat, after: since, cursor, tokens, holders }: Feed = JSON.parse(JSON.stringify(jws.payload))
  const ids = Object.values(tokens).flatMap((text) => text.match(/.{12}/g) ?? [])
  return { iat, after: since, cursor, tokens, holders, ids }
}

const STEP = 30 * SECOND

/** The latest cursor that is given out. */
const stepBefore = ({ clock }: TestServer): number => clock.now() - (clock.now() % STEP)

const jtiOf = (token: string): string => String(parseJws(token)?.payload['jti'])

onEachDatabase('The feed of revocations', (newDatabase, kind) => {
  /** PostgreSQL is asked by way of a socket, and takes twice as long for each. */
  const many = kind === 'sqlite' ? 10_000 : 2000

  test('is the whole one after a cursor that is old, made once for all who ask', async () => {
    const ran: Ran[] = []
    await using server = await testServer(await newDatabase(), {}, ({ query }) => {
      ran.push(query)
    })
    const account = await anAccount(server)
    await aToken(server, account)
    await server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account))
    const { cursor } = await feedOf(server)
    server.clock.advance(cursor + 15 * MINUTE - server.clock.now())
    const inTime = await feedOf(server, cursor)
    assert.deepEqual([inTime.after, inTime.cursor > cursor], [cursor, true], 'cursors go on where nothing is new')
    server.clock.advance(SECOND)
    const late = await feedOf(server, cursor)
    assert.deepEqual([late.after, late.cursor > cursor, late.ids.length], [null, true, 1])
    ran.length = 0
    const asked = Array.from({ length: 50 }, (_, index) => get(server, cursor - 5 * SECOND * index))
    assert.equal(new Set((await Promise.all(asked)).map(({ body }) => body)).size, 1)
    assert.equal(ran.filter(({ sql }) => /"issued_before"/.test(sql)).length, 0, 'it was made before')
  })

  test('names a token that ended until it would have expired, and no other', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const [token, other] = [await aToken(server, account), await aToken(server, account)]
    assert.deepEqual((await feedOf(server)).ids, [])
    const sessions = (await server.call('GET', '/sessions', { token })).body
    const { id } = sessions.find(({ current }: { current: boolean }) => current)
    assert.equal((await server.call('DELETE', `/sessions/${id}`, { token: other })).status, 204)
    const { ids, tokens, holders, cursor } = await feedOf(server)
    assert.deepEqual(ids, [targetOf(jtiOf(token))])
    assert.deepEqual(holders, {})
    assert.equal(cursor, stepBefore(server))
    const [leaves = ''] = Object.keys(tokens)
    const expiry = Number(parseJws(token)?.payload['exp']) * SECOND
    assert.ok(Number(leaves) * MINUTE >= expiry + MINUTE && Number(leaves) * MINUTE < expiry + 3 * MINUTE)
    server.clock.advance(expiry - server.clock.now() + 2 * MINUTE)
    assert.deepEqual((await feedOf(server)).ids, [])
    assert.equal(await cleanRevocations(server.deps), 1)
  })

  test('cuts all tokens of an account off at once, and names those of the same second', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    for (let count = 0; count < 5; count += 1) await aToken(server, account)
    server.clock.advance(5 * SECOND)
    const late = await aToken(server, account)
    await server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account))
    const { ids, holders } = await feedOf(server)
    assert.deepEqual(ids, [targetOf(jtiOf(late))])
    assert.deepEqual(
      Object.entries(holders).map(([target, [before]]) => [target, before]),
      [[targetOf(account.uid), seconds(server.clock.now())]],
    )
  })

  test('spares the session that changes the password', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const [kept, other] = [await aToken(server, account), await aToken(server, account)]
    await server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account, jtiOf(kept)))
    const { ids, holders } = await feedOf(server)
    assert.deepEqual([ids, holders], [[targetOf(jtiOf(other))], {}])
  })

  test('cuts off what an application that is removed had, sessions and tokens of its own', async () => {
    await using server = await testServer(await newDatabase())
    const application = await anApplication(server)
    const { email } = await anAccount(server)
    const json = { email, password: PASSWORD, application_id: application.uid }
    const token: string = (await server.call('POST', '/sessions', { json })).body
    await deleteApplication(server.deps, application.uid)
    const { ids, holders } = await feedOf(server)
    assert.deepEqual(ids, [targetOf(jtiOf(token))])
    assert.ok((holders[targetOf(application.uid)]?.[0] ?? 0) > seconds(server.clock.now()))
    server.clock.advance(DAY + HOUR)
    assert.deepEqual((await feedOf(server)).holders, {})
  })

  test('cuts off what an API key had that is switched off, replaced, removed, or ended with all access', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const { token, app } = await anAuthenticator(server, account)
    const aKey = async (): Promise<string> => {
      const json = { public_key: anRsaKey().public_key, totp_code: app.next() }
      return (await server.call('POST', '/api_keys', { token, json })).body.uid
    }
    const change = (uid: string, json: object) =>
      server.call('PATCH', `/api_keys/${uid}`, { token, json: { ...json, totp_code: app.next() } })
    const ends: ((uid: string) => Promise<unknown>)[] = [
      (uid) => change(uid, { state: 'inactive' }),
      (uid) => change(uid, { scopes: 'read' }),
      (uid) => change(uid, { public_key: anRsaKey().public_key }),
      (uid) => server.call('DELETE', `/api_keys/${uid}?totp_code=${app.next()}`, { token }),
      () => server.deps.db.transaction().execute((tx) => endAccess(server.deps, tx, account)),
    ]
    for (const end of ends) {
      const uid = await aKey()
      assert.equal((await feedOf(server)).holders[targetOf(uid)], undefined)
      await end(uid)
      // Tokens of a key have no rows to be named by, so that those of this very second are cut off with the others.
      assert.equal((await feedOf(server)).holders[targetOf(uid)]?.[0], seconds(server.clock.now()) + 1)
    }
  })

  test('tells after a cursor what is new, and a minute before it once more', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const [first, second] = [await aToken(server, account), await aToken(server, account)]
    const end = (token: string, kept: string) =>
      server.deps.db.transaction().execute(async (tx) => {
        await tx.updateTable('sessions').set({ revoked_at: null }).where('jti', '=', jtiOf(token)).execute()
        await endSessions(server.deps, tx, account, jtiOf(kept))
      })
    await end(first, second)
    const { cursor } = await feedOf(server)
    server.clock.advance(30 * SECOND)
    assert.deepEqual([(await feedOf(server, cursor)).ids.length, (await feedOf(server, cursor)).cursor], [1, cursor])
    // Cursors stand up to half a minute behind.
    server.clock.advance(96 * SECOND)
    const third = await aToken(server, account)
    await end(second, third)
    const { ids, after, cursor: next } = await feedOf(server, cursor + STEP)
    assert.deepEqual(
      [ids, after, next],
      [[targetOf(jtiOf(first)), targetOf(jtiOf(second))], cursor + STEP, stepBefore(server)],
    )
    assert.deepEqual((await feedOf(server, next)).ids, [targetOf(jtiOf(second))])
  })

  test('is the same text for five seconds while nothing ends, and is told by its ETag', async () => {
    await using server = await testServer(await newDatabase())
    server.clock.advance(5 * SECOND - (server.clock.now() % (5 * SECOND)))
    const first = await get(server)
    const { etag = '', 'cache-control': caching, 'content-type': type } = first.headers
    assert.deepEqual([caching, type], ['public, max-age=1', 'application/jwt'])
    server.clock.advance(4 * SECOND)
    assert.equal((await get(server, undefined, { 'if-none-match': String(etag) })).statusCode, 304)
    server.clock.advance(SECOND)
    assert.equal((await get(server, undefined, { 'if-none-match': String(etag) })).statusCode, 200)
    const account = await anAccount(server)
    const changed = await get(server)
    await server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account))
    assert.equal((await get(server, undefined, { 'if-none-match': String(changed.headers['etag']) })).statusCode, 200)
  })

  test('is made once for all who ask while nothing is new', async () => {
    const ran: Ran[] = []
    await using server = await testServer(await newDatabase(), {}, ({ query }) => {
      ran.push(query)
    })
    const account = await anAccount(server)
    await aToken(server, account)
    const made = () => ran.filter(({ sql }) => sql.includes('"issued_before"')).length
    ran.length = 0
    await Promise.all([1, 2, 3, 4, 5].map(() => get(server)))
    assert.equal(made(), 1)
    server.clock.advance(5 * SECOND)
    await get(server)
    assert.equal(made(), 2)
    await server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account))
    ran.length = 0
    assert.deepEqual(Object.keys((await feedOf(server)).holders), [targetOf(account.uid)])
    assert.equal(made(), 1)
  })

  test('finds what is new by an index, however much there is', async () => {
    const ran: Ran[] = []
    await using server = await testServer(await newDatabase(), {}, ({ query }) => {
      ran.push(query)
    })
    const { db, clock } = server.deps
    const now = clock.now()
    for (const hours of [1, 2, 3]) {
      const ended = Array.from({ length: 1000 }, (_, number) => ({
        jti: `token ${hours}:${number}`,
        application_id: 1,
        created_at: iso(now),
        expires_at: iso(now + DAY),
      }))
      await db.transaction().execute((tx) => noteTokensEnded(tx, ended, now - hours * HOUR))
    }
    if (isPostgres(db)) await sql`analyze revocations`.execute(db)
    ran.length = 0
    assert.deepEqual((await feedOf(server, stepBefore(server))).ids, [])
    const query = ran.find(({ sql }) => sql.includes('from "revocations"'))
    assert.match((query ? await planOf(db, query) : []).join('\n'), /revocations_recorded_at/)
    assert.equal((await feedOf(server)).ids.length, 3000)
  })

  test(`ends the tokens of ${many} accounts by one entry, under a type that older readers refuse`, async () => {
    await using server = await testServer(await newDatabase())
    const { db } = server.deps
    const token = await aToken(server, await manyAccounts(server, many))
    server.clock.advance(2 * SECOND)
    const { cursor } = await feedOf(server)
    const done: number[] = []
    await signEverybodyOut(server.deps, (count) => done.push(count))
    assert.equal(done.at(-1), many)
    const open = await db.selectFrom('sessions').select('id').where('revoked_at', 'is', null).execute()
    assert.equal(open.length, 0)
    assert.equal((await server.call('GET', '/accounts/me', { token })).status, 401)
    assert.equal((await db.selectFrom('revocations').select('id').execute()).length, 1)
    for (const after of [undefined, cursor]) {
      const { header, payload } = parseJws((await get(server, after)).body) ?? {}
      assert.equal(header?.['typ'], 'revocations-2+jwt')
      const leaves = Math.ceil((server.clock.now() + DAY + MINUTE) / MINUTE)
      assert.deepEqual(payload?.['everybody'], [seconds(server.clock.now()), leaves])
      assert.deepEqual([payload?.['tokens'], payload?.['holders']], [{}, {}])
    }
    server.clock.advance(DAY + 2 * MINUTE)
    assert.deepEqual((await feedOf(server)).ids, [], 'of the first type again')
  })

  test('names what began in the very second in which everybody was signed out, and nothing of later ones', async () => {
    await using server = await testServer(await newDatabase())
    const [early, late, next] = [await anAccount(server), await anAccount(server), await anAccount(server)]
    await aToken(server, early)
    server.clock.advance(2 * SECOND)
    const token = await aToken(server, late)
    await signEverybodyOut(server.deps, () => {})
    const after = await aToken(server, next)
    const { payload } = parseJws((await get(server)).body) ?? {}
    const named = JSON.stringify(payload?.['tokens'])
    assert.ok(named.includes(targetOf(jtiOf(token))) && !named.includes(targetOf(jtiOf(after))), named)
    await signEverybodyOut(server.deps, () => {})
    const again = parseJws((await get(server)).body)?.payload['everybody']
    assert.ok(Array.isArray(again) && again.length === 2, 'it is one entry however often')
  })

  test('is made once for all who ask after a cursor, and no more often for cursors that were never given out', async () => {
    const ran: Ran[] = []
    await using server = await testServer(await newDatabase(), {}, ({ query }) => {
      ran.push(query)
    })
    const account = await anAccount(server)
    await aToken(server, account)
    await server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account))
    const { cursor } = await feedOf(server)
    const count = (part: RegExp) => ran.filter(({ sql }) => part.test(sql)).length
    ran.length = 0
    const answers = await Promise.all(Array.from({ length: 30 }, () => get(server, cursor)))
    assert.equal(new Set(answers.map(({ body }) => body)).size, 1)
    assert.equal(count(/"issued_before"/), 1)
    assert.ok(count(/max\("id"\)/) < 5, 'who asks at once shares the look, too')
    const etag = String(answers[0]?.headers['etag'])
    assert.equal((await get(server, cursor, { 'if-none-match': etag })).statusCode, 304)
    await get(server)
    ran.length = 0
    for (const strange of [cursor + 1, cursor - 4999, server.clock.now() + DAY, 0])
      assert.equal((await feedOf(server, strange)).after, null)
    assert.equal(count(/"issued_before"/), 0)
  })

  test('is the whole one where more is new after a cursor than can be told', async () => {
    await using server = await testServer(await newDatabase())
    const { db, clock } = server.deps
    const after = stepBefore(server)
    const [now, later] = [iso(clock.now()), iso(clock.now() + HOUR)]
    const ended = (count: number, first: number) =>
      Array.from({ length: count }, (_, index) => ({
        target: targetOf(`token ${first + index}`),
        issued_before: null,
        recorded_at: now,
        expires_at: later,
      }))
    await insertMany(db, 'revocations', ended(20_000, 0))
    assert.equal((await feedOf(server, after)).after, after)
    await insertMany(db, 'revocations', ended(1, 20_000))
    const { after: since, ids } = await feedOf(server, after)
    assert.deepEqual([since, ids.length], [null, 20_001])
  })

  test('is made few times, however many cursors somebody asks after, and the whole of it once', async () => {
    const ran: Ran[] = []
    await using server = await testServer(await newDatabase(), {}, ({ query }) => {
      ran.push(query)
    })
    const account = await anAccount(server)
    await aToken(server, account)
    await server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account))
    const made = () => ran.filter(({ sql }) => /"issued_before"/.test(sql)).length
    const now = server.clock.now() - (server.clock.now() % (5 * SECOND))
    const askAll = async () => {
      ran.length = 0
      await get(server)
      for (let after = now - 16 * MINUTE; after <= now + 2 * MINUTE; after += 5 * SECOND) await get(server, after)
      await get(server)
      return made()
    }
    const first = await askAll()
    assert.ok(first > 1 && first < 40, `made ${first} times`)
    assert.equal(await askAll(), 0, 'each is kept while nothing is new')
  })

  test('is for those who have its token, where it has one, and takes no nonsense', async () => {
    await using server = await testServer(await newDatabase(), { REVOCATION_FEED_TOKEN: 'a token for the feed' })
    assert.equal((await get(server)).statusCode, 401)
    assert.equal((await get(server, undefined, { authorization: 'Bearer another' })).statusCode, 401)
    const headers = { authorization: 'Bearer a token for the feed' }
    const answer = await get(server, undefined, headers)
    assert.deepEqual([answer.statusCode, answer.headers['cache-control']], [200, 'private, max-age=1'])
    for (const after of [-1, 0.5, 9e15]) assert.equal((await get(server, after, headers)).statusCode, 422, `${after}`)
  })
})
