import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR, iso, SECOND } from '../../src/lib/clock.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import type { Browser } from '../support/browser.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, exchange, post, refresh, tokensOf, walk } from '../support/oauth.ts'

interface Listed {
  id: number
  current: boolean
  application: { uid: string; name: string } | null
  scopes: string[] | null
  device: string | null
  address: string | null
  signed_in_at: string
  expires_at: string
}

const OFFLINE = { scope: 'openid profile offline_access', prompt: 'consent' }

onEachDatabase('Applications among the sessions people can see and end', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  const list = async (token: string): Promise<Listed[]> => (await server().call('GET', '/sessions', { token })).body
  const end = async (token: string, id = 0) => (await server().call('DELETE', `/sessions/${id}`, { token })).status
  const me = async (token: string) => (await server().call('GET', '/accounts/me', { token })).status
  const now = () => `${iso(server().clock.now()).slice(0, 19)}Z`
  /** The sessions of an application, as seen from one that the person has at the API. */
  const seenOf = async (account: Account, uid: string) => {
    const token = await aToken(server(), account)
    const all = await list(token)
    return { token, seen: all.filter(({ application }) => application?.uid === uid) }
  }

  test('are one each, however often their tokens are refreshed, from where and when the person signed in', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const signedIn = now()
    const browser = browserOf(server())
    const first = await tokensOf(server(), client, account, { browser })
    server().clock.advance(HOUR)
    const second = (await refresh(server(), client, first.refresh_token)).body
    server().clock.advance(HOUR)
    await refresh(server(), client, second.refresh_token)
    const { seen } = await seenOf(account, client.client_id)
    assert.equal(seen.length, 1)
    const [{ id, expires_at, ...shown } = { id: 0, expires_at: '' }] = seen
    assert.ok(id > 0 && expires_at > now())
    assert.deepEqual(shown, {
      current: false,
      application: { uid: client.client_id, name: client.application.name },
      scopes: ['openid', 'email', 'profile'],
      device: 'node',
      address: '127.0.0.1',
      signed_in_at: signedIn,
      created_at: signedIn,
    })
  })

  test('are two where the person used two browsers, and stay one where it was the same', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    for (const each of [browser, browser, browserOf(server())])
      await tokensOf(server(), client, account, { browser: each })
    assert.equal((await seenOf(account, client.client_id)).seen.length, 2)
  })

  test('know themselves by each of their tokens', async () => {
    const account = await anAccount(server())
    const client = await aClient(server(), { consent_skipped_at: '2026-01-01T00:00:00.000Z' })
    const first = await tokensOf(server(), client, account)
    const second = (await refresh(server(), client, first.refresh_token)).body
    const renewed = (await server().call('POST', '/security/renew', { token: second.access_token })).body
    for (const token of [first.access_token, second.access_token, renewed]) {
      const current = (await list(token)).filter((session) => session.current)
      assert.deepEqual([current.length, current[0]?.application?.uid], [1, client.client_id])
    }
  })

  test('are seen and ended while they have nothing but a refresh token', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const tokens = await tokensOf(server(), client, account, { params: OFFLINE })
    server().clock.advance(5 * HOUR)
    assert.equal(await me(tokens.access_token), 401)
    const { token, seen } = await seenOf(account, client.client_id)
    assert.equal(seen.length, 1)
    assert.equal(await end(token, seen[0]?.id), 204)
    assert.deepEqual((await seenOf(account, client.client_id)).seen, [])
    const refused = await refresh(server(), client, tokens.refresh_token)
    assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_grant'])
    assert.equal(await end(token, seen[0]?.id), 404)
  })

  test('end with all their tokens, and leave the person’s other devices alone', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    const elsewhere = await tokensOf(server(), client, account)
    const first = await tokensOf(server(), client, account, { browser })
    const second = (await refresh(server(), client, first.refresh_token)).body
    const { token, seen } = await seenOf(account, client.client_id)
    assert.equal(await end(token, seen[0]?.id), 204)
    assert.deepEqual([await me(first.access_token), await me(second.access_token)], [401, 401])
    assert.equal((await refresh(server(), client, second.refresh_token)).status, 400)
    assert.equal(await me(elsewhere.access_token), 200)
    assert.equal((await refresh(server(), client, elsewhere.refresh_token)).status, 200)
    const again = await tokensOf(server(), client, account, { browser })
    assert.equal(await me(again.access_token), 200)
    const after = await seenOf(account, client.client_id)
    assert.equal(after.seen.length, 2)
    assert.ok(
      after.seen.every(({ id }) => id !== seen[0]?.id),
      'what ended does not come back',
    )
  })

  test('are not listed when there is nothing left to end', async () => {
    const account = await anAccount(server())
    const client = await aClient(server(), { refresh_token_lifetime: DAY / SECOND })
    const online = await tokensOf(server(), client, account)
    server().clock.advance(11 * HOUR)
    assert.equal((await seenOf(account, client.client_id)).seen.length, 1, 'the browser is signed in')
    server().clock.advance(2 * HOUR)
    assert.equal((await refresh(server(), client, online.refresh_token)).status, 400)
    assert.deepEqual((await seenOf(account, client.client_id)).seen, [])
    await tokensOf(server(), client, account, { params: OFFLINE })
    server().clock.advance(DAY - HOUR)
    assert.equal((await seenOf(account, client.client_id)).seen.length, 1)
    server().clock.advance(HOUR)
    assert.deepEqual((await seenOf(account, client.client_id)).seen, [])
    const revoked = await tokensOf(server(), client, account)
    await post(server(), '/oauth/revoke', client, { token: revoked.access_token })
    assert.deepEqual((await seenOf(account, client.client_id)).seen, [])
  })

  test('move on to the newest sign-in of their browser, not to a refresh', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    await tokensOf(server(), client, account, { browser })
    server().clock.advance(HOUR)
    const later = now()
    const tokens = await tokensOf(server(), client, account, { browser, params: { prompt: 'login' } })
    server().clock.advance(HOUR)
    await refresh(server(), client, tokens.refresh_token)
    const { seen } = await seenOf(account, client.client_id)
    assert.deepEqual([seen.length, seen[0]?.signed_in_at], [1, later])
  })

  test('are shown with the device that fetched the tokens, where a code was typed elsewhere', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    const device = await post(server(), '/oauth/device_authorization', client, { scope: 'openid' })
    await connect(browser, account, device.body.user_code)
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const television = { 'user-agent': 'Television/1.0' }
    const form = { grant_type, device_code: device.body.device_code }
    assert.equal((await post(server(), '/oauth/token', client, form, television)).status, 200)
    const { seen } = await seenOf(account, client.client_id)
    assert.deepEqual([seen.length, seen[0]?.device], [1, 'Television/1.0'])
  })

  test('keep the one that asks when a password changes or all others are ended', async () => {
    const account = await anAccount(server())
    const client = await aClient(server(), { consent_skipped_at: '2026-01-01T00:00:00.000Z' })
    const mine = await tokensOf(server(), client, account, { params: OFFLINE })
    const other = await tokensOf(server(), client, account, { params: OFFLINE })
    assert.equal((await server().call('DELETE', '/sessions', { token: mine.access_token })).status, 204)
    assert.equal((await refresh(server(), client, other.refresh_token)).status, 400)
    const json = { old_password: PASSWORD, new_password: 'another river at dusk 8X' }
    const confirmed = { password: PASSWORD }
    await server().call('POST', '/security/confirm', { token: mine.access_token, json: confirmed })
    assert.equal((await server().call('PUT', '/accounts/password', { token: mine.access_token, json })).status, 200)
    const next = await refresh(server(), client, mine.refresh_token)
    assert.equal(next.status, 200)
    assert.equal((await list(next.body.access_token)).filter(({ current }) => current).length, 1)
  })

  test('that end while a code is exchanged or a token refreshed get no tokens that outlive it', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const token = await aToken(server(), account)
    for (let round = 0; round < 4; round += 1) {
      const attempt = anAttempt(server(), client, OFFLINE)
      const landed = await walk(browserOf(server()), attempt.url, account)
      const tokens = await tokensOf(server(), client, account, { params: OFFLINE })
      const [coded, refreshed] = await Promise.all([
        exchange(server(), client, attempt, landed),
        refresh(server(), client, tokens.refresh_token),
        server().call('DELETE', '/sessions', { token }),
      ])
      await server().call('DELETE', '/sessions', { token })
      for (const { status, body } of [coded, refreshed]) {
        if (status !== 200) assert.deepEqual([status, body.error], [400, 'invalid_grant'])
        else assert.deepEqual([await me(body.access_token), (await again(body)).status], [401, 400])
      }
    }
    async function again({ refresh_token }: { refresh_token: string }) {
      return refresh(server(), client, refresh_token)
    }
  })

  async function connect(browser: Browser, { email }: Account, user_code: string): Promise<void> {
    const asked = await browser.open(`${server().origin}/oauth/device`)
    const confirmed = await browser.submit(asked, '/oauth/device', { user_code })
    const page = await browser.submit(confirmed, '/oauth/device', { confirm: 'yes' })
    const consent = await browser.submit(page, '/sign_in', { email, password: PASSWORD })
    assert.match((await browser.submit(consent, '/consent')).text, /Connected/)
  }
})
