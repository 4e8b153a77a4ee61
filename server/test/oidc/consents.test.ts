import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, type OauthClient, type Person, tokensOf, walk } from '../support/oauth.ts'

onEachDatabase('What people consent to in several browsers', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  const scopesOf = async (token: string): Promise<string[]> =>
    (await server().call('GET', '/authorized_applications', { token })).body[0].scopes.sort()

  /** Whether a browser that is signed in is sent back without being asked. */
  async function isAsked(browser: ReturnType<typeof browserOf>, client: OauthClient, scope: string) {
    return !(await browser.open(anAttempt(server(), client, { scope }).url.href)).url.includes('code=')
  }

  test('is added up: neither browser takes away what the other was told', async () => {
    const account = await anAccount(server())
    const client = await aClient(server())
    const [one, other] = [browserOf(server()), browserOf(server())]
    const allow = (browser: typeof one, scope: string) =>
      tokensOf(server(), client, account, { browser, params: { scope } })
    await allow(one, 'openid email')
    await allow(other, 'openid email')
    await allow(one, 'openid profile')
    await allow(other, 'openid phone')
    const token = await aToken(server(), account)
    assert.deepEqual(await scopesOf(token), ['email', 'openid', 'phone', 'profile'])
    for (const browser of [one, other])
      assert.equal(await isAsked(browser, client, 'openid email profile phone'), false)
    assert.equal(await isAsked(browserOf(server()), client, 'openid'), true, 'a third one signs in first')
  })

  test('is added up where both say it at one moment', async () => {
    const account: Person = await anAccount(server())
    const client = await aClient(server())
    const pages = await Promise.all(
      ['openid email', 'openid profile', 'openid phone', 'openid kyc'].map(async (scope) => {
        const browser = browserOf(server())
        const first = await browser.open(anAttempt(server(), client, { scope }).url.href)
        return { browser, page: await browser.submit(first, '/sign_in', { email: account.email, password: PASSWORD }) }
      }),
    )
    await Promise.all(pages.map(({ browser, page }) => browser.submit(page, '/consent')))
    const browser = browserOf(server())
    await tokensOf(server(), client, account, { browser, params: { scope: 'openid' } })
    assert.equal(await isAsked(browser, client, 'openid email profile phone kyc'), false)
  })

  const NATIVE = { redirect_uri: 'com.example.app:/callback', auth_method: 'none' } as const

  /** What is asked of somebody who is signed in and has said yes before. */
  async function isAskedAgain(client: OauthClient) {
    const account = await anAccount(server())
    const browser = browserOf(server())
    const { url } = anAttempt(server(), client, { redirect_uri: NATIVE.redirect_uri })
    assert.match((await walk(browser, url, account)).url, /^com\.example\.app:\/callback\?code=/)
    const { forms } = await browser.open(url.href)
    return forms.some(({ action }) => action.endsWith('/consent'))
  }

  test('is asked anew each time by a program on the person’s device, which anybody can pretend to be (RFC 8252, section 8.6)', async () => {
    assert.equal(await isAskedAgain(await aClient(server(), NATIVE)), true)
    const ours = { ...NATIVE, consent_skipped_at: '2026-01-01T00:00:00.000Z' }
    assert.equal(await isAskedAgain(await aClient(server(), ours)), false, 'but not by one of the house')
  })
})
