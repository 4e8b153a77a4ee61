import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aProfile, aToken } from '../support/factories.ts'
import { BODIES, faultsIn, HOSTILE, rowCounts } from '../support/hostile.ts'
import { type Operation, operationsOf } from '../support/operations.ts'
import { type TestServer, testServer } from '../support/server.ts'

/** A request of an operation with one parameter that it is not made for. */
function requestOf(
  { method, path, parameters }: Operation,
  place: Operation['parameters'][number],
  value: unknown,
): InjectOptions {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const written = encodeURIComponent(text.isWellFormed() ? text : 'ill-formed').slice(0, 8000)
  const inPath = place.in === 'path' ? written || '%20' : '1'
  const url = path.replace(/\{(\w+)\}/g, (_, name) => (name === place.name ? inPath : '1'))
  if (place.in !== 'body') return { method, url: place.in === 'query' ? `${url}?${place.name}=${written}` : url }
  const others = parameters.filter((each) => each.in === 'body' && each !== place)
  const payload = { ...Object.fromEntries(others.map(({ name }) => [name, 'value'])), [place.name]: value }
  return { method, url, payload: JSON.stringify(payload), headers: { 'content-type': 'application/json' } }
}

/** Everything that is hostile to one operation. */
function requestsOf(operation: Operation): InjectOptions[] {
  const { method, path, parameters } = operation
  const wrong = parameters.flatMap((place) => HOSTILE.map((value) => requestOf(operation, place, value)))
  const url = path.replace(/\{\w+\}/g, '1')
  if (method === 'GET') return wrong
  return [...wrong, ...BODIES.map(([type, payload]) => ({ method, url, payload, headers: { 'content-type': type } }))]
}

const faultsOf = (server: TestServer, operation: Operation, token?: string): Promise<string[]> =>
  faultsIn(
    server,
    requestsOf(operation),
    token === undefined ? {} : { authorization: `Bearer ${token}` },
    operation.statuses,
  )

const operations = [...operationsOf('user-api'), ...operationsOf('admin-api')]

onEachDatabase('Whatever is sent to any operation', (newDatabase) => {
  // ASVS 1.2.4, 1.3.3, 1.4.2, 16.5.1
  test('is answered with what is wrong, as the API document says, never with 500, by somebody who may do it', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LIMIT_SIGN_IN: '100000/1m' })
    ok(operations.length > 100)
    const faults: string[] = []
    for (const operation of operations) {
      // One operation may end the session or the account of the next.
      const account = await anAccount(server, { role: 'admin' })
      await aProfile(server, account)
      faults.push(...(await faultsOf(server, operation, await aToken(server, account))))
    }
    deepEqual(faults, [])
  })

  test('leaves nothing behind of strangers where only people who are known may do something', async () => {
    await using server = await testServer(await newDatabase())
    await aProfile(server, await anAccount(server))
    const before = await rowCounts(server)
    const faults: string[] = []
    for (const operation of operations.filter(({ isOpen }) => !isOpen))
      faults.push(...(await faultsOf(server, operation)))
    deepEqual(faults, [])
    deepEqual(await rowCounts(server), before)
  })
})
