import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isObject } from '../../src/lib/json.ts'
import { anAuthenticator } from '../support/authenticator.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import type { Answer, TestServer } from '../support/server.ts'
import { testServer } from '../support/server.ts'
import { tableDigests } from '../support/table-digest.ts'
import { type GoodRequest, goodRequests } from './good-requests.ts'
import { isNoText, transports, wrongRequest, wrongValues } from './wrong-inputs.ts'

const SETTINGS = { MAX_LOGIN_ATTEMPTS: '1000', DOCUMENTS_LIMIT: '1000', JWT_LIFETIME: '86400' }
/** What refused requests change too: wrong passwords and codes are counted and recorded, and right codes are used up. */
const COUNTERS = ['accounts', 'phones', 'outbox', 'events', 'deliveries', 'audit_records']

/** An operation and one of its parameters. */
const places = fc.constantFrom(
  ...goodRequests.flatMap((request) => {
    const names = [...Object.keys(request.parameters), ...(request.asks === 'code' ? ['totp_code'] : [])]
    return names.map((name) => ({ request, name, title: `${request.method} ${request.path} ${name}` }))
  }),
)

onEachDatabase('Wrong input', (newDatabase, kind) => {
  // ASVS 2.2.1, 2.2.2, 8.3.1
  test('at any parameter is refused in the form of the API, and what is refused changes nothing', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    const credentials = await credentialsOf(server)
    let tables = await tableDigests(server)
    const property = fc.asyncProperty(places, wrongValues, transports, async ({ request, name }, value, transport) => {
      const { token, code } = credentials(request)
      const { path, options } = wrongRequest(request, [name, value], transport, code)
      const answer = await server.call(request.method, path, { ...options, token })
      if (transport === 'json' && isNoText(value) && takesText(request, name)) equal(answer.status, 400)
      if (answer.status >= 400) assertRefused(answer)
      const before = tables
      tables = await tableDigests(server)
      const changed = Object.keys(tables).filter((table) => tables[table] !== before[table])
      const counts = answer.status !== 400 || request.asks === 'code'
      if (answer.status >= 400)
        deepEqual(
          changed.filter((table) => !(counts && COUNTERS.includes(table))),
          [],
        )
    })
    await fc.assert(property, { numRuns: kind === 'sqlite' ? 1000 : 300 })
  })
})

/** A token and a fresh code for those requests that ask for them. */
async function credentialsOf(server: TestServer) {
  const plain = await aToken(server, await anAccount(server))
  const { token, app } = await anAuthenticator(server, await anAccount(server))
  return ({ asks }: GoodRequest) => {
    if (asks === 'code') return { token, code: app.next() }
    return { token: asks === 'token' ? plain : undefined, code: undefined }
  }
}

const takesText = ({ method, path, parameters }: GoodRequest, name: string): boolean =>
  method !== 'GET' && typeof parameters[name] === 'string' && !path.includes(`{${name}}`) && !('upload' in parameters)

function assertRefused({ status, headers, body }: Answer): void {
  ok(status < 500, `${status} ${JSON.stringify(body)}`)
  ok(String(headers['content-type']).startsWith('application/json'))
  ok(isObject(body), JSON.stringify(body))
  const told = Object.values(body).flat()
  ok(told.length > 0 && told.every((text) => typeof text === 'string' && text !== ''), JSON.stringify(body))
}
