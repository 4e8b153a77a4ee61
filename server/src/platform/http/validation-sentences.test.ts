import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import Fastify from 'fastify'
import { Type } from 'typebox'
import { compileWhenNeeded } from './compilers.ts'
import { answerErrors } from './error-replies.ts'

const Box = Type.Object({
  kind: Type.Union([Type.Literal('small'), Type.Literal('large')]),
  note: Type.Union([Type.String({ maxLength: 3 }), Type.Null()]),
  keys: Type.Optional(Type.Array(Type.Object({ kty: Type.String({ minLength: 1 }) }), { maxItems: 2 })),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 5 })),
  since: Type.Optional(Type.String({ format: 'date-time' })),
})

async function refusal(payload: object | string) {
  const http = Fastify()
  compileWhenNeeded(http)
  answerErrors(http)
  http.post('/', { schema: { body: Box } }, async () => null)
  const json = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const answer = await http.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/json' },
    payload: json,
  })
  equal(answer.statusCode, 422)
  return answer.json().error
}

for (const [payload, sentence] of [
  [{}, 'kind is missing, note is missing'],
  ['null', 'The body must be an object'],
  [{ kind: 'huge', note: null }, 'kind must be one of small, large'],
  [{ kind: 'small', note: 'long' }, 'note must have at most 3 characters'],
  [{ kind: 'small', note: null, keys: [{}, { kty: '' }] }, 'keys[0].kty is missing, keys[1].kty is empty'],
  [
    { kind: 'small', note: null, count: 9, since: 'x' },
    'count must be at most 5, since must be a time such as 2027-01-31T12:00:00Z',
  ],
  [{ kind: 'small', note: null, count: 'x' }, 'count must be a whole number'],
] as const)
  test(`what is wrong with a request is told in words: ${sentence}`, async () => {
    equal(await refusal(payload), sentence)
  })
