import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { operationsOf } from '../../test/support/operations.ts'
import { IN_PRODUCTION } from '../../test/support/production.ts'
import { type TestServer, testServer } from '../../test/support/server.ts'

const APIS = ['user-api', 'admin-api', 'management-api'] as const
const OTHERS = [
  '/',
  '/account',
  '/admin/reviews',
  '/app/assets/',
  '/assets/',
  '/assets/pages.css',
  '/docs',
  '/documents/x',
  '/health/live',
  '/metrics',
  '/nowhere',
  '/oauth/authorize',
  '/oauth/device',
  '/oauth/discovery/keys',
  '/oauth/revocations',
  '/oauth/token',
  '/oauth/token/info',
  '/sign_in',
  '/website/x',
  '/%',
  '/.well-known/openid-configuration',
  '/api/v1/nowhere',
  '/api/v1/swagger_doc',
  '/api/v1/website',
  '/management_api/v1/nowhere',
  '/management_api/v1/swagger_doc',
]

/** One request to each operation and to each other kind of address, by a browser and by a program. */
const requests = (): InjectOptions[] => [
  ...APIS.flatMap((api) =>
    operationsOf(api).map(({ method, path }) => ({ method, url: path.replace(/\{\w+\}/g, '1') })),
  ),
  ...OTHERS.flatMap((url) => [
    { url },
    { url, headers: { accept: 'text/html' } },
    { url, method: 'OPTIONS' as const },
    { url, method: 'HEAD' as const, headers: { 'if-none-match': '*' } },
  ]),
]

async function each(server: TestServer, look: (headers: Record<string, unknown>, name: string, body: string) => void) {
  for (const request of requests()) {
    const { headers, statusCode, body } = await server.app.inject(request)
    const name = `${request.method ?? 'GET'} ${request.url} (${statusCode})`
    assert.ok(statusCode < 500, name)
    look(headers, name, body)
  }
}

describe('Whatever is answered', () => {
  // ASVS 3.2.1, 3.4.1, 3.4.4, 3.4.5, 3.4.6
  test('tells browsers to run, frame and guess nothing, and to come by TLS alone', async () => {
    await using server = await testServer('sqlite:', { ...IN_PRODUCTION, METRICS_TOKEN: 'a token of the metrics' })
    await each(server, (headers, name) => {
      const policy = String(headers['content-security-policy'])
      for (const part of [/default-src 'none'/, /base-uri 'none'/, /frame-ancestors 'none'/])
        assert.match(policy, part, name)
      assert.doesNotMatch(policy, /unsafe|\*|http:/, name)
      assert.equal(headers['x-content-type-options'], 'nosniff', name)
      assert.equal(headers['referrer-policy'], 'no-referrer', name)
      const [age = ''] = /\d+/.exec(String(headers['strict-transport-security'])) ?? []
      assert.ok(Number(age) >= 31_536_000, name)
      assert.match(String(headers['strict-transport-security']), /includeSubDomains/i, name)
    })
  })

  // ASVS 4.1.1
  test('says what it is, and not what made it', async () => {
    await using server = await testServer('sqlite:', IN_PRODUCTION)
    await each(server, (headers, name, body) => {
      const type = headers['content-type']
      if (body !== '')
        assert.match(String(type), /^(application\/(([\w-]+\+)?json|jwt)|text\/[\w-]+; ?charset=utf-8)/i, name)
      assert.equal(headers['server'] ?? headers['x-powered-by'], undefined, name)
    })
  })
})
