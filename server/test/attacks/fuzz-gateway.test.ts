import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { BODIES, faultsIn, rowCounts } from '../support/hostile.ts'
import { testServer } from '../support/server.ts'

const NAMES = [
  'authorization',
  'cookie',
  'x-forwarded-method',
  'x-forwarded-uri',
  'x-forwarded-host',
  'x-forwarded-for',
  'x-original-url',
  'x-rewrite-url',
  'signature',
  'signature-input',
  'content-digest',
  'dpop',
  'origin',
  'sec-fetch-site',
  'host',
  'x-auth-uid',
  'x-auth-role',
]

/** What no gateway would send, and whoever is behind one might. */
const VALUES = [
  '',
  ' ',
  'null',
  'a'.repeat(6000),
  '/../../admin',
  '//evil.example/',
  'http://evil.example/',
  '%00%0d%0aX-Auth-Role: admin',
  'TRACE',
  'get',
  'Bearer',
  'Bearer  ',
  'bearer a.b.c',
  'DPoP a.b.c',
  'Basic YTpi',
  'sig1=::',
  'sig1=:!:',
  'sig1=("@method" "@path");created=1;keyid="x"',
  'sig1=("@method" "@method");created="x";nonce=1',
  `sig1=(${'"a" '.repeat(800)});keyid="x"`,
  `sig1=${'('.repeat(2000)}`,
  'sha-256=::',
  'sha-256=:AAAA:',
  '__Host-barong_session=x; barong_session=%ff',
  `barong_session=${'x'.repeat(5000)}`,
  '127.0.0.1, 10.0.0.1, ::1, x',
  '[::1]:99999',
  'cross-site',
  '"',
  '\u00e9\u00ff',
]
const PATHS = [
  '/api/v1/authorize',
  '/api/v1/authorize/',
  '/api/v1/authorize/a/../b?c=%',
  '/api/v1/authorize//evil.example/%2e%2e',
]

const requests: InjectOptions[] = PATHS.flatMap((url) =>
  NAMES.flatMap((one) =>
    VALUES.flatMap((value): InjectOptions[] => [
      { method: 'GET', url, headers: { [one]: value } },
      { method: 'GET', url, headers: { ...Object.fromEntries(NAMES.map((name) => [name, 'a'])), [one]: value } },
      {
        method: 'GET',
        url,
        headers: {
          'signature-input':
            'sig1=("@method" "@path" "@query" "content-digest");created=1764000000;nonce="n";keyid="k"',
          signature: 'sig1=:AAAA:',
          [one]: value,
        },
      },
    ]),
  ),
)
const bodies = PATHS.slice(1).flatMap((url) =>
  BODIES.map(([type, payload]): InjectOptions => ({ method: 'POST', url, payload, headers: { 'content-type': type } })),
)

onEachDatabase('Whatever a gateway passes on of hostile headers', (newDatabase, kind) => {
  const some = kind === 'sqlite' ? requests : requests.filter((_, at) => at % 5 === 0)

  test('is answered with what is wrong, never with 500, and leaves nothing behind of strangers', async () => {
    await using server = await testServer(await newDatabase())
    await aToken(server, await anAccount(server))
    const before = await rowCounts(server)
    deepEqual(await faultsIn(server, [...some, ...bodies]), [])
    deepEqual(await rowCounts(server), before)
  })

  test('lets nobody in as somebody else, whoever they are', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const token = await aToken(server, account)
    for (const request of some) {
      const own = Object.hasOwn(request.headers ?? {}, 'authorization') ? {} : { authorization: `Bearer ${token}` }
      const { statusCode, headers } = await server.app.inject({ ...request, headers: { ...request.headers, ...own } })
      if (statusCode !== 200) continue
      deepEqual([headers['x-auth-uid'], headers['x-auth-role']], [account.uid, 'member'])
    }
  })
})
