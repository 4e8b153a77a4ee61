import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as openid from 'openid-client'
import { chromiumForSuite, noChromium, type Person } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { nextMessage, type Program, startProgram } from '../support/program.ts'
import { aReceiver, type Receiver } from '../support/receiver.ts'
import { aResident, signedIn } from './residents.ts'
import { enableTwoFactor, PASSWORD } from './walk.ts'
import { ADMIN } from './world.ts'

onEachDatabase('Signing in at an application, in a browser', (newDatabase) => {
  const open = chromiumForSuite()
  let program: Program
  let application: Receiver
  let config: openid.Configuration
  before(async () => {
    if (noChromium !== false) return
    program = await startProgram(await newDatabase(), ADMIN)
    application = await aReceiver()
    // A browser stays where it is when it is answered 204.
    application.answer = (response) => response.setHeader('content-type', 'text/html').end('<p>Welcome back</p>')
    const admin = await signedIn(program, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)
    const { body } = await admin.call('POST', '/admin/applications', {
      name: 'Harbour <b>Exchange</b>',
      redirect_uris: [application.url],
    })
    config = await openid.discovery(new URL(program.url), body.uid, { client_secret: body.secret }, undefined, {
      execute: [openid.allowInsecureRequests],
    })
  })
  after(async () => {
    await application?.[Symbol.asyncDispose]()
    await program?.[Symbol.asyncDispose]()
  })

  /** What a client asks for, and what it needs to take the answer. */
  async function anAttempt() {
    const [code_verifier, state] = [openid.randomPKCECodeVerifier(), openid.randomState()]
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: application.url,
      scope: 'openid email profile',
      code_challenge: await openid.calculatePKCECodeChallenge(code_verifier),
      code_challenge_method: 'S256',
      state,
    })
    const take = (landed: string) =>
      openid.authorizationCodeGrant(config, new URL(landed), { pkceCodeVerifier: code_verifier, expectedState: state })
    return { url: url.href, take }
  }

  /** The address of the application that the browser came back to; nothing else may have been asked elsewhere. */
  async function landing({ page, complaints }: Person): Promise<string> {
    await page.waitForURL(`${application.url}**`)
    const elsewhere = complaints.splice(0)
    assert.ok(elsewhere.every((complaint) => complaint.startsWith(`request: ${new URL(application.url).origin}/`)))
    return page.url()
  }

  // ASVS 10.7.2
  test('takes password, code and consent, gives the client tokens, and is undone on the account’s page', {
    skip: noChromium,
  }, async () => {
    await using person = await open(program.url)
    const { page } = person
    const { uid, email } = await aResident(program, 'ada@example.com')
    await page.goto('/sign-in')
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', PASSWORD)
    await page.press('[name=password]', 'Enter')
    await page.waitForURL('**/account')
    const app = await enableTwoFactor(page)
    await page.context().clearCookies()

    const { url, take } = await anAttempt()
    await page.goto(url)
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', 'not this one')
    await page.press('[name=password]', 'Enter')
    await page.locator('[role=alert]:visible').waitFor()
    assert.equal(await page.inputValue('[name=email]'), email)
    await page.fill('[name=password]', PASSWORD)
    await page.press('[name=password]', 'Enter')
    await page.locator('[name=code]').fill(app.generate({ timestamp: Date.now() + 30_000 }))
    await page.getByRole('button', { name: 'Continue' }).click()
    assert.match(
      await page.locator('main').innerText(),
      /Allow\s+Harbour <b>Exchange<\/b>\s*\?[\s\S]+see your e-mail[\s\S]+You are signed in as ada@example\.com/,
    )
    await page.getByRole('button', { name: 'Allow' }).click()
    const tokens = await take(await landing(person))
    assert.equal(tokens.claims()?.sub, uid)
    const info = await openid.fetchUserInfo(config, tokens.access_token, uid)
    assert.equal(info.email, email)

    await page.goto(`${program.url}/account/security/applications`)
    await page.getByText('Harbour <b>Exchange</b>').waitFor()
    await page.getByRole('button', { name: /Shut out/ }).click()
    await page.getByText('You have not let in any application.').waitFor()
    await assert.rejects(openid.fetchUserInfo(config, tokens.access_token, uid))
  })

  test('lets somebody sign up who has no account yet, and leads them back to the application', {
    skip: noChromium,
  }, async () => {
    await using person = await open(program.url, { javaScriptEnabled: false })
    const { page } = person
    const email = 'cleo@example.com'
    const { url, take } = await anAttempt()
    await page.goto(url)
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', PASSWORD)
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByText('Look into your mail').waitFor()
    const token = /confirmation_token=([\w-]+)/.exec((await nextMessage(program, email)).text)?.[1]
    await program.call('POST', '/accounts/confirm', { json: { confirmation_token: token } })
    await page.getByRole('link', { name: 'Back to sign-in' }).click()
    await page.getByText('to go on to Harbour').waitFor()
    await page.getByRole('link', { name: 'Forgotten your password?' }).click()
    await page.getByRole('link', { name: 'Back to sign-in' }).click()
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', PASSWORD)
    await page.press('[name=password]', 'Enter')
    await page.getByRole('button', { name: 'Allow' }).click()
    assert.ok((await take(await landing(person))).access_token)
  })

  test('works without scripts, and tells the client when the person does not want to', {
    skip: noChromium,
  }, async () => {
    await using person = await open(program.url, { javaScriptEnabled: false })
    const { page } = person
    const { email } = await aResident(program, 'ben@example.com')
    const { url, take } = await anAttempt()
    await page.goto(url)
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', PASSWORD)
    await page.press('[name=password]', 'Enter')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await assert.rejects(take(await landing(person)), { error: 'access_denied' })
    const again = await anAttempt()
    await page.goto(again.url)
    await page.getByRole('button', { name: 'Allow' }).click()
    const { access_token } = await again.take(await landing(person))
    assert.ok(access_token)
  })

  test('sends nobody to an address that the application did not register', { skip: noChromium }, async () => {
    await using person = await open(program.url)
    const { url } = await anAttempt()
    await person.page.goto(url.replace(encodeURIComponent('/hook'), encodeURIComponent('/elsewhere')))
    await person.page.getByText('This did not work').first().waitFor()
    assert.equal(new URL(person.page.url()).origin, program.url)
  })
})
