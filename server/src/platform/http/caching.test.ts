import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import Fastify, { type HTTPMethods } from 'fastify'
import { revalidate } from './caching.ts'
import { sendJson } from './replies.ts'

async function answer(method: HTTPMethods, url: string, headers: Record<string, string> = {}) {
  const http = Fastify()
  revalidate(http)
  http.get('/', async (_request, reply) => sendJson(reply, 200, ['a']))
  http.options('/', async (_request, reply) => reply.code(200).send())
  http.delete('/', async (_request, reply) => reply.code(204).send(null))
  http.post('/', async (_request, reply) => sendJson(reply, 201, null))
  http.get('/own', async (_request, reply) => sendJson(reply.header('cache-control', 'no-store'), 401, {}))
  const response = await http.inject({ method, url, headers })
  return { status: response.statusCode, body: response.body, headers: response.headers }
}

test('answers with a body may be kept by the client and asked about again', async () => {
  const read = await answer('GET', '/')
  equal(read.headers['cache-control'], 'max-age=0, private, must-revalidate')
  const again = await answer('GET', '/', { 'if-none-match': String(read.headers['etag']) })
  deepEqual([again.status, again.body, again.headers['content-type']], [304, '', undefined])
})

test('whoever asks for the head alone is told that the copy is good', async () => {
  const etag = String((await answer('GET', '/')).headers['etag'])
  for (const known of [etag, '*']) {
    const { status, body, headers } = await answer('HEAD', '/', { 'if-none-match': known })
    deepEqual([status, body, headers['etag'], headers['content-length']], [304, '', etag, '5'], known)
  }
  equal((await answer('HEAD', '/', { 'if-none-match': 'W/"other"' })).status, 200)
})

test('what was made is tagged, too, and told whole whatever the client has', async () => {
  const made = await answer('POST', '/')
  const again = await answer('POST', '/', { 'if-none-match': String(made.headers['etag']) })
  deepEqual([again.status, again.body, again.headers['etag']], [201, 'null', 'W/"K-iMpCQsduglOsYkdIUQZQMtaDM"'])
  equal((await answer('GET', '/own')).headers['etag'], undefined)
})

// ASVS 14.2.2, 14.3.2
test('what is told to somebody who is known, or made for whoever asks, is kept nowhere', async () => {
  for (const headers of [{ authorization: 'Bearer x' }, { cookie: 'barong_session=x' }])
    equal((await answer('GET', '/', headers)).headers['cache-control'], 'no-store')
  equal((await answer('POST', '/')).headers['cache-control'], 'no-store')
})

test('answers without a body, and errors, are not kept', async () => {
  for (const method of ['HEAD', 'OPTIONS', 'DELETE'] as const) {
    equal((await answer(method, '/')).headers['cache-control'], 'no-cache', method)
  }
  equal((await answer('GET', '/nowhere')).headers['cache-control'], 'no-cache')
})

test('an answer that has rules of its own keeps them', async () => {
  equal((await answer('GET', '/own')).headers['cache-control'], 'no-store')
})
