import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import type { Account } from '../../src/platform/db/schema.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aPhone, aProfile, aToken, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import {
  aClient,
  anAttempt,
  browserOf,
  exchange,
  type OauthClient,
  type Person,
  post,
  tokensOf,
  walk,
} from '../support/oauth.ts'

const EVERYTHING = ['name', 'birthdate', 'address', 'phone_number', 'email', 'role']
const askingFor = (...names: string[]): string => {
  const wanted = Object.fromEntries(names.map((name) => [name, null]))
  return JSON.stringify({ userinfo: wanted, id_token: wanted })
}

onEachDatabase('The claims parameter', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  async function aKnownPerson(): Promise<Account> {
    const account = await anAccount(server())
    await aProfile(server(), account)
    await aPhone(server(), account)
    return account
  }

  async function userinfo(token: string) {
    const headers = { authorization: `Bearer ${token}` }
    return JSON.parse(await (await fetch(`${server().origin}/oauth/userinfo`, { headers })).text())
  }

  /** Signs in, and stops at the page that asks for consent. */
  async function asked(client: OauthClient, person: Person, params: Record<string, string>) {
    const browser = browserOf(server())
    const attempt = anAttempt(server(), client, params)
    const first = await browser.open(attempt.url.href)
    const page = await browser.submit(first, '/sign_in', { email: person.email, password: PASSWORD })
    const wishes = [...page.text.matchAll(/<li>([^<]*)<\/li>/g)].map(([, wish]) => wish)
    return { browser, attempt, page, wishes }
  }

  // ASVS 10.4.11
  test('gets an application nothing that its scopes do not allow, and asks nobody for it', async () => {
    const account = await aKnownPerson()
    const client = await aClient(server(), { scopes: 'openid' })
    const params = { scope: 'openid', claims: askingFor(...EVERYTHING) }
    const { wishes } = await asked(client, account, params)
    assert.deepEqual(wishes, ['know who you are'])
    const tokens = await tokensOf(server(), client, account, { params })
    assert.deepEqual(await userinfo(tokens.access_token), { sub: account.uid })
    for (const claim of EVERYTHING) assert.equal(claim in decodeJwt(tokens.id_token), false, claim)
  })

  test('gets no more when the request is pushed, comes from a device, or from an application that skips consent', async () => {
    const account = await aKnownPerson()
    const claims = askingFor(...EVERYTHING)
    const client = await aClient(server(), { scopes: 'openid' })
    const { url, ...attempt } = anAttempt(server(), client, { scope: 'openid', claims })
    const pushed = await post(server(), '/oauth/par', client, Object.fromEntries(url.searchParams))
    const start = `${server().origin}/oauth/authorize?${new URLSearchParams({ client_id: client.client_id, request_uri: pushed.body.request_uri })}`
    const landed = await walk(browserOf(server()), start, account)
    const { body } = await exchange(server(), client, { url, ...attempt }, landed)
    assert.deepEqual(await userinfo(body.access_token), { sub: account.uid })

    const device = await post(server(), '/oauth/device_authorization', client, { scope: 'openid', claims })
    assert.equal(device.status, 200, JSON.stringify(device.body))
    const browser = browserOf(server())
    const typed = await browser.open(device.body.verification_uri)
    const known = await browser.submit(typed, '/oauth/device', { user_code: device.body.user_code })
    const signIn = await browser.submit(known, '/oauth/device', { confirm: 'yes' })
    await walk(browser, signIn.url, account)
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const granted = await post(server(), '/oauth/token', client, { grant_type, device_code: device.body.device_code })
    assert.deepEqual(await userinfo(granted.body.access_token), { sub: account.uid })

    const own = await aClient(server(), { scopes: 'openid', consent_skipped_at: '2026-01-01T00:00:00.000Z' })
    const tokens = await tokensOf(server(), own, account, { params: { scope: 'openid', claims } })
    assert.deepEqual(await userinfo(tokens.access_token), { sub: account.uid })
  })

  test('tells no number that its holder has not proved to be theirs', async () => {
    const account = await anAccount(server())
    await aPhone(server(), account, { validated_at: null })
    const client = await aClient(server(), { scopes: 'openid phone' })
    const tokens = await tokensOf(server(), client, account, { params: { scope: 'openid phone' } })
    assert.deepEqual(await userinfo(tokens.access_token), { sub: account.uid })
  })

  test('is said to the person as the scope that it is part of, when they are asked and later', async () => {
    const account = await aKnownPerson()
    const client = await aClient(server(), { scopes: 'openid profile phone' })
    const params = { scope: 'openid', claims: askingFor('name', 'address', 'phone_number') }
    const { browser, attempt, page, wishes } = await asked(client, account, params)
    assert.deepEqual(wishes, [
      'know who you are',
      'see your phone number',
      'see your profile: name, birthday, verification level',
    ])
    const api = await browser.request(page.url.replace('/oauth/interaction/', '/api/v1/interactions/'))
    assert.deepEqual(JSON.parse(api.text).scopes, ['openid', 'phone', 'profile'])
    const { body } = await exchange(server(), client, attempt, await browser.submit(page, '/consent'))
    const told = await userinfo(body.access_token)
    assert.deepEqual(Object.keys(told).sort(), ['name', 'phone_number', 'sub'])
    const token = await aToken(server(), account)
    const [known] = (await server().call('GET', '/authorized_applications', { token })).body
    assert.deepEqual(known.scopes, ['openid', 'phone', 'profile'])
  })
})
