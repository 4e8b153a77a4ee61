import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import Fastify from 'fastify'
import { Type } from 'typebox'
import { multipart } from '../../../test/support/multipart.ts'
import { type Clock, fakeClock, systemClock } from '../../lib/clock.ts'
import { BODY_LIMIT } from './body-limits.ts'
import { answerErrorsInV1 } from './error-replies.ts'
import { type BodyBounds, boundBodies } from './open-bodies.ts'
import { hash, text } from './parameters.ts'
import { parametersOf, takeV1Parameters } from './v1-bodies.ts'

const Words = Type.Object({ name: Type.Optional(text('Name')), metadata: Type.Optional(hash('Metadata')) })
const BUSY = 'The server is busy, please try again in a moment'

async function aServer(t: TestContext, bounds: BodyBounds, sources: string[] = [], clock: Clock = fakeClock()) {
  const http = Fastify({ bodyLimit: BODY_LIMIT })
  let arrived = 0
  boundBodies(http, { clock, limits: { sourceOf: () => sources.shift() ?? 'one' } }, bounds)
  http.addHook('preParsing', (_request, _reply, payload, done) => {
    payload.on('data', (chunk: Buffer) => {
      arrived += chunk.length
      http.server.emit('arrived')
    })
    payload.once('close', () => http.server.emit('gone'))
    done()
  })
  answerErrorsInV1(http)
  takeV1Parameters(http)
  http.post('/words', { schema: { body: Words } }, async (request) => Object.keys(parametersOf(request)))
  http.get('/words', async () => 'none')
  const { port } = new URL(await http.listen({ host: '127.0.0.1', port: 0 }))
  const sockets: Socket[] = []
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    await http.close()
  })
  /** Begins a request whose body is said to have that length. */
  async function begin(body: string, length: number, type = 'application/json') {
    const socket = connect(Number(port), '127.0.0.1')
    sockets.push(socket)
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    const before = arrived
    socket.write(`POST /words HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n${body}`)
    return {
      send: (more: string) => socket.write(more),
      taken: async () => {
        while (arrived < before + body.length) await once(http.server, 'arrived')
      },
      drop: () => socket.destroy(),
      answer: async () => {
        while (!/\r\n\r\n[\s\S]+$/.test(answer)) await once(socket, 'data')
        return answer
      },
    }
  }
  return { http, begin }
}

const FIRST = '{"name":"'
const body = (length: number) => `${FIRST}${'a'.repeat(length - FIRST.length)}`

// ASVS 15.2.2
test('unfinished bodies have so much room together, and so much each address; who comes beyond is told to come again', async (t) => {
  const { http, begin } = await aServer(t, { all: 3000, source: 2000, patience: 60_000 }, ['one', 'one', 'two', 'two'])
  const first = await begin(body(1900), 5000)
  await first.taken()
  const refused = await (await begin(body(200), 5000)).answer()
  match(refused, /^HTTP\/1\.1 503 /)
  match(refused, /retry-after: 2\r\n/)
  match(refused, new RegExp(`{"error":"${BUSY}"}$`))
  const other = await begin(body(1000), 5000)
  await other.taken()
  match(await (await begin(body(200), 5000)).answer(), /^HTTP\/1\.1 503 /)
  // What needs no room is served all the same.
  equal((await http.inject('/words')).statusCode, 200)
  const gone = once(http.server, 'gone')
  first.drop()
  await gone
  const { statusCode } = await http.inject({ method: 'POST', url: '/words', payload: { name: 'a' } })
  equal(statusCode, 200)
})

test('a complete body takes up nothing, also where it is a form with files', async (t) => {
  const { http } = await aServer(t, { all: 3000, source: 3000, patience: 60_000 })
  for (let time = 1; time <= 10; time++) {
    const form = multipart([['name', 'a'.repeat(1000)]])
    deepEqual((await http.inject({ method: 'POST', url: '/words', ...form })).json(), ['name'])
    const { statusCode } = await http.inject({ method: 'POST', url: '/words', payload: { name: 'a'.repeat(1000) } })
    equal(statusCode, 200)
  }
  const large = await http.inject({ method: 'POST', url: '/words', ...multipart([['name', 'a'.repeat(4000)]]) })
  deepEqual([large.statusCode, large.json()], [503, { error: BUSY }])
  equal(large.headers['retry-after'], '2')
})

test('a body that takes its time makes room for the next', async (t) => {
  const clock = fakeClock()
  const { http, begin } = await aServer(t, { all: 3000, source: 3000, patience: 15_000 }, [], clock)
  const slow = await begin(body(1000), 5000)
  await slow.taken()
  clock.advance(14_999)
  const later = await begin(body(1000), 1002)
  await later.taken()
  clock.advance(1)
  equal((await http.inject({ method: 'POST', url: '/words', payload: { name: 'a' } })).statusCode, 200)
  const answer = await slow.answer()
  match(answer, /^HTTP\/1\.1 408 /)
  match(answer, /{"error":"The request took too long"}$/)
  later.send('"}')
  match(await later.answer(), /^HTTP\/1\.1 200 /)
})

test('bodies that drip in end by themselves, each in its time, though nobody else comes', {
  timeout: 20_000,
}, async (t) => {
  const patience = 600
  const { begin } = await aServer(t, { all: 9000, source: 9000, patience }, [], systemClock)
  const begun = performance.now()
  const slow = await begin(FIRST, 5000)
  await pause(300)
  const later = await begin(FIRST, 5000)
  const drip = setInterval(() => {
    for (const client of [slow, later]) client.send('a')
  }, 50)
  t.after(() => clearInterval(drip))
  const ended = async (client: typeof slow) => {
    match(await client.answer(), /^HTTP\/1\.1 408 [\s\S]*connection: close[\s\S]*"The request took too long"/i)
    return performance.now() - begun
  }
  const [first, second] = await Promise.all([ended(slow), ended(later)])
  ok(first >= patience && first < second && second >= patience + 300, `${first} and ${second} ms`)
})
