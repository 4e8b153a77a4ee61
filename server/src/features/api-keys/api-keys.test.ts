import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HTTPMethods } from 'fastify'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { anEcKey, anEdKey, anRsaKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { iso } from '../../lib/clock.ts'

const NOT_FOUND = { error: 'Record is not found' }
const { pem, public_key } = anRsaKey()

/** A person with a second factor, and a way to call with a fresh code each time. */
async function aKeyHolder(server: TestServer) {
  const account = await anAccount(server)
  const { token, app } = await anAuthenticator(server, account)
  const call = (method: HTTPMethods, path: string, json?: Record<string, unknown>) =>
    json === undefined
      ? server.call(method, `${path}?totp_code=${app.next()}`, { token })
      : server.call(method, path, { token, json: { totp_code: app.next(), ...json } })
  return { account, token, app, call }
}

onEachDatabase('API keys', (newDatabase) => {
  test('are registered, listed, shown, changed and deleted by their owner', async () => {
    await using server = await testServer(await newDatabase())
    const { call } = await aKeyHolder(server)
    const created = await call('POST', '/api_keys', { public_key, scopes: 'trade', state: 'inactive', uid: 'mine' })
    assert.equal(created.status, 201)
    const keys = ['uid', 'public_key', 'scopes', 'expires_in', 'state', 'created_at', 'updated_at']
    assert.deepEqual(Object.keys(created.body), keys)
    const { uid, created_at } = created.body
    assert.match(uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const fresh = { uid, public_key, scopes: 'trade', expires_in: 86_400, state: 'active', created_at }
    assert.deepEqual(created.body, { ...fresh, updated_at: created_at })
    assert.deepEqual((await call('GET', '/api_keys')).body, [created.body])
    assert.deepEqual((await call('GET', `/api_keys/${uid}`)).body, created.body)
    const patch = { uid: 'zzz', account_id: 1, state: 'inactive', expires_in: '3600', scopes: 'x' }
    const changed = await call('PATCH', `/api_keys/${uid}`, patch)
    assert.equal(changed.status, 200)
    const { updated_at, ...rest } = changed.body
    assert.deepEqual(rest, { ...fresh, state: 'inactive', expires_in: 3600, scopes: 'x' })
    assert.notEqual(updated_at, created_at)
    const unchanged = await call('PATCH', `/api_keys/${uid}`, { state: 'inactive' })
    assert.equal(unchanged.body.updated_at, updated_at)
    const gone = await call('DELETE', `/api_keys/${uid}`)
    assert.deepEqual([gone.status, gone.body], [204, ''])
    assert.deepEqual((await call('DELETE', `/api_keys/${uid}`, {})).body, NOT_FOUND)
    assert.deepEqual((await call('GET', '/api_keys')).body, [])
  })

  // ASVS 2.3.2
  test('are fifty of one account at most', async () => {
    await using server = await testServer(await newDatabase())
    const { account, call } = await aKeyHolder(server)
    const { db, clock } = server.deps
    const now = iso(clock.now())
    const row = {
      account_id: account.id,
      public_key,
      expires_in: 60,
      state: 'active',
      created_at: now,
      updated_at: now,
    }
    const rows = Array.from({ length: 49 }, (_, number) => ({ ...row, uid: `key-${number}` }))
    await db.insertInto('api_keys').values(rows).execute()
    assert.equal((await call('POST', '/api_keys', { public_key })).status, 201)
    const { status, body } = await call('POST', '/api_keys', { public_key })
    assert.deepEqual([status, body], [422, { error: 'There are 50 API keys already; remove one first' }])
    assert.equal((await call('PATCH', '/api_keys/key-1', { state: 'inactive' })).status, 200)
    assert.equal((await call('DELETE', '/api_keys/key-1')).status, 204)
    assert.equal((await call('POST', '/api_keys', { public_key })).status, 201)
  })

  test('take RSA, P-256 and Ed25519 keys as PEM, base64 and base64url, and show them as they were given', async () => {
    await using server = await testServer(await newDatabase())
    const { call } = await aKeyHolder(server)
    const texts = [pem, Buffer.from(pem).toString('base64'), anEcKey().public_key, anEdKey().pem]
    for (const text of texts) {
      const created = await call('POST', '/api_keys', { public_key: text })
      assert.deepEqual([created.status, created.body.public_key, created.body.scopes], [201, text, null])
    }
    for (const text of ['junk', anRsaKey(1024).public_key]) {
      const refused = await call('POST', '/api_keys', { public_key: text })
      assert.deepEqual([refused.status, refused.body], [422, { error: 'Public key is invalid' }])
    }
    assert.equal((await call('GET', '/api_keys')).body.length, texts.length)
  })

  test('tell which parameter is wrong, and change nothing then', async () => {
    await using server = await testServer(await newDatabase())
    const { call } = await aKeyHolder(server)
    const created = await call('POST', '/api_keys', { public_key })
    const path = `/api_keys/${created.body.uid}`
    const refused = async (method: HTTPMethods, url: string, json: Record<string, unknown>) => {
      const { status, body } = await call(method, url, json)
      return [status, body.error]
    }
    assert.deepEqual(await refused('POST', '/api_keys', {}), [400, 'Public Key is missing, Public Key is empty'])
    const wrong: [Record<string, unknown>, number, string][] = [
      [{ public_key: null }, 400, 'Public Key is empty'],
      [{ public_key: ' ' }, 400, 'Public Key is empty'],
      [{ public_key: ['x'] }, 400, 'Public Key is invalid'],
      [{ scopes: '' }, 400, 'Scopes is empty'],
      [{ scopes: 'x'.repeat(256) }, 422, 'Scopes is too long (maximum is 255 characters)'],
      [{ expires_in: null }, 400, 'Expires In is empty'],
      [{ expires_in: [60] }, 400, 'Expires In is invalid'],
      [{ expires_in: 29 }, 422, 'Expires in must be greater than or equal to 30'],
      [{ expires_in: '-1' }, 422, 'Expires in must be greater than or equal to 30'],
      [{ expires_in: 86_401 }, 422, 'Expires in must be less than or equal to 86400'],
      [{ expires_in: '99999999999999' }, 422, 'Expires in must be less than or equal to 86400'],
      [{ expires_in: 'abc' }, 422, 'Expires in is not a number'],
      [{ expires_in: '0x40' }, 422, 'Expires in is not a number'],
      [{ expires_in: true }, 422, 'Expires in is not a number'],
      [{ expires_in: '60.5' }, 422, 'Expires in must be an integer'],
      [{ expires_in: '1e3' }, 422, 'Expires in must be an integer'],
      [{ expires_in: ' 60 ' }, 422, 'Expires in must be an integer'],
      [
        { public_key: 'junk', expires_in: 1 },
        422,
        'Public key is invalid and Expires in must be greater than or equal to 30',
      ],
    ]
    for (const [json, status, text] of wrong) {
      assert.deepEqual(await refused('POST', '/api_keys', { public_key, ...json }), [status, text])
      assert.deepEqual(await refused('PATCH', path, json), [status, text])
    }
    assert.deepEqual(await refused('PATCH', path, { state: '' }), [400, 'state is empty'])
    assert.deepEqual(await refused('PATCH', path, { state: 'junk' }), [422, 'State is not included in the list'])
    const all = await call('GET', '/api_keys')
    assert.deepEqual(all.body, [created.body])
    for (const [expires_in, seconds] of [
      ['060', 60],
      [30, 30],
      ['+86400', 86_400],
    ])
      assert.equal((await call('PATCH', path, { expires_in })).body.expires_in, seconds)
  })

  test('ask for token, second factor and code, in this order and before they look at anything else', async () => {
    await using server = await testServer(await newDatabase())
    const { token, app } = await aKeyHolder(server)
    const without = await aToken(server, await anAccount(server))
    const operations: [HTTPMethods, string][] = [
      ['GET', '/api_keys'],
      ['GET', '/api_keys/x'],
      ['POST', '/api_keys'],
      ['PATCH', '/api_keys/x'],
      ['DELETE', '/api_keys/x'],
    ]
    for (const [method, path] of operations) {
      const send = async (query: string, bearer?: string) => {
        const { status, body } = await server.call(method, `${path}${query}`, { token: bearer })
        return [status, body.error]
      }
      assert.deepEqual(await send(''), [401, 'The access token is invalid'])
      assert.deepEqual(await send('', without), [400, 'Only accounts with enabled 2FA alowed'])
      assert.deepEqual(await send('', token), [400, 'TOTP Code is missing, TOTP Code is empty'])
      assert.deepEqual(await send('?totp_code=', token), [400, 'TOTP Code is empty'])
      assert.deepEqual(await send('?totp_code[]=123456', token), [400, 'TOTP Code is invalid'])
      assert.deepEqual(await send(`?totp_code=${app.wrong()}`, token), [422, 'OTP code is invalid'])
    }
    const code = app.next()
    assert.equal((await server.call('GET', `/api_keys?totp_code=${code}`, { token })).status, 200)
    const replayed = await server.call('GET', `/api_keys?totp_code=${code}`, { token })
    assert.deepEqual([replayed.status, replayed.body], [422, { error: 'Something wrong with 2FA' }])
  })

  test('of another account do not exist', async () => {
    await using server = await testServer(await newDatabase())
    const owner = await aKeyHolder(server)
    const other = await aKeyHolder(server)
    const { body } = await owner.call('POST', '/api_keys', { public_key })
    const path = `/api_keys/${body.uid}`
    for (const answer of [
      await other.call('GET', path),
      await other.call('PATCH', path, { state: 'inactive' }),
      await other.call('DELETE', path),
      await other.call('PATCH', '/api_keys/nope', {}),
      await owner.call('GET', path.toUpperCase().replace('API_KEYS', 'api_keys')),
    ])
      assert.deepEqual([answer.status, answer.body], [404, NOT_FOUND])
    assert.deepEqual((await owner.call('GET', path)).body, body)
  })

  test('tell services their state, and whether they belong to an account', async () => {
    await using server = await testServer(await newDatabase())
    const { account, call } = await aKeyHolder(server)
    const { uid } = (await call('POST', '/api_keys', { public_key })).body
    const ask = async (json: unknown) => {
      const { status, body } = await server.call('POST', '/security/verify_api_key', { json })
      return [status, body]
    }
    assert.deepEqual(await ask({ uid }), [200, { state: 'active' }])
    assert.deepEqual(await ask({ uid, account_uid: account.uid }), [200, { state: 'active' }])
    const foreign = { error: 'Account has no api key with provided uid' }
    assert.deepEqual(await ask({ uid, account_uid: 'IDX' }), [422, foreign])
    assert.deepEqual(await ask({ uid, account_uid: null }), [400, { error: 'Account UID is empty' }])
    assert.deepEqual(await ask({ uid: 'nope', account_uid: 'x' }), [404, NOT_FOUND])
    assert.deepEqual(await ask({}), [400, { error: 'UID is missing, UID is empty' }])
    assert.deepEqual(await ask({ uid: null }), [400, { error: 'UID is empty' }])
    assert.deepEqual(await ask({ uid: ['x'] }), [400, { error: 'UID is invalid' }])
    await call('PATCH', `/api_keys/${uid}`, { state: 'inactive' })
    assert.deepEqual(await ask({ uid }), [200, { state: 'inactive' }])
    const { db, clock } = server.deps
    for (const barred of [{ state: 'banned' }, { state: 'active', discarded_at: iso(clock.now()) }]) {
      await db.updateTable('accounts').set(barred).where('id', '=', account.id).execute()
      assert.deepEqual(await ask({ uid, account_uid: account.uid }), [404, NOT_FOUND])
    }
  })
})
