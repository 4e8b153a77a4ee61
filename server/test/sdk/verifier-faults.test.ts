import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { createVerifier } from '../../../sdk/src/verifier.ts'
import { endSessions } from '../../src/features/accounts/accounts.ts'
import { MINUTE, SECOND } from '../../src/lib/clock.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { eventually } from '../support/program.ts'
import { type TestServer, testServer } from '../support/server.ts'
import { becomes, fetchFrom, verdictOf, verifierOf } from './verifiers.ts'

const HOUR_LONG = { JWT_LIFETIME: '3600' }
const aServer = (environment: Record<string, string> = {}) => testServer('sqlite:', { ...HOUR_LONG, ...environment })
const aGoodToken = async (server: TestServer) => aToken(server, await anAccount(server))

/** Does to the keys what a test wants, and counts how often they are fetched. */
function keysThrough(server: TestServer, change: (answer: Response) => Response | Promise<Response>) {
  const asked = { times: 0 }
  const fetch = fetchFrom(server, (path, answer) => {
    if (!path.endsWith('/keys')) return answer
    asked.times += 1
    return change(answer)
  })
  return { asked, fetch }
}

test('a verifier is not made with numbers that would refuse nothing, or ask without a pause', () => {
  const url = 'http://barong.test'
  const never = async () => new Response()
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1, 61])
    assert.throws(() => createVerifier({ url, fetch: never, revocations: false, clockTolerance: bad }), {
      name: 'RangeError',
      message: /^clockTolerance must be/,
    })
  const options = {
    pollEvery: [Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 2 ** 31],
    staleAfter: [Number.NaN, -1],
    maxEntries: [Number.NaN, Number.POSITIVE_INFINITY, -1],
  }
  for (const [name, numbers] of Object.entries(options))
    for (const bad of numbers)
      assert.throws(() => createVerifier({ url, fetch: never, revocations: { [name]: bad } }), {
        name: 'RangeError',
        message: new RegExp(`^revocations\\.${name} must be`),
      })
})

test('a verifier that cannot tell the time takes a token for expired', async () => {
  await using server = await aServer()
  let now = server.clock.now
  await using verifier = verifierOf(server, { revocations: false, now: () => now() })
  const token = await aGoodToken(server)
  assert.equal(await verdictOf(verifier, token), 'good')
  now = () => Number.NaN
  assert.equal(await verdictOf(verifier, token), 'expired')
})

test('a token of a known key does not wait for the keys to be read again, and is refused once its key was replaced', async () => {
  await using server = await aServer()
  const hangs = Promise.withResolvers<Response>()
  let away = false
  const { asked, fetch } = keysThrough(server, (answer) => (away ? hangs.promise : answer))
  await using verifier = verifierOf(server, { fetch, revocations: false })
  const token = await aGoodToken(server)
  assert.equal(await verdictOf(verifier, token), 'good')
  away = true
  server.clock.advance(6 * MINUTE)
  for (const _ of [1, 2]) assert.equal(await verdictOf(verifier, token), 'good')
  await eventually(async () => (asked.times > 1 ? true : undefined))
  const { kid } = server.deps.keys.current()
  const another = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
  hangs.resolve(Response.json({ keys: [{ ...another, kid }] }))
  await becomes(verifier, token, 'wrong_signature')
})

test('tokens of a key that is new wait for one look at the keys, all of them, and strange ones cost no more than that', async () => {
  await using server = await aServer()
  let published = false
  const { asked, fetch } = keysThrough(server, (answer) => (published ? answer : Response.json({ keys: [] })))
  await using verifier = verifierOf(server, { fetch, revocations: false })
  const token = await aGoodToken(server)
  for (const _ of [1, 2]) assert.equal(await verdictOf(verifier, token), 'unknown_key')
  assert.equal(asked.times, 1)
  published = true
  server.clock.advance(6 * SECOND)
  const verdicts = await Promise.all([1, 2, 3].map(() => verdictOf(verifier, token)))
  assert.deepEqual(verdicts, ['good', 'good', 'good'])
  assert.equal(asked.times, 2)
})

test('without any keys a verifier says so, tells why, and asks again after five seconds', async () => {
  await using server = await aServer()
  let away = true
  const { asked, fetch } = keysThrough(server, (answer) => (away ? new Response('', { status: 502 }) : answer))
  const errors: string[] = []
  const onError = (error: unknown) => errors.push(inspect(error))
  await using verifier = verifierOf(server, { fetch, onError, revocations: false })
  const token = await aGoodToken(server)
  for (const _ of [1, 2, 3]) assert.equal(await verdictOf(verifier, token), 'keys_unavailable')
  assert.equal(asked.times, 1)
  assert.equal(errors.length, 1)
  assert.match(errors[0] ?? '', /The keys at \S+ cannot be read/)
  assert.match(errors[0] ?? '', /The answer of status 502 is no JWK Set/)
  away = false
  server.clock.advance(6 * SECOND)
  assert.equal(await verdictOf(verifier, token), 'good')
})

test('whatever goes wrong while a token is read is told, and the token is refused', async () => {
  await using server = await aServer()
  const errors: unknown[] = []
  const wrong = new Error('no time')
  await using verifier = verifierOf(server, {
    revocations: false,
    onError: (error) => errors.push(error),
    now: () => {
      throw wrong
    },
  })
  assert.equal(await verdictOf(verifier, await aGoodToken(server)), 'keys_unavailable')
  assert.deepEqual(errors, [wrong])
})

test('a feed that refuses its reader is a warning of the process, once a minute', async () => {
  await using server = await aServer({ REVOCATION_FEED_TOKEN: 'feed' })
  const warnings: string[] = []
  const note = ({ message }: Error) => warnings.push(message)
  process.on('warning', note)
  let looks = 0
  const fetch = fetchFrom(server, (path, answer) => {
    if (path.includes('/revocations')) looks += 1
    return answer
  })
  await using verifier = verifierOf(server, { fetch })
  assert.equal(await verdictOf(verifier, await aGoodToken(server)), 'revocations_unknown')
  await eventually(async () => (looks > 5 ? true : undefined))
  assert.deepEqual(warnings, ['@barong/sdk: The feed of revocations answered 401'])
  server.clock.advance(MINUTE)
  await eventually(async () => (warnings.length > 1 ? true : undefined))
  process.off('warning', note)
})

for (const [how, onError] of [
  ['throws', () => assert.fail('the listener')],
  ['rejects', async () => assert.fail('the listener')],
] as const)
  test(`a verifier goes on looking when whoever is told of failures ${how}`, async () => {
    await using server = await aServer()
    let away = true
    const fetch = fetchFrom(server, (path, answer) => {
      if (away && path.includes('/revocations')) return new Response('', { status: 502 })
      return answer
    })
    await using verifier = verifierOf(server, { fetch, onError })
    const account = await anAccount(server)
    const token = await aToken(server, account)
    assert.equal(await verdictOf(verifier, token), 'revocations_unknown')
    away = false
    await becomes(verifier, token, 'good')
    await server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account))
    await becomes(verifier, token, 'revoked')
  })
