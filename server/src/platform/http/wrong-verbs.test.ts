import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import Fastify, { type HTTPMethods } from 'fastify'
import { allowOrigins } from './cors.ts'
import { answerErrorsInV1 } from './error-replies.ts'
import { takeV1Parameters } from './v1-bodies.ts'
import { refuseWrongVerbs } from './wrong-verbs.ts'

async function answer(method: HTTPMethods, url: string, payload?: string) {
  const http = Fastify()
  await http.register(
    async (api) => {
      answerErrorsInV1(api)
      allowOrigins(api, { origins: ['*'], credentials: false })
      takeV1Parameters(api)
      refuseWrongVerbs(api, '/api')
      api.get('/labels/:key', async () => 'read')
      api.post('/labels', async () => 'made')
      api.put('/labels/all', async () => 'replaced')
      api.get('/files/*', async () => 'read')
    },
    { prefix: '/api' },
  )
  const headers = payload === undefined ? {} : { 'content-type': 'application/json' }
  const response = await http.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return [
    response.statusCode,
    response.body,
    response.headers['allow'],
    response.headers['access-control-allow-origin'],
  ]
}

const NOT_FOUND = [404, '{"error":"Not found"}', undefined, '*']
const wrongVerb = (allow: string) => [405, '{"error":"The method is not allowed here"}', allow, '*']

test('an unknown path is not found, whatever its body', async () => {
  deepEqual(await answer('POST', '/api/nope'), NOT_FOUND)
  deepEqual(await answer('POST', '/api/nope', '{"a'), NOT_FOUND)
  deepEqual(await answer('GET', '/api'), NOT_FOUND)
})

test('a verb that a known path does not have is told from those it has, whatever its body', async () => {
  deepEqual(await answer('PUT', '/api/labels', '{"a'), wrongVerb('POST, OPTIONS'))
  deepEqual(await answer('POST', '/api/labels/x'), wrongVerb('GET, HEAD, OPTIONS'))
  deepEqual(await answer('TRACE', '/api/labels/x'), wrongVerb('GET, HEAD, OPTIONS'))
  deepEqual(await answer('SEARCH', '/api/labels/x?all=1'), wrongVerb('GET, HEAD, OPTIONS'))
})

test('a path that is written out goes before one with a parameter, and a parameter is not empty', async () => {
  deepEqual(await answer('DELETE', '/api/labels/all/'), wrongVerb('PUT, OPTIONS'))
  deepEqual(await answer('DELETE', '/api/labels/'), wrongVerb('POST, OPTIONS'))
  deepEqual(await answer('DELETE', '/api//x'), NOT_FOUND)
  deepEqual(await answer('DELETE', '/api/labels/x/y'), NOT_FOUND)
  deepEqual(await answer('DELETE', '/api/files/x'), NOT_FOUND)
})
