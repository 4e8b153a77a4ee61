import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { aJws, anEcKey, anEdKey, anRsaKey, type ClientKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { aHold } from '../../../test/support/holds.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { HOUR, iso, MINUTE, SECOND, seconds } from '../../lib/clock.ts'
import { isPostgres } from '../../platform/db/db.ts'
import type { RowPatch } from '../../platform/db/schema.ts'
import { cleanApiKeyNonces } from './api-keys.ts'

const NOT_FOUND = { error: 'Record is not found' }
const RS256 = { alg: 'RS256', typ: 'JWT' }
const rsa = anRsaKey()

/** A registered key, and a way to bring tokens for it. */
async function aRegisteredKey(server: TestServer, key: ClientKey = rsa, parameters: Record<string, unknown> = {}) {
  const account = await anAccount(server)
  const { token, app } = await anAuthenticator(server, account)
  const json = { public_key: key.public_key, totp_code: app.next(), ...parameters }
  const uid: string = (await server.call('POST', '/api_keys', { token, json })).body.uid
  const now = () => seconds(server.clock.now())
  const claims = (jti: unknown = 'one') => ({ sub: 'api_key_jwt', iss: 'external', iat: now(), exp: now() + 60, jti })
  const bring = (jwt_token: string) => server.call('POST', '/sessions/generate_jwt', { json: { kid: uid, jwt_token } })
  const update = (patch: RowPatch<'accounts'>) =>
    server.deps.db.updateTable('accounts').set(patch).where('id', '=', account.id).execute()
  return { account, token, app, uid, claims, bring, update }
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

onEachDatabase('Exchanging tokens of API keys', (newDatabase) => {
  test('gives a token with the claims of the account and the key, which is no session here', async () => {
    await using server = await testServer(await newDatabase())
    const { account, uid, claims, bring } = await aRegisteredKey(server, rsa, {
      scopes: 'trade,withdraw',
      expires_in: 60,
    })
    const answer = await bring(aJws(rsa, RS256, claims()))
    assert.equal(answer.status, 200)
    assert.deepEqual(Object.keys(answer.body), ['token'])
    const { jti, ...rest } = claimsOf(answer.body.token)
    assert.match(jti, /^[0-9A-F]{24}$/)
    const iat = seconds(server.clock.now())
    const { email, role, level, state } = account
    const who = { uid: account.uid, email, role, level, state }
    const aud = 'trade,withdraw'
    assert.deepEqual(rest, { iat, exp: iat + 60, sub: 'session', iss: 'barong', aud, ...who, api_kid: uid })
    const me = await server.call('GET', '/accounts/me', { token: answer.body.token })
    assert.deepEqual([me.status, me.body], [401, { error: 'The access token is invalid' }])
  })

  test('is issued while the key is held, so that no end of the key is noted for a time before it', async () => {
    let counts = false
    let commits = 0
    await using server: TestServer = await testServer(await newDatabase(), {}, ({ query }) => {
      if (!counts || !/^commit/i.test(query.sql)) return
      commits += 1
      server.clock.advance(HOUR)
    })
    const { claims, bring } = await aRegisteredKey(server)
    const before = seconds(server.clock.now())
    const brought = aJws(rsa, RS256, claims())
    counts = true
    const { token } = (await bring(brought)).body
    counts = false
    // SQLite's writer, which commits for many at once, does not tell when.
    if (isPostgres(server.deps.db)) assert.ok(commits > 0, 'the clock went on')
    assert.equal(claimsOf(token).iat, before)
  })

  test('tells what is on hold', async () => {
    await using server = await testServer(await newDatabase())
    const { account, claims, bring } = await aRegisteredKey(server)
    const holds = await aHold(server, account)
    assert.deepEqual(claimsOf((await bring(aJws(rsa, RS256, claims()))).body.token).holds, holds)
  })

  test('leaves the audience empty where a key has no scopes', async () => {
    await using server = await testServer(await newDatabase())
    const { claims, bring } = await aRegisteredKey(server)
    assert.equal(claimsOf((await bring(aJws(rsa, RS256, claims()))).body.token).aud, null)
  })

  test('takes ES256 and EdDSA from keys of their types, and no other algorithm from any', async () => {
    await using server = await testServer(await newDatabase())
    const ec = anEcKey()
    const ed = anEdKey()
    const different = {
      error: 'Failed to decode and verify JWT: #<JWT::IncorrectAlgorithm: Expected a different algorithm>',
    }
    for (const [key, alg, digest] of [
      [ec, 'ES256', 'sha256'],
      [ed, 'EdDSA', null],
    ] as const) {
      const { claims, bring } = await aRegisteredKey(server, key)
      assert.deepEqual((await bring(aJws(key, RS256, claims(), digest))).body, different)
      const answer = await bring(aJws(key, { alg }, claims(), digest))
      assert.equal(answer.status, 200)
      assert.equal(JSON.parse(atob(answer.body.token.split('.')[0])).alg, 'RS256', 'ours are always RS256')
    }
  })

  test('takes a token once, also of many at once, and also when its jti is not a storable text', async () => {
    await using server = await testServer(await newDatabase())
    const { claims, bring } = await aRegisteredKey(server)
    for (const jti of ['one', '\0\ud800', 7, 'x'.repeat(100_000)]) {
      const token = aJws(rsa, RS256, claims(jti))
      const answers = await Promise.all(Array.from({ length: 5 }, () => bring(token)))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401, 401])
      const replayed = answers.find(({ status }) => status === 401)
      assert.deepEqual(replayed?.body, {
        error: 'Failed to decode and verify JWT: #<JWT::InvalidJtiError: Invalid jti>',
      })
    }
    const { bring: bringOther, claims: others } = await aRegisteredKey(server)
    assert.equal((await bringOther(aJws(rsa, RS256, others()))).status, 200, 'another key has its own tokens')
  })

  test('is refused alike for keys that are unknown or inactive and accounts that may not use them', async () => {
    await using server = await testServer(await newDatabase())
    const { claims, bring, update, uid } = await aRegisteredKey(server)
    const now = iso(server.clock.now())
    const good = { state: 'active', discarded_at: null, locked_at: null, otp_enabled_at: now } as const
    const barred: RowPatch<'accounts'>[] = [{ state: 'banned' }, { discarded_at: now }]
    const refused = async () => {
      const { status, body } = await bring(aJws(rsa, RS256, claims()))
      assert.deepEqual([status, body], [404, NOT_FOUND])
    }
    for (const patch of barred) {
      await update({ ...good, ...patch })
      await refused()
    }
    await update(good)
    const { db } = server.deps
    await db.updateTable('api_keys').set({ state: 'inactive' }).where('uid', '=', uid).execute()
    await refused()
    await db.updateTable('api_keys').set({ state: 'active' }).where('uid', '=', uid).execute()
    assert.equal((await bring(aJws(rsa, RS256, claims()))).status, 200)
    await db.deleteFrom('api_keys').where('uid', '=', uid).execute()
    await refused()
  })

  test('goes on while the password is locked, and after the second factor was taken off', async () => {
    await using server = await testServer(await newDatabase())
    const { claims, bring, update } = await aRegisteredKey(server)
    // Otherwise five wrong passwords would stop a stranger's programs.
    await update({ locked_at: iso(server.clock.now()), failed_attempts: 5 })
    assert.equal((await bring(aJws(rsa, RS256, claims('one')))).status, 200)
    await update({ otp_enabled_at: null, otp_secret_sealed: null })
    assert.equal((await bring(aJws(rsa, RS256, claims('two')))).status, 200)
  })

  test('answers 401 where the stored key is a private one or unreadable, as an imported one may be', async () => {
    await using server = await testServer(await newDatabase())
    const { claims, bring, uid } = await aRegisteredKey(server)
    const pem = rsa.private_key.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const public_key of [pem, Buffer.from(pem).toString('base64url'), 'junk']) {
      await server.deps.db.updateTable('api_keys').set({ public_key }).where('uid', '=', uid).execute()
      const { status, body } = await bring(aJws(rsa, RS256, claims()))
      assert.deepEqual([status, body], [401, { error: 'Payload is invalid' }])
    }
  })

  test('tells which parameter is missing', async () => {
    await using server = await testServer(await newDatabase())
    const send = async (json: unknown) => {
      const { status, body } = await server.call('POST', '/sessions/generate_jwt', { json })
      return [status, body.error]
    }
    assert.deepEqual(await send({}), [400, 'KID is missing, KID is empty, JWT Token is missing, JWT Token is empty'])
    assert.deepEqual(await send({ jwt_token: 'x' }), [400, 'KID is missing, KID is empty'])
    assert.deepEqual(await send({ kid: 'x', jwt_token: ['y'] }), [400, 'JWT Token is invalid'])
    assert.deepEqual(await send({ kid: 'nope', jwt_token: 'x' }), [404, 'Record is not found'])
  })

  test('remembers tokens until they would be refused for their age, and not for ever', async () => {
    await using server = await testServer(await newDatabase())
    const { claims, bring } = await aRegisteredKey(server)
    const { exp: _, ...endless } = claims('endless')
    const brief = aJws(rsa, RS256, claims('brief'))
    const long = aJws(rsa, RS256, endless)
    assert.deepEqual([(await bring(brief)).status, (await bring(long)).status], [200, 200])
    server.clock.advance(MINUTE - SECOND)
    assert.match((await bring(brief)).body.error, /InvalidJtiError/)
    assert.equal(await cleanApiKeyNonces(server.deps), 0)
    server.clock.advance(10 * MINUTE)
    assert.match((await bring(brief)).body.error, /ExpiredSignature/)
    assert.equal(await cleanApiKeyNonces(server.deps), 1)
    server.clock.advance(23 * HOUR)
    assert.match((await bring(long)).body.error, /InvalidJtiError/)
    server.clock.advance(HOUR)
    assert.equal(await cleanApiKeyNonces(server.deps), 1)
    assert.match((await bring(long)).body.error, /ExpiredSignature/)
  })
})
