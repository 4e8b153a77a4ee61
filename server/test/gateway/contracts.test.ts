import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { isObject } from '../../src/lib/json.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { sharedServer } from '../support/shared-server.ts'
import { aTrader, claimsOf, ORDER } from '../support/traders.ts'

// Neither Envoy nor Traefik could be run here: what they send is taken from their documentation.
const read = (name: string): unknown => parse(readFileSync(join(import.meta.dirname, '../../../deploy', name), 'utf8'))

onEachDatabase('Gateways that are not run by tests', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const client = { 'content-type': 'application/json', 'user-agent': 'bot/1', accept: '*/*', 'accept-encoding': 'gzip' }

  test('ask as Traefik does: GET with all of the client’s headers, and what it tells of the request', async () => {
    const trader = await aTrader(server())
    const asked = (headers: Record<string, string>) =>
      server().app.inject({
        method: 'GET',
        url: '/api/v1/authorize?scope=trade',
        headers: {
          ...client,
          ...headers,
          host: 'barong:3000',
          'x-forwarded-for': '203.0.113.9',
          'x-forwarded-host': 'api.example.com',
          'x-forwarded-method': ORDER.method,
          'x-forwarded-proto': 'https',
          'x-forwarded-uri': ORDER.target,
        },
      })
    const headers = trader.sign(ORDER)
    const { statusCode, headers: answered } = await asked(headers)
    assert.equal(statusCode, 200)
    assert.equal(claimsOf(answered['authorization']).api_kid, trader.uid)
    assert.equal((await asked(headers)).statusCode, 401)
    assert.equal((await asked({})).statusCode, 401)
    const token = await aToken(server(), await anAccount(server()))
    assert.equal((await asked({ authorization: `Bearer ${token}`, connection: 'keep-alive' })).statusCode, 200)
  })

  test('ask as Envoy does: the request itself below the path, with no body, and the headers it was let', async () => {
    const trader = await aTrader(server())
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
    for (const method of methods) {
      const request = { ...ORDER, method }
      const asked = (scope: string, headers: Record<string, string>) =>
        server().app.inject({
          method,
          url: `/api/v1/authorize${request.target}`,
          headers: {
            ...headers,
            host: 'api.example.com',
            'content-length': '0',
            'x-forwarded-for': '203.0.113.9',
            'x-required-scope': scope,
            'x-envoy-internal': 'true',
            'x-envoy-expected-rq-timeout-ms': '2000',
          },
        })
      const headers = trader.sign(request)
      const { statusCode, headers: answered } = await asked('trade', headers)
      assert.equal(statusCode, 200, method)
      assert.equal(claimsOf(answered['authorization']).api_kid, trader.uid)
      assert.equal((await asked('trade', headers)).statusCode, 401, method)
      assert.equal((await asked('withdraw', trader.sign(request))).statusCode, 403, method)
      assert.equal((await asked('trade', {})).statusCode, 401, method)
    }
  })

  test('a query of the request is not taken for what the gateway asks', async () => {
    const trader = await aTrader(server())
    const request = { method: 'GET', target: '/orders?scope=withdraw' }
    const { statusCode } = await server().app.inject({
      method: 'GET',
      url: `/api/v1/authorize${request.target}`,
      headers: trader.sign(request),
    })
    assert.equal(statusCode, 200)
  })
})

/** The fields of Envoy's v3 API that the example may use, by the message they are of. */
const ENVOY: Readonly<Record<string, readonly string[]>> = {
  ExtAuthz: [
    '@type',
    'transport_api_version',
    'failure_mode_allow',
    'allowed_headers',
    'http_service',
    'status_on_error',
  ],
  HttpService: ['server_uri', 'path_prefix', 'authorization_request', 'authorization_response'],
  HttpUri: ['uri', 'cluster', 'timeout'],
  AuthorizationRequest: ['headers_to_add'],
  HeaderValue: ['key', 'value'],
  AuthorizationResponse: ['allowed_upstream_headers', 'allowed_client_headers', 'allowed_client_headers_on_success'],
  ListStringMatcher: ['patterns'],
  StringMatcher: ['exact', 'prefix', 'suffix', 'safe_regex', 'contains', 'ignore_case'],
}
/** Which message a field holds. */
const HOLDS: Readonly<Record<string, string>> = {
  allowed_headers: 'ListStringMatcher',
  http_service: 'HttpService',
  server_uri: 'HttpUri',
  authorization_request: 'AuthorizationRequest',
  headers_to_add: 'HeaderValue',
  authorization_response: 'AuthorizationResponse',
  allowed_upstream_headers: 'ListStringMatcher',
  allowed_client_headers: 'ListStringMatcher',
  patterns: 'StringMatcher',
}

/** Where a value stands that has the given type. */
function find(value: unknown, type: string): Record<string, unknown> | undefined {
  if (!isObject(value)) return undefined
  if (String(value['@type']).endsWith(`.${type}`)) return value
  for (const inner of Object.values(value)) {
    const found = [inner]
      .flat()
      .map((each) => find(each, type))
      .find((each) => each !== undefined)
    if (found) return found
  }
  return undefined
}

function unknownFields(value: unknown, message: string): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => unknownFields(each, message))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(ENVOY[message]?.includes(name) ? [] : [`${message}.${name}`]),
    ...(HOLDS[name] === undefined ? [] : unknownFields(inner, HOLDS[name])),
  ])
}

test('The example for Envoy uses fields that its v3 API has, and lets every header pass that we read', () => {
  const filter = find(read('envoy/gateway.yaml'), 'ExtAuthz')
  assert.ok(filter)
  assert.deepEqual(unknownFields(filter, 'ExtAuthz'), [])
  assert.deepEqual(unknownFields({ ...filter, typo: 1 }, 'ExtAuthz'), ['ExtAuthz.typo'], 'the check can fail')
  assert.equal(filter['failure_mode_allow'], false)
  assert.deepEqual(filter['status_on_error'], { code: 'ServiceUnavailable' })
  const passing = JSON.stringify(filter['allowed_headers'])
  for (const name of ['cookie', 'signature', 'signature-input', 'content-digest', 'sec-fetch-site', 'x-forwarded-for'])
    assert.ok(passing.includes(`"${name}"`), name)
  const service = filter['http_service']
  assert.ok(isObject(service))
  assert.equal(service['path_prefix'], '/api/v1/authorize')
})

test('The example for Traefik asks at our path, believes no client, and takes the token alone', () => {
  const config = read('traefik/gateway.yml')
  const http = isObject(config) ? config['http'] : undefined
  const middlewares = isObject(http) ? http['middlewares'] : undefined
  assert.ok(isObject(middlewares) && isObject(middlewares['who']))
  assert.deepEqual(middlewares['who'], {
    forwardAuth: {
      address: 'http://127.0.0.1:3000/api/v1/authorize?scope=trade',
      trustForwardHeader: false,
      authResponseHeaders: ['Authorization'],
    },
  })
})
