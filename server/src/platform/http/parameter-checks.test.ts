import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import Fastify from 'fastify'
import { Type } from 'typebox'
import { checkParameters } from './parameter-checks.ts'
import { text } from './parameters.ts'

async function answer(path: string, payload: Record<string, unknown>) {
  const http = Fastify()
  checkParameters(http, 422)
  const schema = { params: Type.Object({ key: Type.String() }), body: Type.Object({ value: text('Value') }) }
  http.put('/:key', { schema }, async (request) => [request.params, request.body])
  http.setErrorHandler((error: { status: number; body: unknown }, _request, reply) =>
    reply.code(error.status).send(error.body),
  )
  const response = await http.inject({ method: 'PUT', url: path, payload })
  return [response.statusCode, response.json()]
}

test('what is wrong with the parameters is told with the status of the surface', async () => {
  deepEqual(await answer('/a', {}), [422, { error: 'Value is missing, Value is empty' }])
  deepEqual(await answer('/a', { value: 'x', other: 1 }), [200, [{ key: 'a' }, { value: 'x' }]])
})

test('a parameter in the path that cannot be stored equals nothing that is', async () => {
  deepEqual(await answer('/a%00b', { value: 'x' }), [200, [{ key: 'a\uFFFDb' }, { value: 'x' }]])
})
