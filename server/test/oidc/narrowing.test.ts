import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeApplication } from '../../src/features/applications/applications.ts'
import { SECOND } from '../../src/lib/clock.ts'
import { parseJws } from '../../src/platform/crypto/jws.ts'
import { targetOf } from '../../src/platform/events/revocations.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aProfile, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import {
  aClient,
  anAttempt,
  browserOf,
  exchange,
  type OauthClient,
  type Person,
  post,
  refresh,
  tokensOf,
  walk,
} from '../support/oauth.ts'

const SKIPPED = { consent_skipped_at: '2026-01-01T00:00:00.000Z' }
const WIDE = { scope: 'openid profile kyc' }

onEachDatabase('An application that may do less from now on', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  const change = (client: OauthClient, input: Parameters<typeof changeApplication>[2]) =>
    changeApplication(server().deps, client.client_id, input)
  const me = async (token: string) => (await server().call('GET', '/accounts/me', { token })).status
  const feed = async (): Promise<string> => {
    const { payload } = parseJws(await (await fetch(`${server().origin}/oauth/revocations`)).text()) ?? {}
    return JSON.stringify(payload)
  }
  const jtiOf = (token: string) => String(parseJws(token)?.payload['jti'])

  /** Tokens of a person, a code that was not exchanged yet, and a token of the application's own. */
  async function holdings(client: OauthClient, person: Person) {
    const browser = browserOf(server())
    const tokens = await tokensOf(server(), client, person, { browser, params: WIDE })
    const attempt = anAttempt(server(), client, WIDE)
    const code = await walk(browser, attempt.url, person)
    const own = await post(server(), '/oauth/token', client, { grant_type: 'client_credentials', scope: 'kyc' })
    assert.deepEqual([await me(tokens.access_token), own.status], [200, 200])
    return { browser, tokens, attempt, code, own: own.body.access_token }
  }

  for (const [what, before, input] of [
    ['some scopes where it had others', { scopes: 'openid profile kyc' }, { scopes: 'openid profile' }],
    ['some scopes where it had all', {}, { scopes: 'openid profile' }],
    ['what people consent to alone', SKIPPED, { skipauth: false }],
    ['fewer resources', { resources: 'https://a.example/ https://b.example/' }, { resources: 'https://b.example/' }],
    ['resources that are named where it had any', {}, { resources: 'https://b.example/' }],
  ] as const)
    test(`has ${what}: loses what it was given before, and services are told`, async () => {
      const account = await anAccount(server())
      const client = await aClient(server(), before)
      const { tokens, attempt, code, own } = await holdings(client, account)
      server().clock.advance(2 * SECOND)
      await change(client, input)
      assert.equal(await me(tokens.access_token), 401)
      for (const answer of [
        await refresh(server(), client, tokens.refresh_token),
        await exchange(server(), client, attempt, code),
      ])
        assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'])
      for (const token of [tokens.access_token, own])
        assert.equal((await post(server(), '/oauth/introspect', client, { token })).body.active, false)
      assert.match(await feed(), new RegExp(RegExp.escape(targetOf(client.client_id))))
      const again = await tokensOf(server(), client, account, { params: { scope: 'openid profile' } })
      assert.equal(again.scope, 'openid profile')
      assert.equal(await me(again.access_token), 200)
    })

  test('keeps people’s consents for what it may do still, and asks nobody again', async () => {
    const account = await anAccount(server())
    const client = await aClient(server(), { scopes: 'openid profile kyc' })
    const { browser } = await holdings(client, account)
    await change(client, { scopes: 'openid profile' })
    const { url } = anAttempt(server(), client, { scope: 'openid profile' })
    const landed = await browser.open(url.href)
    assert.match(landed.url, /^https:\/\/app\.example\/callback\?code=/)
  })

  test('gets no more by a request that a person began before', async () => {
    const account = await anAccount(server())
    await aProfile(server(), account)
    const client = await aClient(server(), { scopes: 'openid profile kyc' })
    const attempt = anAttempt(server(), client, WIDE)
    const browser = browserOf(server())
    const first = await browser.open(attempt.url.href)
    const device = await post(server(), '/oauth/device_authorization', client, WIDE)
    const consent = await browser.submit(first, '/sign_in', { email: account.email, password: PASSWORD })
    await change(client, { scopes: 'openid' })
    const landed = await browser.submit(consent, '/consent')
    assert.equal(new URL(landed.url).searchParams.get('code'), null, landed.url)
    const typed = await browser.open(device.body.verification_uri)
    const known = await browser.submit(typed, '/oauth/device', { user_code: device.body.user_code })
    assert.doesNotMatch(known.text, /Is this the code on your device/)
  })

  test('is told no more of a person than its present scopes tell, by a token that somehow outlived the others', async () => {
    const account = await anAccount(server())
    await aProfile(server(), account)
    const client = await aClient(server(), { scopes: 'openid profile kyc' })
    const { tokens } = await holdings(client, account)
    const { db } = server().deps
    await db.updateTable('applications').set({ scopes: 'openid' }).where('uid', '=', client.client_id).execute()
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    const told = await fetch(`${server().origin}/oauth/userinfo`, { headers })
    assert.deepEqual(await told.json(), { sub: account.uid })
  })

  test('loses nothing where it may do more, is renamed, or is given the same once more', async () => {
    const account = await anAccount(server())
    const client = await aClient(server(), { scopes: 'openid profile kyc' })
    const { tokens } = await holdings(client, account)
    for (const input of [
      { name: `Renamed ${client.client_id}` },
      { scopes: 'kyc openid profile' },
      { scopes: 'openid profile kyc email' },
      { skipauth: true },
      { scopes: '' },
    ])
      await change(client, input)
    assert.equal(await me(tokens.access_token), 200)
    assert.equal((await refresh(server(), client, tokens.refresh_token)).status, 200)
  })

  test('leaves sessions alone that people began with it at the API, which no scope bounds', async () => {
    const account = await anAccount(server())
    const client = await aClient(server())
    const json = { email: account.email, password: PASSWORD, application_id: client.client_id }
    const { body: token } = await server().call('POST', '/sessions', { json })
    await change(client, { scopes: 'openid' })
    assert.equal(await me(token), 200)
    assert.doesNotMatch(await feed(), new RegExp(RegExp.escape(targetOf(jtiOf(token)))))
  })
})
