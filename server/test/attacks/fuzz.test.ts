import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { sql } from 'kysely'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aProfile, aToken } from '../support/factories.ts'
import { type Operation, operationsOf } from '../support/operations.ts'
import { type TestServer, testServer } from '../support/server.ts'

const DEEP = 5000
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

/** What no parameter is made for. */
const HOSTILE: readonly unknown[] = [
  null,
  '',
  ' ',
  'x'.repeat(70_000),
  'a\0b',
  '\ud800',
  '\u202e\u0430dmin\u200b',
  "' or 1=1 --",
  '"; drop table accounts; --',
  '../../../../etc/passwd',
  '<script>alert(1)</script>{{7*7}}<%= 7*7 %>',
  '%00%0d%0aSet-Cookie: a=b',
  '-1',
  '9'.repeat(400),
  -1,
  1e308,
  2 ** 63,
  2 ** 40,
  0.1,
  true,
  [],
  ['a', 'b'],
  {},
  { $ne: null, toString: 'x', constructor: { prototype: 1 } },
  nested(200),
]

/** Bodies that are no parameters at all. */
const BODIES: readonly (readonly [type: string, body: string | Buffer])[] = [
  ['application/json', ''],
  ['application/json', '{'],
  ['application/json', 'null'],
  ['application/json', '[]'],
  ['application/json', '"text"'],
  ['application/json', '{"a":1,"a":2,"__proto__":{"role":"admin"}}'],
  ['application/json', '['.repeat(DEEP) + ']'.repeat(DEEP)],
  ['application/json', `{"a":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`],
  ['application/json', Buffer.from([0xff, 0xfe, 0x00, 0x7b])],
  ['application/json', `"${'x'.repeat(2_000_000)}"`],
  ['application/x-www-form-urlencoded', 'a[b][c][d][e]=1&a=2&%ff=%00&='],
  ['application/x-www-form-urlencoded', `${'a[]=1&'.repeat(20_000)}`],
  ['application/x-www-form-urlencoded', `a${'[b]'.repeat(5000)}=1`],
  ['multipart/form-data', 'no boundary'],
  ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nnever ended'],
  ['text/plain', 'a=1'],
  ['application/xml', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
  ['nonsense', 'a'],
]

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

async function faultsOf(server: TestServer, operation: Operation, token?: string): Promise<string[]> {
  const faults: string[] = []
  for (const request of requestsOf(operation)) {
    const headers = { ...request.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    const { statusCode, payload } = await server.app.inject({ ...request, headers })
    if (statusCode < 500 && !/\bat .+\.(ts|js):\d+|SQLITE_|node_modules/.test(payload)) continue
    faults.push(
      `${statusCode} ${operation.method} ${operation.path}: ${String(request.url).slice(0, 100)} ${String(request.payload).slice(0, 200)}`,
    )
  }
  return faults
}

/** Counters of limits and records of refusals are made for strangers; nothing else is. */
const FOR_STRANGERS = ['audit_records', 'limit_counters']

async function rowCounts({ deps: { db } }: TestServer): Promise<Record<string, number>> {
  const tables = (await db.introspection.getTables()).filter(({ name }) => !FOR_STRANGERS.includes(name))
  const counts = tables.map(async ({ name }) => {
    const { rows } = await sql<{ count: number | string }>`select count(*) as count from ${sql.table(name)}`.execute(db)
    return [name, Number(rows[0]?.count)] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}

const operations = [...operationsOf('user-api'), ...operationsOf('admin-api')]

onEachDatabase('Whatever is sent to any operation', (newDatabase) => {
  test('is answered with what is wrong, never with 500, by somebody who may do it', async () => {
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
