import { deepEqual } from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import Fastify from 'fastify'
import { answerClientErrors } from './client-errors.ts'

test('what is no HTTP, or has too large a head, is refused like any other request', async () => {
  await using http = Fastify({ clientErrorHandler: answerClientErrors })
  http.get('/', async () => 'read')
  const { port } = new URL(await http.listen({ host: '127.0.0.1', port: 0 }))
  const answer = async (request: string) => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(request)
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
    return [head.split('\r\n')[0], /content-type: (\S+)/i.exec(head)?.[1], body]
  }
  const invalid = ['HTTP/1.1 400 Bad Request', 'application/json', '{"error":"The request is not valid HTTP"}']
  deepEqual(await answer('nonsense\r\n\r\n'), invalid)
  deepEqual(await answer('NOPE / HTTP/1.1\r\nhost: x\r\n\r\n'), invalid)
  deepEqual(await answer(`GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(20_000)}\r\n\r\n`), [
    'HTTP/1.1 431 Request Header Fields Too Large',
    'application/json',
    '{"error":"The request headers are too large"}',
  ])
})
