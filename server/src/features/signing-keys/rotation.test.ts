import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/clock.ts'
import { parseJws } from '../../platform/crypto/jws.ts'
import { revokeSigningKey, rotateDueKeys, rotateSigningKeys } from './signing-keys.ts'

const kidOf = (token: string) => parseJws(token)?.header['kid']

onEachDatabase('Key rotation', (newDatabase) => {
  test('publishes a key before it signs, and lets the old one verify until its last token has expired', async () => {
    await using server = await testServer(await newDatabase())
    const { deps, clock } = server
    const account = await anAccount(server)
    const before = await aToken(server, account)
    const first = deps.keys.current().kid

    await rotateSigningKeys(deps, 'RS256')
    await deps.keys.refresh()
    assert.equal(deps.keys.current().kid, first)
    assert.equal(deps.keys.jwks().keys.filter((key) => key['alg'] === 'RS256').length, 2)

    clock.advance(11 * MINUTE)
    const after = await aToken(server, account)
    assert.notEqual(kidOf(after), first)
    for (const token of [before, after]) assert.equal((await server.call('GET', '/accounts/me', { token })).status, 200)

    clock.advance(2 * DAY)
    await rotateDueKeys(deps)
    await deps.keys.refresh()
    assert.equal(deps.keys.find(first), undefined)
  })

  test('happens by itself when the newest key is old, once among several processes', async () => {
    await using server = await testServer(await newDatabase(), { KEY_ROTATION_DAYS: '30' })
    const { deps, clock } = server
    clock.advance(29 * DAY)
    await rotateDueKeys(deps)
    const count = async () => (await deps.db.selectFrom('signing_keys').select('id').execute()).length
    assert.equal(await count(), 3)
    clock.advance(2 * DAY)
    await Promise.all([rotateDueKeys(deps), rotateDueKeys(deps), rotateDueKeys(deps)])
    assert.equal(await count(), 6)
  })

  test('is known to a process that nobody asked for hours, with the first request it gets', async () => {
    const database = await newDatabase()
    await using one = await testServer(database, { BARONG_MASTER_KEY: MASTER })
    await using idle = await testServer(database, { BARONG_MASTER_KEY: MASTER })
    const account = await anAccount(one)
    await rotateSigningKeys(one.deps)
    for (const server of [one, idle]) server.clock.advance(3 * HOUR)
    await one.deps.keys.refresh()
    const token = await aToken(one, account)
    assert.equal(idle.deps.keys.find(String(kidOf(token))), undefined)
    assert.equal((await idle.call('GET', '/accounts/me', { token })).status, 200)
    assert.ok(idle.deps.keys.find(String(kidOf(token))))
  })

  test('revokes a key that was stolen at once, in all processes', async () => {
    const database = await newDatabase()
    await using one = await testServer(database, { BARONG_MASTER_KEY: MASTER })
    await using two = await testServer(database, { BARONG_MASTER_KEY: MASTER })
    const account = await anAccount(one)
    const stolen = one.deps.keys.current().kid
    const token = await aToken(one, account)
    const ask = async (server: TestServer, shown: string) =>
      (await server.call('GET', '/accounts/me', { token: shown })).status
    // Both have seen it, and remember it.
    assert.deepEqual([await ask(one, token), await ask(two, token)], [200, 200])

    await revokeSigningKey(one.deps, stolen)
    await one.deps.keys.refresh()
    for (const server of [one, two]) server.clock.advance(41 * SECOND)
    assert.deepEqual([await ask(one, token), await ask(two, token)], [401, 401])
    for (const { deps } of [one, two]) assert.ok(!deps.keys.jwks().keys.some(({ kid }) => kid === stolen))
    const next = await aToken(one, account)
    assert.equal(kidOf(next), two.deps.keys.current().kid)
    assert.deepEqual([await ask(one, next), await ask(two, next)], [200, 200])

    const audited = await one.deps.db.selectFrom('audit_records').select('action').execute()
    assert.equal(audited.filter(({ action }) => action === 'key.revoked').length, 1)
    assert.equal(
      audited.filter(({ action }) => action === 'key.rotated').length,
      4,
      'three at first, and one successor',
    )
    await assert.rejects(revokeSigningKey(one.deps, stolen), /no such key/)
    // One that is published and does not sign yet needs no successor.
    await rotateSigningKeys(one.deps, 'RS256')
    const [published] = await one.deps.db
      .selectFrom('signing_keys')
      .select('kid')
      .orderBy('active_from', 'desc')
      .execute()
    await revokeSigningKey(one.deps, published?.kid ?? '')
    await one.deps.keys.refresh()
    assert.equal(one.deps.keys.current().kid, kidOf(next))
  })

  test('reaches a process that only signs, and gets no requests', async () => {
    const database = await newDatabase()
    await using one = await testServer(database, { BARONG_MASTER_KEY: MASTER })
    await using signing = await testServer(database, { BARONG_MASTER_KEY: MASTER })
    const stolen = one.deps.keys.current().kid
    await revokeSigningKey(one.deps, stolen)
    signing.clock.advance(21 * SECOND)
    for (let tried = 0; tried < 1000 && signing.deps.keys.current().kid === stolen; tried += 1) await pause(5)
    assert.notEqual(signing.deps.keys.current().kid, stolen)
  })

  test('reaches another process without a restart', async () => {
    const database = await newDatabase()
    await using one = await testServer(database, { BARONG_MASTER_KEY: MASTER })
    await using two = await testServer(database, { BARONG_MASTER_KEY: MASTER })
    await rotateSigningKeys(one.deps)
    two.clock.advance(11 * MINUTE)
    one.clock.advance(11 * MINUTE)
    two.deps.keys.current()
    await two.deps.keys.refresh()
    await one.deps.keys.refresh()
    assert.equal(two.deps.keys.current().kid, one.deps.keys.current().kid)
    assert.deepEqual(two.deps.keys.jwks(), one.deps.keys.jwks())
  })

  test('fails no verification while it goes on under load', async () => {
    await using server = await testServer(await newDatabase(), { KEY_PUBLISHED_AHEAD: '60' })
    const account = await anAccount(server)
    const tokens = [await aToken(server, account)]
    for (let round = 0; round < 5; round += 1) {
      const load = tokens.flatMap((token) => [1, 2, 3, 4].map(() => server.call('GET', '/accounts/me', { token })))
      const [, ...answers] = await Promise.all([rotateSigningKeys(server.deps), ...load])
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
      server.clock.advance(MINUTE)
      await server.deps.keys.refresh()
      tokens.push(await aToken(server, account))
    }
    assert.equal(new Set(tokens.map(kidOf)).size, 6)
  })
})

const MASTER = Buffer.alloc(32, 7).toString('base64')
