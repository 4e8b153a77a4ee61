import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { InjectOptions } from 'fastify'
import { sql } from 'kysely'
import type { TestServer } from './server.ts'

const DEEP = 5000
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

/** What no parameter is made for. */
export const HOSTILE: readonly unknown[] = [
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
export const BODIES: readonly (readonly [type: string, body: string | Buffer])[] = [
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

/**
 * What went wrong with the requests: answers of 500 and above, what tells of the inside, and, where `declared` says which there may
 * be, other statuses.
 */
export async function faultsIn(
  { app }: Pick<TestServer, 'app'>,
  requests: readonly InjectOptions[],
  more: Record<string, string> = {},
  declared?: readonly number[],
): Promise<string[]> {
  const faults: string[] = []
  for (const request of requests) {
    const { statusCode, payload } = await app.inject({ ...request, headers: { ...request.headers, ...more } })
    const isKnown = declared === undefined || declared.includes(statusCode)
    if (isKnown && statusCode < 500 && !/\bat .+\.(ts|js):\d+|SQLITE_|node_modules/.test(payload)) continue
    const [url, body] = [String(request.url).slice(0, 100), String(request.payload).slice(0, 200)]
    faults.push(`${statusCode} ${request.method} ${url}: ${body} ${JSON.stringify(request.headers).slice(0, 200)}`)
  }
  return faults
}

/** Counters of limits and records of refusals are made for strangers; nothing else is. */
const FOR_STRANGERS = ['audit_records', 'limit_counters']

/** How many rows each table has. */
export async function rowCounts({ deps: { db } }: TestServer): Promise<Record<string, number>> {
  const tables = (await db.introspection.getTables()).filter(({ name }) => !FOR_STRANGERS.includes(name))
  const counts = tables.map(async ({ name }) => {
    const { rows } = await sql<{ count: number | string }>`select count(*) as count from ${sql.table(name)}`.execute(db)
    return [name, Number(rows[0]?.count)] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}

/** MiB of objects that are still in use. */
export function memoryInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  return process.memoryUsage().heapUsed / 1024 / 1024
}
