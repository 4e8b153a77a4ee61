import assert from 'node:assert/strict'
import { test } from 'node:test'
import Fastify, { type HTTPMethods } from 'fastify'
import { allowOrigins, type CorsSettings } from './cors.ts'

const [ONE, OTHER] = ['https://one.example', 'https://other.example']

async function answer(settings: CorsSettings, method: HTTPMethods, url: string, origin?: string) {
  const http = Fastify()
  allowOrigins(http, settings)
  http.get('/known', async () => 'here')
  http.get('/varying', async (_request, reply) => reply.header('vary', 'Accept-Language').send('here'))
  const response = await http.inject({ method, url, headers: origin === undefined ? {} : { origin } })
  const { headers, statusCode, body } = response
  return { status: statusCode, body, allowed: headers['access-control-allow-origin'], vary: headers['vary'], headers }
}

test('every origin may call where * is set, and answers do not vary', async () => {
  const settings = { origins: ['*'], credentials: false }
  for (const url of ['/known', '/unknown']) {
    const { allowed, vary, headers } = await answer(settings, 'GET', url, ONE)
    assert.deepEqual([allowed, vary], ['*', undefined])
    assert.equal(headers['access-control-allow-methods'], 'GET, POST, PUT, PATCH, DELETE')
    assert.equal(
      headers['access-control-allow-headers'],
      'Origin, X-Requested-With, Content-Type, Accept, Authorization',
    )
    assert.equal(headers['access-control-allow-credentials'], 'false')
    assert.equal(headers['access-control-expose-headers'], 'Retry-After, X-Request-Id')
  }
})

test('OPTIONS is answered on any path, without a body', async () => {
  for (const url of ['/known', '/unknown', '/']) {
    const { status, body, allowed } = await answer({ origins: [ONE], credentials: true }, 'OPTIONS', url, ONE)
    assert.deepEqual([status, body, allowed], [200, '', ONE])
  }
})

// ASVS 3.4.2
test('of a list of origins the caller is told its own, and others one that is not theirs', async () => {
  const settings = { origins: [ONE, OTHER], credentials: true }
  const cases: [origin: string | undefined, allowed: string][] = [
    [ONE, ONE],
    [OTHER, OTHER],
    ['https://one.example.evil.example', ONE],
    ['https://ONE.example', ONE],
    ['http://other.example', ONE],
    ['null', ONE],
    [undefined, ONE],
  ]
  for (const [origin, allowed] of cases) {
    const told = await answer(settings, 'GET', '/known', origin)
    assert.deepEqual([told.allowed, told.vary], [allowed, 'Origin'])
    assert.equal(told.headers['access-control-allow-credentials'], 'true')
  }
})

test('a preflight does not vary', async () => {
  assert.equal((await answer({ origins: [ONE], credentials: false }, 'OPTIONS', '/known', ONE)).vary, undefined)
})

test('a page that wants to send proofs of its key (DPoP) may', async () => {
  const http = Fastify()
  allowOrigins(http, { origins: [ONE], credentials: false })
  const headers = { origin: ONE, 'access-control-request-headers': 'authorization,dpop' }
  const response = await http.inject({ method: 'OPTIONS', url: '/known', headers })
  assert.match(String(response.headers['access-control-allow-headers']), /, DPoP$/)
})
