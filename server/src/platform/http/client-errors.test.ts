import { deepEqual } from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import Fastify from 'fastify'
import { answerClientErrors } from './client-errors.ts'

/** What a server on a socket says to raw text: status line, type and body. */
async function aTalk() {
  const http = Fastify({ clientErrorHandler: answerClientErrors })
  http.route({ method: ['GET', 'POST'], url: '/', handler: async () => 'read' })
  const { port } = new URL(await http.listen({ host: '127.0.0.1', port: 0 }))
  const answer = async (request: string) => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(request)
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
    return [head.split('\r\n')[0], /content-type: (\S+)/i.exec(head)?.[1], body]
  }
  return { answer, [Symbol.asyncDispose]: () => http.close() }
}

const INVALID = ['HTTP/1.1 400 Bad Request', 'application/json', '{"error":"The request is not valid HTTP"}']

// ASVS 4.2.1
test('a request whose end is in doubt is refused, so that no second one can hide in it', async () => {
  await using talk = await aTalk()
  const post = 'POST / HTTP/1.1\r\nhost: x\r\n'
  for (const [name, request] of Object.entries({
    'two ways to tell the length': `${post}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n`,
    'two lengths': `${post}content-length: 3\r\ncontent-length: 5\r\n\r\nabcde`,
    'a length that is no number': `${post}content-length: +5\r\n\r\nabcde`,
    'a space before the colon': `${post}content-length : 5\r\n\r\nabcde`,
    'a folded header': `${post}x-a: b\r\n c\r\n\r\n`,
  }))
    deepEqual(await talk.answer(request), INVALID, name)
})

test('what is no HTTP, or has too large a head, is refused like any other request', async () => {
  await using talk = await aTalk()
  deepEqual(await talk.answer('nonsense\r\n\r\n'), INVALID)
  deepEqual(await talk.answer('NOPE / HTTP/1.1\r\nhost: x\r\n\r\n'), INVALID)
  deepEqual(await talk.answer(`GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(20_000)}\r\n\r\n`), [
    'HTTP/1.1 431 Request Header Fields Too Large',
    'application/json',
    '{"error":"The request headers are too large"}',
  ])
})
