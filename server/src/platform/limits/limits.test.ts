import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { cleanAll } from '../../cleaning.ts'
import { HOUR, MINUTE, SECOND } from '../../lib/clock.ts'
import { Refusal } from '../../lib/errors.ts'
import type { Limit } from './limits.ts'

const LIMIT: Limit = {
  family: 'test',
  rates: [
    { count: 3, window: MINUTE },
    { count: 5, window: HOUR },
  ],
}
const KEY = Buffer.alloc(32, 7).toString('base64')

/** `in`, or after how many seconds it may be tried again. */
const use = async ({ deps }: TestServer, subject = 'somebody'): Promise<string> => {
  try {
    await deps.limits.spend(LIMIT, subject)
    return 'in'
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 429) throw error
    return String(error.headers['retry-after'])
  }
}
const uses = async (server: TestServer, times: number) => {
  const answers: string[] = []
  for (let time = 0; time < times; time++) answers.push(await use(server))
  return answers
}

onEachDatabase('A limit that is counted in the database', (newDatabase) => {
  const aServer = async (database?: string) => testServer(database ?? (await newDatabase()), { BARONG_MASTER_KEY: KEY })

  test('lets in as many as its rates say, and tells when it will again', async () => {
    await using server = await aServer()
    assert.deepEqual(await uses(server, 4), ['in', 'in', 'in', '60'])
    assert.equal(await use(server, 'somebody else'), 'in')
    server.clock.advance(59 * SECOND)
    assert.equal(await use(server), '1')
    server.clock.advance(SECOND)
    assert.deepEqual(await uses(server, 2), ['in', '3540'])
    server.clock.advance(3540 * SECOND - 1)
    assert.equal(await use(server), '1')
    server.clock.advance(1)
    assert.deepEqual(await uses(server, 4), ['in', 'in', 'in', '60'])
  })

  test('holds for two processes together, however many come at once', async () => {
    const database = await newDatabase()
    await using one = await aServer(database)
    await using other = await aServer(database)
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => use(index % 2 === 0 ? one : other)))
    assert.equal(answers.filter((answer) => answer === 'in').length, 3)
  })

  test('writes nothing for those it knows to be over', async () => {
    await using server = await aServer()
    await uses(server, 4)
    const rows = () => server.deps.db.selectFrom('limit_counters').selectAll().execute()
    const before = await rows()
    await uses(server, 50)
    assert.deepEqual(await rows(), before)
  })

  test('takes a use back, and looks without counting', async () => {
    await using server = await aServer()
    const { limits } = server.deps
    await uses(server, 3)
    await assert.rejects(limits.check(LIMIT, 'somebody'), { status: 429 })
    await limits.giveBack(LIMIT, 'somebody')
    for (let time = 0; time < 5; time++) assert.equal((await limits.check(LIMIT, 'somebody')).count, 2)
    assert.deepEqual(await uses(server, 2), ['in', '60'])
    for (let time = 0; time < 5; time++) await limits.giveBack(LIMIT, 'nobody')
    assert.equal(await use(server, 'nobody'), 'in')
  })

  test('keeps no address and no e-mail where it counts', async () => {
    await using server = await aServer()
    await use(server, 'person@example.com')
    const rows = await server.deps.db.selectFrom('limit_counters').selectAll().execute()
    assert.equal(rows.length, 2)
    for (const { key } of rows) assert.match(key, /^[0-9a-f]{40}$/)
  })

  test('forgets what is over', async () => {
    await using server = await aServer()
    const count = async () => (await server.deps.db.selectFrom('limit_counters').select('id').execute()).length
    await use(server)
    await cleanAll(server.deps)
    assert.equal(await count(), 2)
    server.clock.advance(MINUTE)
    await cleanAll(server.deps)
    assert.equal(await count(), 1)
    server.clock.advance(HOUR)
    await cleanAll(server.deps)
    assert.equal(await count(), 0)
  })

  test('is none without rates', async () => {
    await using server = await aServer()
    for (let time = 0; time < 20; time++) await server.deps.limits.spend({ family: 'test', rates: [] }, 'somebody')
    assert.deepEqual(await server.deps.db.selectFrom('limit_counters').selectAll().execute(), [])
  })
})
