import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createVerifier } from '../../../sdk/src/verifier.ts'
import { endAccess, endSessions, signEverybodyOut } from '../../src/features/accounts/accounts.ts'
import { revocationFeed } from '../../src/features/revocations/revocations.ts'
import { HOUR, iso, MINUTE, SECOND, seconds } from '../../src/lib/clock.ts'
import { parseJws, signJwt } from '../../src/platform/crypto/jws.ts'
import { targetOf } from '../../src/platform/events/revocations.ts'
import { aJws, anRsaKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { aClient } from '../support/oauth.ts'
import { eventually } from '../support/program.ts'
import { type TestServer, testServer } from '../support/server.ts'
import { becomes, fetchFrom, verdictOf, verifierOf } from './verifiers.ts'

const HOUR_LONG = { JWT_LIFETIME: '3600' }

/** The cursor of what is new at this moment. */
const cursorOf = ({ clock }: TestServer): number => clock.now() - (clock.now() % (30 * SECOND))
const jtiOf = (token: string): string => String(parseJws(token)?.payload['jti'])
const endAll = (server: TestServer, account: { id: number; uid: string }, except?: string) =>
  server.deps.db.transaction().execute((tx) => endSessions(server.deps, tx, account, except))

onEachDatabase('A service that verifies tokens by itself', (newDatabase) => {
  // ASVS 9.1.3, 9.2.1
  test('reads who somebody is, and refuses what is no good token of the server', async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    await using verifier = verifierOf(server, { audience: 'peatio' })
    await using elsewhere = verifierOf(server, { audience: 'another' })
    await using several = verifierOf(server, { audience: ['another', 'trade', 'peatio'] })
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const verdict = await verifier.verify(token)
    assert.deepEqual('claims' in verdict && [verdict.claims.uid, verdict.claims.email], [account.uid, account.email])
    const { keys, clock } = server.deps
    const claims = parseJws(token)?.payload ?? {}
    const { privateKey: private_key, publicKey: public_key } = generateKeyPairSync('ed25519')
    const key = keys.current('EdDSA')
    const [head = '', body = '', signature = ''] = token.split('.')
    const altered = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url')
    const none = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'none', kid: keys.current().kid })).toString('base64url')
    const other = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'HS256', kid: keys.current().kid })).toString(
      'base64url',
    )
    for (const [text, wanted] of [
      ['', 'malformed'],
      ['a.b.c', 'malformed'],
      [`${token}.`, 'malformed'],
      ['x'.repeat(20_000), 'malformed'],
      [await revocationFeed(server.deps), 'malformed'],
      [signJwt(key, claims, 'revocations+jwt'), 'malformed'],
      [`${head}.${altered}.${signature}`, 'wrong_signature'],
      [`${none}.${body}.`, 'wrong_signature'],
      [`${other}.${body}.${signature}`, 'wrong_signature'],
      [signJwt({ ...key, private_key, public_key }, claims), 'wrong_signature'],
      [signJwt({ ...key, kid: 'another', private_key, public_key }, claims), 'unknown_key'],
      [aJws(key, { typ: 'JWT', alg: 'ES256', kid: key.kid }, claims, null), 'wrong_signature'],
      [
        aJws(key, { typ: 'JWT', alg: 'EdDSA', kid: key.kid, crit: ['b64'], b64: true }, claims, null),
        'wrong_signature',
      ],
      [signJwt(key, { ...claims, iss: 'another' }), 'wrong_issuer'],
      [signJwt(key, { ...claims, cnf: { jkt: 'x' } }), 'bound_to_key'],
      [signJwt(key, claims), 'good'],
    ] as const)
      assert.equal(await verdictOf(verifier, text), wanted, text.slice(0, 200))
    assert.equal(await verdictOf(elsewhere, token), 'wrong_audience')
    assert.equal(await verdictOf(several, token), 'good')
    for (const [aud, more, wanted] of [
      ['trade', {}, 'good'],
      ['rad', {}, 'wrong_audience'],
      ['rad,trade', {}, 'wrong_audience'],
      ['rad,trade', { api_kid: 'a-key' }, 'good'],
      [null, { api_kid: 'a-key' }, 'wrong_audience'],
      ['trade', { holds: { 'hold:withdraw': 1_893_456_000 } }, 'good'],
      ['trade', { holds: { 'hold:withdraw': 'tomorrow' } }, 'malformed'],
    ] as const)
      assert.equal(
        await verdictOf(several, signJwt(key, { ...claims, aud, ...more })),
        wanted,
        JSON.stringify([aud, more]),
      )
    for (const url of ['', 'localhost:3000', 'https:///']) assert.throws(() => createVerifier({ url }), TypeError, url)
    server.clock.advance(Number(claims['exp']) * SECOND - clock.now() + 5 * SECOND)
    assert.equal(await verdictOf(verifier, token), 'expired')
  })

  test('refuses a token whose session ended, all of an account, and no other', async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    await using verifier = verifierOf(server)
    const [account, other] = [await anAccount(server), await anAccount(server)]
    const [kept, ended, strange] = [
      await aToken(server, account),
      await aToken(server, account),
      await aToken(server, other),
    ]
    for (const token of [kept, ended, strange]) assert.equal(await verdictOf(verifier, token), 'good')
    await endAll(server, account, jtiOf(kept))
    await becomes(verifier, ended, 'revoked')
    for (const token of [kept, strange]) assert.equal(await verdictOf(verifier, token), 'good')
    server.clock.advance(SECOND)
    const late = await aToken(server, account)
    await endAll(server, account)
    for (const token of [kept, late]) await becomes(verifier, token, 'revoked')
    const next = await aToken(server, account)
    for (const token of [next, strange]) assert.equal(await verdictOf(verifier, token), 'good')
    await using newcomer = verifierOf(server)
    for (const token of [kept, ended, late]) assert.equal(await verdictOf(newcomer, token), 'revoked')
    for (const token of [next, strange]) assert.equal(await verdictOf(newcomer, token), 'good')
  })

  test("refuses an application's own token once it revoked it", async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    await using verifier = verifierOf(server)
    const { client_id, client_secret } = await aClient(server)
    const headers = { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` }
    const post = (path: string, form: Record<string, string>) =>
      server.call('POST', `${server.deps.config.url}${path}`, { headers, form })
    const { access_token: token } = (await post('/oauth/token', { grant_type: 'client_credentials' })).body
    assert.equal(await verdictOf(verifier, token), 'good')
    assert.equal((await post('/oauth/revoke', { token })).status, 200)
    await becomes(verifier, token, 'revoked')
  })

  test('refuses tokens of an API key that was switched off, whatever becomes of sessions', async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    await using verifier = verifierOf(server)
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const bot = await aTokenOfApiKey(server, account)
    assert.equal(await verdictOf(verifier, bot), 'good')
    server.clock.advance(2 * SECOND)
    await endAll(server, account)
    await becomes(verifier, token, 'revoked')
    assert.equal(await verdictOf(verifier, bot), 'good')
    await server.deps.db.transaction().execute((tx) => endAccess(server.deps, tx, account))
    await becomes(verifier, bot, 'revoked')
  })

  test('refuses whatever comes from a sign-in before everybody was signed out, and nothing else', async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    await using verifier = verifierOf(server)
    const [account, other] = [await anAccount(server), await anAccount(server)]
    const tokens = [await aToken(server, account), await aToken(server, account), await aToken(server, other)]
    const bot = await aTokenOfApiKey(server, account)
    const signed = (claims: object) =>
      signJwt(server.deps.keys.current(), { ...parseJws(tokens[0] ?? '')?.payload, ...claims })
    const before = seconds(server.clock.now())
    for (const token of [...tokens, bot]) assert.equal(await verdictOf(verifier, token), 'good')
    server.clock.advance(2 * SECOND)
    await signEverybodyOut(server.deps, () => {})
    for (const token of tokens) await becomes(verifier, token, 'revoked')
    server.clock.advance(SECOND)
    const iat = seconds(server.clock.now())
    await using newcomer = verifierOf(server)
    for (const [token, wanted] of [
      [signed({ jti: 'late', iat, auth_time: before }), 'revoked'],
      [signed({ jti: 'new', iat, auth_time: iat }), 'good'],
      [signed({ jti: 'odd', iat, auth_time: 'then' }), 'malformed'],
      [await aToken(server, other), 'good'],
      [bot, 'good'],
      [signed({ jti: 'an application’s own', uid: undefined, client_id: 'x' }), 'good'],
      ...tokens.map((token) => [token, 'revoked'] as const),
    ] as const)
      for (const each of [verifier, newcomer]) assert.equal(await verdictOf(each, token), wanted, token)
    server.clock.advance(25 * HOUR)
    const much_later = {
      jti: 'of a day later',
      iat: seconds(server.clock.now()),
      exp: seconds(server.clock.now()) + 60,
    }
    await becomes(verifier, signed({ ...much_later, auth_time: before }), 'good')
  })

  test('takes the entry for everybody from nobody but the server, nor from another text of the server', async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    const token = await aToken(server, await anAccount(server))
    const key = server.deps.keys.current('EdDSA')
    const { privateKey: private_key } = generateKeyPairSync('ed25519')
    const claims = parseJws(await revocationFeed(server.deps))?.payload ?? {}
    const everybody = [9e9, 9e9]
    const [head = '', , signature = ''] = signJwt(key, claims, 'revocations-2+jwt').split('.')
    const altered = Buffer.from(JSON.stringify({ ...claims, everybody })).toString('base64url')
    const answers = [
      signJwt({ ...key, private_key }, { ...claims, everybody }, 'revocations-2+jwt'),
      `${head}.${altered}.${signature}`,
      signJwt(key, { ...claims, everybody }),
      signJwt(key, { ...claims, everybody }, 'revocations-3+jwt'),
      signJwt(key, { ...claims, everybody: 9e9 }, 'revocations-2+jwt'),
      signJwt(key, { ...claims, everybody, iss: 'another' }, 'revocations-2+jwt'),
    ]
    const errors: string[] = []
    const fetch = fetchFrom(server, (path, answer) => {
      const text = path.includes('/revocations') ? answers.shift() : undefined
      return text === undefined ? answer : new Response(text)
    })
    await using verifier = verifierOf(server, { fetch, onError: (error) => errors.push(String(error)) })
    await becomes(verifier, token, 'good')
    assert.equal(errors.length, 6)
    for (const error of errors) assert.match(error, /not signed/)
  })

  test('goes on while the server is away, and says that it cannot tell once what it knows is old', async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    let away = true
    const fetch = fetchFrom(server, async (_path, answer) => {
      if (away) throw new Error('away')
      return answer
    })
    const token = await aToken(server, await anAccount(server))
    await using verifier = verifierOf(server, { fetch })
    assert.equal(await verdictOf(verifier, token), 'keys_unavailable')
    away = false
    server.clock.advance(6 * SECOND)
    await becomes(verifier, token, 'good')
    away = true
    server.clock.advance(50 * SECOND)
    assert.equal(await verdictOf(verifier, token), 'good')
    server.clock.advance(20 * SECOND)
    assert.equal(await verdictOf(verifier, token), 'revocations_unknown')
    away = false
    await becomes(verifier, token, 'good')
  })

  test('believes no feed but one that the server signed, and none older than what it knows', async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const old = await revocationFeed(server.deps)
    server.clock.advance(10 * SECOND)
    await endAll(server, account)
    const { privateKey: private_key } = generateKeyPairSync('ed25519')
    const forged = signJwt(
      { ...server.deps.keys.current('EdDSA'), private_key },
      { ...parseJws(old)?.payload, iat: 9e9 },
      'revocations+jwt',
    )
    const claims = { ...parseJws(old)?.payload, iat: 9e9 }
    let answers: string[] = []
    const errors: string[] = []
    const fetch = fetchFrom(server, (path, answer) => {
      const text = path.includes('/revocations') ? answers.shift() : undefined
      return text === undefined ? answer : new Response(text)
    })
    const onError = (error: unknown) => errors.push(String(error))
    await using verifier = verifierOf(server, { fetch, onError })
    assert.equal(await verdictOf(verifier, token), 'revoked')
    const key = server.deps.keys.current('EdDSA')
    const refused: [answer: string, why: RegExp][] = [
      ['', /not signed/],
      [old, /an old one/],
      [forged, /not signed/],
      [signJwt(key, claims), /not signed/],
      [signJwt(key, { ...claims, iss: 'another' }, 'revocations+jwt'), /not signed/],
      [
        aJws(key, { typ: 'revocations+jwt', alg: 'EdDSA', kid: key.kid, crit: ['x'], x: 1 }, claims, null),
        /not signed/,
      ],
      [
        signJwt(key, { ...claims, iat: Number(parseJws(old)?.payload['iat']) + 10, after: 30_000 }, 'revocations+jwt'),
        /an old one/,
      ],
    ]
    answers = refused.map(([answer]) => answer)
    await eventually(async () => (errors.length >= refused.length ? true : undefined))
    for (const [index, [, why]] of refused.entries()) assert.match(errors[index] ?? '', why, `${index}`)
    assert.equal(await verdictOf(verifier, token), 'revoked')
  })

  test('goes on refusing a token until it has expired, whatever earlier end the feed tells afterwards', async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const other = await anAccount(server)
    const [named, kept] = [await aToken(server, other), await aToken(server, other)]
    const began = seconds(server.clock.now())
    server.clock.advance(5 * SECOND)
    await endAll(server, account)
    await endAll(server, other, jtiOf(kept))
    let [looks, tells] = [0, false]
    // As of a server whose clock is behind, which wrote it down late.
    const earlier = (after: number) =>
      signJwt(
        server.deps.keys.current('EdDSA'),
        {
          iss: 'barong',
          // As the server's own, which tell the time in steps.
          iat: seconds(server.clock.now()) - (seconds(server.clock.now()) % 5),
          after,
          cursor: after,
          tokens: {},
          holders: { [targetOf(account.uid)]: [began - 60, 9e9] },
        },
        'revocations+jwt',
      )
    const fetch = fetchFrom(server, (path, answer) => {
      if (!path.includes('/revocations')) return answer
      looks += 1
      const after = /after=(\d+)$/.exec(path)?.[1]
      return tells && after !== undefined ? new Response(earlier(Number(after))) : answer
    })
    await using verifier = verifierOf(server, { fetch, onError: (error) => assert.fail(String(error)) })
    const twoLooks = async () => {
      const wanted = looks + 3
      await eventually(async () => (looks >= wanted ? true : undefined))
    }
    assert.equal(await verdictOf(verifier, token), 'revoked')
    tells = true
    await twoLooks()
    assert.equal(await verdictOf(verifier, token), 'revoked')
    tells = false
    server.clock.advance(59 * MINUTE + 50 * SECOND)
    await twoLooks()
    for (const ended of [token, named]) assert.equal(await verdictOf(verifier, ended), 'revoked')
    server.clock.advance(15 * SECOND)
    for (const ended of [token, named]) assert.equal(await verdictOf(verifier, ended), 'expired')
  })

  test('reads no more of an answer than what it keeps can take', async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    const errors: string[] = []
    const long = 'x'.repeat(70_000)
    const fetch = fetchFrom(server, (path, answer) => (path.includes('/revocations') ? new Response(long) : answer))
    const revocations = { pollEvery: 5, maxEntries: 0 }
    await using verifier = verifierOf(server, { fetch, revocations, onError: (error) => errors.push(String(error)) })
    assert.equal(await verdictOf(verifier, await aToken(server, await anAccount(server))), 'revocations_unknown')
    assert.match(errors[0] ?? '', /too long/)
  })

  test('keeps no more than it was told to, and says that it cannot tell', async () => {
    await using server = await testServer(await newDatabase(), HOUR_LONG)
    const account = await anAccount(server)
    const [first, second, kept] = [
      await aToken(server, account),
      await aToken(server, account),
      await aToken(server, account),
    ]
    await endAll(server, account, jtiOf(kept))
    await using verifier = verifierOf(server, { revocations: { pollEvery: 5, maxEntries: 1 } })
    for (const token of [first, second, kept]) assert.equal(await verdictOf(verifier, token), 'revocations_unknown')
    await using unlimited = verifierOf(server, { revocations: false })
    assert.equal(await verdictOf(unlimited, first), 'good')
  })

  test('follows the feed with its token, and asks for what is new alone', async () => {
    await using server = await testServer(await newDatabase(), { ...HOUR_LONG, REVOCATION_FEED_TOKEN: 'feed' })
    const paths: string[] = []
    const statuses: number[] = []
    const fetch = fetchFrom(server, (path, answer) => {
      if (path.includes('/revocations')) paths.push(path)
      if (path.includes('/revocations')) statuses.push(answer.status)
      return answer
    })
    await using verifier = verifierOf(server, { fetch, revocations: { pollEvery: 5, token: 'feed' } })
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const stranger = await anAccount(server)
    const other = await aToken(server, stranger)
    for (const one of [token, other]) assert.equal(await verdictOf(verifier, one), 'good')
    await endAll(server, account)
    const cursor = cursorOf(server)
    await becomes(verifier, token, 'revoked')
    await eventually(async () =>
      paths.at(-1)?.endsWith(`after=${cursor}`) && statuses.at(-1) === 304 ? true : undefined,
    )
    assert.equal(paths[0], '/oauth/revocations')
    const before = statuses.length
    server.clock.advance(2 * MINUTE)
    await eventually(async () => (statuses.slice(before).includes(200) ? true : undefined))
    // What it knew is too old by now: this is good by the further look alone.
    await becomes(verifier, other, 'good')
    assert.equal(await verdictOf(verifier, token), 'revoked')
    // The cursor is past the first entry by more than the minute that is told again.
    await endAll(server, stranger)
    await becomes(verifier, other, 'revoked')
    await eventually(async () =>
      paths.at(-1)?.endsWith(`after=${cursorOf(server)}`) && statuses.at(-1) === 304 ? true : undefined,
    )
    assert.equal(await verdictOf(verifier, token), 'revoked')
  })
})

async function aTokenOfApiKey(server: TestServer, { id: account_id }: { id: number }): Promise<string> {
  const { db, clock } = server.deps
  const key = anRsaKey()
  const dates = { created_at: iso(clock.now()), updated_at: iso(clock.now()) }
  const row = { account_id, public_key: key.public_key, scopes: 'trade', expires_in: 3600, state: 'active' }
  const kid = randomUUID()
  await db
    .insertInto('api_keys')
    .values({ uid: kid, ...row, ...dates })
    .execute()
  const iat = seconds(clock.now())
  const claims = { iss: 'external', sub: 'api_key_jwt', jti: randomUUID(), iat, exp: iat + 60 }
  const jwt_token = aJws(key, { typ: 'JWT', alg: 'RS256' }, claims)
  const { status, body } = await server.call('POST', '/sessions/generate_jwt', { json: { kid, jwt_token } })
  assert.equal(status, 200)
  return body.token
}
