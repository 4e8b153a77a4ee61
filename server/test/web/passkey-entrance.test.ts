import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { anAuthenticator, chromiumForSuite, noChromium } from '../support/chromium.ts'
import { type Program, startProgram } from '../support/program.ts'
import { EMAIL, PASSWORD, signIn, signUp } from './walk.ts'

const OFFER = '.passkey button'
/** Answers that say nothing about a passkey; without one the server is not reached. */
const UNREACHED = [
  ['no network', undefined],
  ['an error of the server', { status: 500, body: '{}' }],
  ['too many requests', { status: 429, body: '{}' }],
] as const

describe('Passkeys at the pages one comes in by', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  let program: Program
  before(async () => {
    // An address is no domain that passkeys could belong to.
    program = await startProgram('sqlite:', {}, 'localhost')
  })
  after(() => program[Symbol.asyncDispose]())

  test('sign in alone and after the password; without a script a code is asked for', async () => {
    await using person = await open(program.url)
    const { page } = person
    await signUp(program, page)
    await page.goto('/sign-in')
    await anAuthenticator(page)
    await signIn(page)
    await page.waitForURL('**/account')
    await addPasskey(program, page)

    await page.context().clearCookies()
    await page.goto('/sign-in?return_to=%2Faccount%2Fsecurity')
    await page.click(OFFER)
    await page.waitForURL('**/account/security')

    await page.context().clearCookies()
    await signIn(page)
    await page.waitForURL('**/sign-in/second-factor**')
    await page.click(OFFER)
    // The page that was left may have asked to be returned to.
    await page.waitForURL('**/account**')

    await using plain = await open(program.url, { javaScriptEnabled: false })
    await signIn(plain.page)
    await plain.page.waitForURL('**/sign-in/second-factor**')
    assert.equal(await plain.page.locator(OFFER).isVisible(), false)
    assert.ok(await plain.page.locator('[name=code]').isVisible())
  })

  // ASVS 14.2.1
  test('keep what stands behind the # for the console, and for nothing else', async () => {
    await using person = await open(program.url)
    const { page } = person
    await anAuthenticator(page)
    await signUp(program, page, 'ann@example.com')
    await signIn(page, PASSWORD, 'ann@example.com')
    await page.waitForURL('**/account')
    await addPasskey(program, page)
    const arrives = async (path: string, hash: string) =>
      page.waitForURL((url) => url.pathname === path && url.hash === hash)
    const begin = async (path: string) => {
      await page.context().clearCookies()
      await page.goto(`/sign-in?return_to=${encodeURIComponent(path)}#email=ann`)
    }
    await begin('/admin/accounts')
    await page.click(OFFER)
    await arrives('/admin/accounts', '#email=ann')

    await begin('/admin/accounts')
    await page.fill('[name=email]', 'ann@example.com')
    await page.fill('[name=password]', PASSWORD)
    await page.press('[name=password]', 'Enter')
    await arrives('/sign-in/second-factor', '#email=ann')
    await page.click(OFFER)
    await arrives('/admin/accounts', '#email=ann')

    await begin('/account/security')
    await page.click(OFFER)
    await arrives('/account/security', '')
  })

  test('say so where the passkey is not taken, and leave the form as it is', async () => {
    await using person = await open(program.url)
    const { page } = person
    await page.goto('/sign-in')
    await anAuthenticator(page)
    assert.equal(await page.evaluate(MAKE_UNKNOWN_PASSKEY), true)
    await page.fill('[name=email]', EMAIL)
    await page.click(OFFER)
    const problem = page.locator('.passkey .problem')
    await problem.getByText('The passkey was not accepted.').waitFor()
    assert.equal(await page.inputValue('[name=email]'), EMAIL)

    for (const [name, options] of UNREACHED) {
      await page.route('**/passkey_options', (route) => (options ? route.fulfill(options) : route.abort('failed')))
      await page.click(OFFER)
      await problem.getByText('That did not work just now.').waitFor()
      assert.equal(await page.locator(OFFER).isEnabled(), true, name)
      await page.unrouteAll()
    }
  })

  test('say nothing of the last time while they are tried again, and can be pressed on a page that comes back', async () => {
    await using person = await open(program.url, { locale: 'de' })
    const { page } = person
    await page.goto('/sign-in')
    await anAuthenticator(page)
    await page.click(OFFER)
    await page.locator('.passkey .problem').getByText('Es wurde kein Passkey verwendet.').waitFor()
    await page.route('**/passkey_options', () => undefined)
    await page.click(OFFER)
    await page.locator('.passkey .problem').waitFor({ state: 'hidden' })
    assert.equal(await page.locator(OFFER).isDisabled(), true)
    await page.evaluate(`window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`)
    assert.equal(await page.locator(OFFER).isEnabled(), true)
  })
})

/** Run in the page: its authenticator gets a passkey for this site that the server never heard of. */
const MAKE_UNKNOWN_PASSKEY = `navigator.credentials.create({
  publicKey: {
    challenge: new Uint8Array(32),
    rp: { name: 'Here' },
    user: { id: new Uint8Array([1]), name: 'nobody', displayName: 'Nobody' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  },
}).then(() => true)`

/** Adds a passkey of the page's authenticator to the account, with the session of that page. */
async function addPasskey(program: Program, page: Page): Promise<void> {
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  const { token } = await (await page.request.post('/api/v1/sessions/jwt', { headers, data: {} })).json()
  const options = (await program.call('POST', '/security/passkeys/options', { token })).body
  const credential = await page.evaluate(`navigator.credentials
    .create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)}) })
    .then((created) => created.toJSON())`)
  const added = await program.call('POST', '/security/passkeys', { token, json: { name: 'Laptop', credential } })
  assert.equal(added.status, 201, JSON.stringify(added.body))
}
