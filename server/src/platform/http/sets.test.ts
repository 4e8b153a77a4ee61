import assert from 'node:assert/strict'
import { test } from 'node:test'
import Fastify from 'fastify'
import { Type } from 'typebox'
import { closedSet, openSet, openSetOrNull } from './sets.ts'

test('what is not in a set is answered as it is, and so is null where it may be', async () => {
  const http = Fastify()
  const reply = Type.Object({
    state: closedSet('State', ['on', 'off']),
    kind: openSet('Kind', ['big']),
    outcome: openSetOrNull(['good']),
    none: openSetOrNull(['good']),
    list: Type.Array(openSet('Kind', ['big'])),
  })
  const answer = { state: 'broken', kind: 'small "one"', outcome: 'bad', none: null, list: ['tiny'] }
  http.get('/', { schema: { response: { 200: reply } } }, async () => answer)
  const { statusCode, body } = await http.inject('/')
  await http.close()
  assert.deepEqual([statusCode, body], [200, JSON.stringify(answer)])
})
