import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { cleanAll } from '../../cleaning.ts'
import { MINUTE, SECOND } from '../../lib/clock.ts'
import { Refusal } from '../../lib/errors.ts'
import { createLimits, type Limits } from './limits.ts'

/** 40 at once, and one every one and a half seconds from then on. */
const RATES = { BARONG_LIMIT_REQUESTS: '40/1m', BARONG_LIMIT_ACCOUNT_REQUESTS: '40/1m', BARONG_LIMIT_TOKENS: '40/1m' }
const WAYS: Readonly<Record<string, (limits: Limits, subject: string) => void>> = {
  address: (limits, subject) => limits.pass('requests', subject),
  account: (limits, subject) => limits.pass('account_requests', subject),
  'address whose signed requests were refused': (limits, subject) => limits.pass('tokens', subject),
  key: (limits, subject) => limits.passOwn('api_keys', subject, '10/1s,40/1m'),
}

/** Whether a use is within the limit. */
function isIn(use: () => void): boolean {
  try {
    use()
    return true
  } catch (error) {
    if (error instanceof Refusal && error.status === 429) return false
    throw error
  }
}

onEachDatabase('What processes count in memory', (newDatabase) => {
  const aServer = async (log?: Parameters<typeof testServer>[2]) => testServer(await newDatabase(), RATES, log)
  /** Limits as of so many processes, on one clock. */
  const processes = ({ deps }: TestServer, count: number) => Array.from({ length: count }, () => createLimits(deps))
  const rows = ({ deps }: TestServer) => deps.db.selectFrom('shared_limits').selectAll().execute()
  const exchange = async (all: readonly Limits[]) => {
    for (const limits of all) await limits.exchange()
  }

  for (const [whose, use] of Object.entries(WAYS))
    test(`is one budget of one ${whose} for all of them, but for what is used within a second`, async () => {
      await using server = await aServer()
      const all = processes(server, 4)
      const minutes: number[] = []
      for (let second = 0; second < 300; second++) {
        const admitted = all.flatMap((limits) => [1, 2].map(() => isIn(() => use(limits, 'somebody')))).filter(Boolean)
        const minute = Math.floor(second / 60)
        minutes[minute] = (minutes[minute] ?? 0) + admitted.length
        await exchange(all)
        server.clock.advance(SECOND)
      }
      const [first = 0, ...later] = minutes
      // 40 at once, 40 in the minute, and what each of three further processes lets in within a second: two.
      assert.ok(first >= 75 && first <= 86, `${first} in the first minute`)
      for (const count of later) assert.ok(count >= 36 && count <= 46, `${minutes}`)
      assert.ok(isIn(() => use(all[0] ?? server.deps.limits, 'somebody else')))
    })

  test('is known by a further process from its first exchange on, and what it let in too much is paid back', async () => {
    await using server = await aServer()
    const [one = server.deps.limits, other = server.deps.limits] = processes(server, 2)
    const ask = (limits: Limits) => isIn(() => limits.pass('requests', '192.0.2.1'))
    const asked = (limits: Limits, times: number) => Array.from({ length: times }, () => ask(limits)).filter(Boolean)
    assert.equal(asked(one, 50).length, 40)
    await exchange([one])
    assert.equal(asked(other, 20).length, 20, 'it does not know yet')
    await exchange([other])
    assert.equal(ask(other), false)
    server.clock.advance(20 * 1500)
    assert.equal(ask(other), false)
    server.clock.advance(1500)
    assert.equal(ask(other), true)
  })

  test('costs not one statement where nobody uses more than an eighth of it', async () => {
    const statements: string[] = []
    await using server = await aServer(({ query }) => {
      statements.push(query.sql)
    })
    const { limits } = server.deps
    statements.length = 0
    for (let account = 0; account < 50; account++)
      for (let time = 0; time < 5; time++) for (const use of Object.values(WAYS)) use(limits, `account ${account}`)
    await limits.exchange()
    // A key's own rate has two parts, and five are much of its ten in a second.
    assert.equal(statements.length, 1)
    await limits.exchange()
    statements.length = 0
    server.clock.advance(2 * MINUTE)
    for (let time = 0; time < 5; time++) limits.pass('requests', 'account 1')
    await limits.exchange()
    assert.deepEqual(statements, [])
  })

  test('is exchanged by one statement of the same text for however many, five hundred at once', async () => {
    const statements: string[] = []
    await using server = await aServer(({ query }) => {
      statements.push(query.sql)
    })
    const { limits } = server.deps
    statements.length = 0
    for (let address = 0; address < 750; address++)
      for (let time = 0; time < 6; time++) limits.pass('requests', `address ${address}`)
    await limits.exchange()
    assert.equal((await rows(server)).length, 500)
    for (let time = 0; time < 5; time++) await limits.exchange()
    assert.equal((await rows(server)).length, 750)
    const written = statements.filter((text) => text.includes('insert into'))
    assert.deepEqual([written.length, new Set(written).size], [3, 1], 'each key twice, to tell and to learn')
  })

  test('goes on by itself while the database fails, and is exchanged later', async () => {
    await using server = await aServer()
    const { db, metrics } = server.deps
    const [one = server.deps.limits, other = server.deps.limits] = processes(server, 2)
    const ask = (limits: Limits) => isIn(() => limits.pass('requests', '192.0.2.1'))
    for (let time = 0; time < 20; time++) assert.ok(ask(one) && ask(other))
    await sql`alter table shared_limits rename to gone`.execute(db)
    for (const limits of [one, other]) await assert.rejects(limits.exchange())
    for (let time = 0; time < 20; time++) assert.ok(ask(one))
    assert.equal(ask(one), false)
    await sql`alter table gone rename to shared_limits`.execute(db)
    await exchange([one, other])
    assert.equal(ask(other), false)
    const { text } = await metrics.expose()
    assert.match(text, /barong_limits_exchanged_total\{outcome="failed"\} 2/)
    assert.match(text, /barong_limits_exchanged_total\{outcome="done"\} 2/)
  })

  test('loses nothing where many exchange at the same moment', async () => {
    await using server = await aServer()
    const all = processes(server, 6)
    for (const limits of all)
      for (let subject = 0; subject < 30; subject++)
        for (let time = 0; time < 6; time++) limits.pass('requests', `address ${subject}`)
    await Promise.all(all.map((limits) => limits.exchange()))
    const used = (await rows(server)).map(({ used_until }) => Math.round(used_until - server.clock.now()))
    assert.deepEqual(
      used,
      Array.from({ length: 30 }, () => 6 * 6 * 1500),
    )
  })

  test('tells whoever reads the table no addresses, and leaves it when it is over', async () => {
    await using server = await aServer()
    const { limits } = server.deps
    for (let time = 0; time < 10; time++) limits.pass('requests', '192.0.2.1')
    await limits.exchange()
    for (const { key } of await rows(server)) assert.match(key, /^[0-9a-f]{40}$/)
    server.clock.advance(10 * 1500 - 1)
    await cleanAll(server.deps)
    assert.equal((await rows(server)).length, 1)
    server.clock.advance(1)
    await cleanAll(server.deps)
    assert.deepEqual(await rows(server), [])
  })
})
