import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { startProgram } from '../support/program.ts'
import { testServer } from '../support/server.ts'
import { aTrader, BALANCES } from '../support/traders.ts'

const SETTINGS = {
  BARONG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  BARONG_TRUSTED_PROXIES: '127.0.0.1',
  BARONG_LIMIT_REQUESTS: '60/1h',
  BARONG_LIMIT_ACCOUNT_REQUESTS: '60/1h',
  DATABASE_POOL: '6',
  ADMIN_PASSWORD: 'an owl that reads the map 4',
}
/** Milliseconds within which the processes have told each other, unless the machine is very busy. */
const TOLD = 2000
/** What is asked in one round. */
const ROUND = 20

onEachDatabase('Two processes of one database', (newDatabase, kind) => {
  /** Two nodes, or on SQLite two workers: where each of them is asked. */
  async function theProcesses() {
    const database = await newDatabase()
    const stack = new AsyncDisposableStack()
    const workers: Record<string, string> = kind === 'sqlite' ? { BARONG_WORKERS: '2' } : {}
    const programs = [stack.use(await startProgram(database, { ...SETTINGS, ...workers }))]
    if (kind === 'postgres') programs.push(stack.use(await startProgram(database, SETTINGS)))
    const outside = stack.use(await testServer(database, { BARONG_MASTER_KEY: SETTINGS.BARONG_MASTER_KEY }))
    outside.clock.advance(Date.now() - outside.clock.now())
    let asked = 0
    /** Each call has a connection of its own, and connections go to the workers in turn. */
    const ask = async (path: string, headers: Record<string, string>, from = `203.0.113.${asked % 250}`) => {
      const url = `${programs[asked++ % programs.length]?.url}/api/v1${path}`
      return (await fetch(url, { headers: { connection: 'close', 'x-forwarded-for': from, ...headers } })).status
    }
    return { outside, ask, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  }
  /** How many of five times twenty are let in, with time in between for the processes to tell each other. */
  const admittedOf = async (ask: () => Promise<number>) => {
    const statuses: number[] = []
    for (let round = 0; round < 5; round++) {
      for (let time = 0; time < ROUND; time++) statuses.push(await ask())
      await pause(TOLD)
    }
    assert.equal(statuses.at(-1), 429)
    return statuses.filter((status) => status !== 429).length
  }

  test('share one budget for an address, for an account, and for the rate of an API key', async () => {
    await using processes = await theProcesses()
    const { outside, ask } = processes
    const address = admittedOf(() => ask('/accounts/me', {}, '198.51.100.1'))
    const authorization = `Bearer ${await aToken(outside, await anAccount(outside))}`
    const account = admittedOf(() => ask('/accounts/me', { authorization }))
    const trader = await aTrader(outside, { rate: '40/1h' })
    const forwarded = { 'x-forwarded-method': BALANCES.method, 'x-forwarded-uri': BALANCES.target }
    const key = admittedOf(() => {
      outside.clock.advance(Date.now() - outside.clock.now())
      return ask('/authorize', { ...trader.sign(BALANCES), ...forwarded })
    })
    const counts = await Promise.all([address, account, key])
    // By themselves they would let in a hundred, a hundred, and eighty. What one round lets in before it is told of is the slack.
    for (const [index, budget] of [60, 60, 40].entries()) {
      const count = counts[index] ?? 0
      assert.ok(count >= budget && count < budget + ROUND, `${counts}`)
    }
  })
})
