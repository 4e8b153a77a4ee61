import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { before, test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { SECOND, seconds } from '../../lib/clock.ts'
import { parseJws, signJwt } from '../../platform/crypto/jws.ts'
import type { Account } from '../../platform/db/schema.ts'

const INVALID = 'The access token is invalid'
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

onEachDatabase('The guard of the user API', (newDatabase) => {
  const server = sharedServer(newDatabase)
  let person: Account
  let token: string
  before(async () => {
    person = await anAccount(server())
    token = await aToken(server(), person)
  })
  const me = async (options: { authorization?: string; path?: string }) => {
    const headers: Record<string, string> =
      options.authorization === undefined ? {} : { authorization: options.authorization }
    const answer = await server().call('GET', options.path ?? '/accounts/me', { headers })
    return answer.status === 200 ? 'in' : answer.body.error
  }
  const revoke = (jwt: string) =>
    server()
      .deps.db.updateTable('sessions')
      .set({ revoked_at: '2026-01-01T00:00:00.000Z' })
      .where('jti', '=', String(parseJws(jwt)?.payload['jti']))
      .execute()

  test('takes a token from the header, however Bearer is written', async () => {
    for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`, `Bearer ${token} `])
      assert.equal(await me({ authorization }), 'in')
    for (const authorization of ['', 'Bearer', 'Bearer ', token, `Bearer  ${token}`, 'Basic YTpi', `Bearer ${token} x`])
      assert.equal(await me({ authorization }), INVALID, authorization)
  })

  test('takes a token from the query or the body, unless there is a Bearer header', async () => {
    for (const name of ['access_token', 'bearer_token']) {
      const path = `/accounts/me?${name}=${token}`
      assert.equal(await me({ path }), 'in')
      assert.equal(await me({ path, authorization: 'Bearer bad' }), INVALID)
      assert.equal(await me({ path, authorization: 'Basic YTpi' }), 'in')
      const json = { key: `from-${name}`.replace('_', '-'), value: 'body', [name]: token }
      assert.equal((await server().call('POST', '/labels', { json })).status, 201)
      assert.equal((await server().call('POST', '/security/renew', { form: { [name]: token } })).status, 201)
    }
    assert.equal(await me({ path: `/accounts/me?access_token=&bearer_token=${token}` }), 'in')
    assert.equal(await me({ path: `/accounts/me?access_token=bad&bearer_token=${token}` }), INVALID)
    assert.equal(await me({ path: `/accounts/me?access_token[]=${token}` }), INVALID)
    // A header of another scheme, or that is none, says nothing of tokens.
    for (const authorization of ['Bearer', 'Bearerx', 'DPoPx', 'Basic YTpi', 'Token x'])
      assert.equal(await me({ path: `/accounts/me?access_token=${token}`, authorization }), 'in', authorization)
  })

  test('says in its headers what was wrong', async () => {
    const { status, headers } = await server().call('GET', '/accounts/me')
    assert.equal(status, 401)
    assert.equal(
      headers['www-authenticate'],
      'Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"',
    )
    assert.deepEqual([headers['cache-control'], headers['pragma']], ['no-store', 'no-cache'])
    assert.match(String(headers['content-type']), /^application\/json/)
  })

  // ASVS 7.4.1
  test('tells a revoked token before an expired one', async () => {
    const expiring = await aToken(server(), person)
    const both = await aToken(server(), person)
    await revoke(both)
    assert.equal(await me({ authorization: `Bearer ${both}` }), 'The access token was revoked')
    server().clock.advance(14_399 * SECOND)
    assert.equal(await me({ authorization: `Bearer ${expiring}` }), 'in')
    server().clock.advance(SECOND)
    assert.equal(await me({ authorization: `Bearer ${expiring}` }), 'The access token expired')
    assert.equal(await me({ authorization: `Bearer ${both}` }), 'The access token was revoked')
    const { headers } = await server().call('GET', '/accounts/me', { token: expiring })
    assert.match(String(headers['www-authenticate']), /error_description="The access token expired"$/)
    token = await aToken(server(), person)
  })

  // ASVS 7.2.1, 9.1.1
  test('takes no token that was not signed by us as it stands', async () => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    const claims = parseJws(token)?.payload ?? {}
    const { kid } = server().deps.keys.current()
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pair = { private_key: stranger.privateKey, public_key: stranger.publicKey }
    const forged = [
      `${header}.${encode({ ...claims, role: 'admin' })}.${signature}`,
      `${encode({ typ: 'JWT', alg: 'none', kid })}.${payload}.`,
      `${encode({ typ: 'JWT', alg: 'none', kid })}.${payload}.${signature}`,
      `${encode({ alg: 'RS256' })}.${payload}.${signature}`,
      `${encode({ typ: 'JWT', alg: 'HS256', kid })}.${payload}.${signature}`,
      signJwt({ kid, algorithm: 'RS256', ...pair }, claims),
      signJwt({ kid: 'unknown', algorithm: 'RS256', ...pair }, claims),
      `${header}.${payload}.`,
      `${token}x`,
    ]
    for (const jwt of forged) assert.equal(await me({ authorization: `Bearer ${jwt}` }), INVALID, jwt)
    assert.equal(await me({ authorization: `Bearer ${token}` }), 'in')
  })

  // ASVS 9.2.2
  test('takes no token of ours that belongs to no session, or says that it is for something else', async () => {
    const key = server().deps.keys.current()
    const claims = parseJws(token)?.payload ?? {}
    const now = seconds(server().clock.now())
    for (const altered of [
      { jti: '0'.repeat(24), iat: now, exp: now + 3600 },
      { sub: 'api_key_jwt' },
      { iss: 'external' },
      { jti: null },
    ])
      assert.equal(await me({ authorization: `Bearer ${signJwt(key, { ...claims, ...altered })}` }), INVALID)
  })

  // ASVS 7.4.2
  test('does not know discarded and banned accounts', async () => {
    for (const patch of [{ discarded_at: '2026-01-01T00:00:00.000Z' }, { state: 'banned' }]) {
      const account = await anAccount(server())
      const theirs = await aToken(server(), account)
      await server().deps.db.updateTable('accounts').set(patch).where('id', '=', account.id).execute()
      const { status, body, headers } = await server().call('GET', '/accounts/me', { token: theirs })
      assert.deepEqual([status, body], [401, { error: 'Account does not exist' }])
      assert.equal(headers['www-authenticate'], undefined)
    }
  })

  test('lets a locked account go on with the tokens it has', async () => {
    const account = await anAccount(server())
    const theirs = await aToken(server(), account)
    await server()
      .deps.db.updateTable('accounts')
      .set({ locked_at: '2026-01-01T00:00:00.000Z', failed_attempts: 5 })
      .where('id', '=', account.id)
      .execute()
    assert.equal((await server().call('GET', '/accounts/me', { token: theirs })).status, 200)
  })
})

onEachDatabase('The guard with ACCESS_TOKEN_IN_QUERY=false', (newDatabase) => {
  const server = sharedServer(newDatabase, { ACCESS_TOKEN_IN_QUERY: 'false' })

  // ASVS 14.2.1
  test('takes tokens from the header only', async () => {
    const token = await aToken(server(), await anAccount(server()))
    assert.equal((await server().call('GET', '/accounts/me', { token })).status, 200)
    assert.equal((await server().call('GET', `/accounts/me?access_token=${token}`)).status, 401)
    const form = { key: 'from-body', value: 'body', bearer_token: token }
    assert.equal((await server().call('POST', '/labels', { form })).status, 401)
  })
})
