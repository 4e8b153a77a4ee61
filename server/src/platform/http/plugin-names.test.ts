import assert from 'node:assert/strict'
import { test } from 'node:test'
import Fastify, { type FastifyInstance } from 'fastify'
import { namePlugins } from './plugin-names.ts'

test('plugins without a name are given one, others keep theirs, and their routes are where they were put', async () => {
  const names: string[] = []
  const noted = (plugin: (http: FastifyInstance) => void) => async (http: FastifyInstance) => {
    names.push(http.pluginName)
    plugin(http)
  }
  const http = Fastify()
  namePlugins(http)
  const outer = noted(
    (http) =>
      void http.register(
        noted((inner) => void inner.get('/b', () => 'here')),
        { prefix: '/a' },
      ),
  )
  http.register(outer, { prefix: '/api' })
  http.register(async function tools(http) {
    names.push(http.pluginName)
  })
  assert.equal((await http.inject('/api/a/b')).body, 'here')
  assert.deepEqual(names, ['routes', 'routes', 'tools'])
})
