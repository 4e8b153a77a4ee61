import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { changeApplication, createApplication } from '../../src/features/applications/applications.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import {
  aClient,
  anAttempt,
  browserOf,
  CALLBACK,
  callbackOf,
  exchange,
  type OauthClient,
  post,
  refresh,
  tokensOf,
  walk,
} from '../support/oauth.ts'

const WALLET = 'https://wallet.example/api'
const OWN = { grant_type: 'client_credentials' }

onEachDatabase('An application that names the resource its tokens are for (RFC 8707)', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  /** An application as operators make it. */
  async function aNewClient(resources?: string): Promise<OauthClient> {
    const { application, secret = '' } = await createApplication(server().deps, {
      name: `Shop of ${resources} ${Math.random()}`,
      redirect_uri: CALLBACK,
      grant_types: 'authorization_code refresh_token client_credentials urn:ietf:params:oauth:grant-type:device_code',
      resources,
    })
    return { application, client_id: application.uid, client_secret: secret }
  }

  // ASVS 10.3.1, 10.4.11
  test('is refused at every door, unless it was given that resource', async () => {
    const [account, client] = [await anAccount(server()), await aNewClient()]
    for (const resource of [WALLET, 'urn:peatio', '*']) {
      const attempt = anAttempt(server(), client, { resource })
      const landed = callbackOf(await walk(browserOf(server()), attempt.url, account)).searchParams
      assert.deepEqual([landed.get('error'), landed.has('code')], ['invalid_target', false], resource)
      for (const [path, form] of [
        ['/oauth/token', { ...OWN, resource }],
        ['/oauth/par', Object.fromEntries(attempt.url.searchParams)],
        ['/oauth/device_authorization', { resource }],
      ] as const) {
        const { status, body } = await post(server(), path, client, form)
        assert.deepEqual([status, body.error], [400, 'invalid_target'], `${path} ${resource}`)
      }
    }
    const attempt = anAttempt(server(), client)
    const landed = await walk(browserOf(server()), attempt.url, account)
    const code = callbackOf(landed).searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, resource: WALLET }
    const traded = await post(server(), '/oauth/token', client, { ...form, code_verifier: attempt.code_verifier })
    assert.deepEqual([traded.status, traded.body.error], [400, 'invalid_target'])
  })

  test('brings its code again once it names the right one: what is refused for its resource uses no code up', async () => {
    const [account, client] = [await anAccount(server()), await aNewClient(`${WALLET} urn:peatio`)]
    const attempt = anAttempt(server(), client, { resource: WALLET })
    const landed = await walk(browserOf(server()), attempt.url, account)
    const trade = (params: [string, string][]) =>
      post(server(), '/oauth/token', client, [
        ['grant_type', 'authorization_code'],
        ['code', callbackOf(landed).searchParams.get('code') ?? ''],
        ['redirect_uri', CALLBACK],
        ['code_verifier', attempt.code_verifier],
        ...params,
      ])
    // One that the code was not for, one that nobody may name, none at all, and two at once.
    for (const names of [['urn:peatio'], ['https://strange.example/'], ['nowhere'], [WALLET, 'urn:peatio']]) {
      const { status, body } = await trade(names.map((name) => ['resource', name]))
      assert.deepEqual([status, body.error], [400, 'invalid_target'], names.join())
    }
    const { status, body } = await trade([['resource', WALLET]])
    assert.deepEqual([status, decodeJwt(body.access_token).aud], [200, WALLET])
    assert.equal((await trade([['resource', WALLET]])).body.error, 'invalid_grant', 'and that once')
  })

  test('gets what it was given, to the letter, and the user API always', async () => {
    const [account, client] = [await anAccount(server()), await aNewClient(`${WALLET} urn:peatio`)]
    for (const resource of [WALLET, 'urn:peatio', `${server().origin}/api/v1`]) {
      const { access_token } = await tokensOf(server(), client, account, { params: { resource } })
      assert.equal(decodeJwt(access_token).aud, resource)
      const own = await post(server(), '/oauth/token', client, { ...OWN, resource })
      assert.equal(decodeJwt(own.body.access_token).aud, resource)
    }
    for (const resource of [`${WALLET}/`, `${WALLET}/admin`, 'HTTPS://wallet.example/api']) {
      const { body } = await post(server(), '/oauth/token', client, { ...OWN, resource })
      assert.equal(body.error, 'invalid_target', resource)
    }
  })

  test('goes on as before where it is older than that list', async () => {
    const client = await aClient(server())
    const { status, body } = await post(server(), '/oauth/token', client, { ...OWN, resource: WALLET })
    assert.deepEqual([status, decodeJwt(body.access_token).aud], [200, WALLET])
  })

  test('is refused also in a person’s name once a resource was taken from it', async () => {
    const [account, client] = [await anAccount(server()), await aNewClient(WALLET)]
    const tokens = await tokensOf(server(), client, account, { params: { resource: WALLET } })
    await changeApplication(server().deps, client.client_id, { resources: '' })
    const again = await refresh(server(), client, tokens.refresh_token)
    assert.deepEqual([again.status, again.body.error], [400, 'invalid_grant'])
  })
})

onEachDatabase('An application all of whose tokens are bound to its key (RFC 9449, section 5.2)', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  // ASVS 10.3.5, 10.4.14
  test('gets none without a proof of one, by any grant, and others go on', async () => {
    const account = await anAccount(server())
    const bound = await aClient(server(), { tokens_bound_at: '2026-01-01T00:00:00.000Z' })
    const attempt = anAttempt(server(), bound)
    const landed = await walk(browserOf(server()), attempt.url, account)
    const plain = await exchange(server(), bound, attempt, landed)
    assert.deepEqual([plain.status, plain.body.error], [400, 'invalid_grant'])
    assert.equal((await post(server(), '/oauth/token', bound, OWN)).status, 400)
    assert.equal((await post(server(), '/oauth/token', await aClient(server()), OWN)).status, 200)
  })

  test('loses what it had that is bound to none', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const { access_token: token } = await tokensOf(server(), client, account)
    assert.equal((await server().call('GET', '/accounts/me', { token })).status, 200)
    await changeApplication(server().deps, client.client_id, { dpop_bound_access_tokens: true })
    assert.equal((await server().call('GET', '/accounts/me', { token })).status, 401)
  })
})
