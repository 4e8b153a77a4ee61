import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { test } from 'node:test'
import { drain } from './draining.ts'

test('A connection that waits is served once more, and a new one is not accepted', async () => {
  const server = createServer((_request, response) => response.end('served')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const { port } = address
  const agent = new Agent({ keepAlive: true })
  const get = async (by: Agent) => {
    const [response] = await once(request({ port, host: '127.0.0.1', agent: by }).end(), 'response')
    response.resume()
    await once(response, 'end')
    return response.headers.connection
  }
  assert.equal(await get(agent), 'keep-alive')
  const drained = drain(server)
  const other = new Agent()
  await assert.rejects(get(other), { code: 'ECONNREFUSED' })
  assert.equal(await get(agent), 'close')
  await drained
  for (const each of [agent, other]) each.destroy()
})
