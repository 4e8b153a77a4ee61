import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { lostSessions, signInAt, useWithoutPause } from '../support/clients.ts'
import { onEachDatabase } from '../support/databases.ts'
import { startProgram } from '../support/program.ts'

const SETTINGS = {
  ADMIN_PASSWORD: 'an owl that reads the map 4',
  BARONG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  BARONG_LIMIT_EXEMPT: '127.0.0.1',
  BARONG_LIMIT_ACCOUNT_REQUESTS: 'off',
}
const NEXT = join(import.meta.dirname, 'next-release.ts')
const CLIENTS = 6
/** Milliseconds in which a request that was begun at a node is answered. */
const CALM = 1000

onEachDatabase('A release and the next one', (newDatabase) => {
  const start = (url: string, command?: readonly string[]) => startProgram(url, SETTINGS, '127.0.0.1', command)

  test('serve one database at once; neither the migration nor a restart of the old one fails a request', async (t) => {
    const url = await newDatabase()
    await using old = await start(url)
    const token = await signInAt(old, SETTINGS.ADMIN_PASSWORD)
    const serving = [old]
    const stop = new AbortController()
    const clients = Array.from({ length: CLIENTS }, () => useWithoutPause(serving, token, stop.signal))
    await pause(CALM)
    await using next = await start(url, [NEXT, 'expand'])
    serving.push(next)
    await pause(CALM)
    // The old release starts on what the new one made of the database, as when a node is replaced halfway.
    serving.shift()
    await pause(CALM)
    old.signal('SIGTERM')
    await old.restart()
    serving.push(old)
    await pause(CALM)
    stop.abort()
    const outcomes = (await Promise.all(clients)).flatMap((client) => client.outcomes)
    deepEqual(
      outcomes.filter(({ status }) => status >= 300),
      [],
    )
    equal(await lostSessions(next, outcomes), 0)
    for (const node of [old, next]) equal((await node.call('GET', `${node.url}/health/ready`)).status, 200)
    t.diagnostic(`${outcomes.length} requests of ${CLIENTS} clients, none refused`)
  })

  test('part when the next one takes something away: the old one is no longer ready, and does not start again', async () => {
    const url = await newDatabase()
    await using old = await start(url)
    await using next = await start(url, [NEXT, 'contract'])
    equal((await next.call('GET', `${next.url}/health/ready`)).status, 200)
    const { status, body } = await old.call('GET', `${old.url}/health/ready`)
    deepEqual([status, body.status], [503, 'a newer release has changed the database: 9002-contract-labels'])
    await rejects(start(url), ({ message }: Error) => {
      match(
        message,
        /A newer release has changed the database so that this one cannot work with it \(9002-contract-labels\)/,
      )
      ok(!/\n {4}at /.test(message.split('A newer release')[1] ?? ''))
      return true
    })
  })
})
