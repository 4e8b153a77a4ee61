import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, type OauthClient, type Person, tokensOf } from '../support/oauth.ts'

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
})
