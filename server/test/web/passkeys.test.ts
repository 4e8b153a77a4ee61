import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { anAuthenticator, chromiumForSuite, noChromium } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { type Program, startProgram } from '../support/program.ts'
import { aResident, signedIn } from './residents.ts'
import { PASSWORD, signIn } from './walk.ts'
import { ADMIN } from './world.ts'

onEachDatabase('Passkeys in a browser', (newDatabase) => {
  const open = chromiumForSuite()
  let program: Program
  before(async () => {
    // An address is no domain that passkeys could belong to.
    if (noChromium === false) program = await startProgram(await newDatabase(), ADMIN, 'localhost')
  })
  after(() => program?.[Symbol.asyncDispose]())

  test('are added, named and used: as second factor, in place of the password, and at an application', {
    skip: noChromium,
  }, async () => {
    const { email } = await aResident(program, 'ada@example.com')
    await using person = await open(program.url)
    const { page } = person
    await anAuthenticator(page)
    await signIn(page, PASSWORD, email)
    await page.waitForURL('**/account')
    await page.goto('/account/security/passkeys')
    await page.getByText('You have no passkeys yet.').waitFor()
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByText('Your passkey is added.').waitFor()
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByText('This device has a passkey of this account already.').waitFor()
    await page.getByRole('button', { name: /^Rename/ }).click()
    await page.getByLabel('Name').fill('My <i>phone</i>')
    await page.keyboard.press('Enter')
    await page.locator('.row').getByText('My <i>phone</i>').waitFor()
    await page.locator('button:focus', { hasText: 'Rename' }).waitFor()
    await page.getByRole('button', { name: /^Remove/ }).click()
    await page.keyboard.press('Enter')
    await page.locator('button:focus', { hasText: 'Remove' }).waitFor()
    await page.getByRole('button', { name: 'Make new codes' }).click()
    await page.locator('.codes li').nth(9).waitFor()

    await leave(page)
    await signIn(page, PASSWORD, email)
    await page.waitForURL('**/sign-in/second-factor**')
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.waitForURL('**/account')

    await leave(page)
    await page.goto('/sign-in?return_to=/account/security')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('heading', { name: 'Security', exact: true }).waitFor()
    await page.locator('a[href$="/security/passkeys"]').getByText('On', { exact: true }).waitFor()

    await leave(page)
    await page.goto(await anApplication())
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('button', { name: 'Allow' }).waitFor()

    await page.goto('/account/security/passkeys')
    await page.getByText('Last used').waitFor()
    await page.getByRole('button', { name: /^Remove/ }).click()
    await page.getByRole('button', { name: 'Remove passkey' }).click()
    await page.getByText('You have no passkeys yet.').waitFor()
    await page.locator('button:focus', { hasText: 'Add a passkey' }).waitFor()
  })

  test('that are lost: a recovery code confirms what is dangerous', { skip: noChromium }, async () => {
    const { email } = await aResident(program, 'ben@example.com')
    await using person = await open(program.url)
    const { page } = person
    await anAuthenticator(page)
    await signIn(page, PASSWORD, email)
    await page.waitForURL('**/account')
    await page.goto('/account/security/passkeys')
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByText('Your passkey is added.').waitFor()
    await page.getByRole('button', { name: 'Make new codes' }).click()
    await page.locator('.codes li').nth(9).waitFor()
    const [code = ''] = await page.locator('.codes li').allInnerTexts()

    // What the server answers once SUDO_LIFETIME is over.
    const late = { error: 'Please confirm your password' }
    const headers = {
      'www-authenticate': 'Bearer realm="Barong", error="insufficient_user_authentication", max_age="60"',
    }
    await page.route('**/security/passkeys/*', (route) => route.fulfill({ status: 403, headers, json: late }), {
      times: 1,
    })
    await page.getByRole('button', { name: /^Remove/ }).click()
    await page.getByRole('button', { name: 'Remove passkey' }).click()
    const password = page.locator('input[autocomplete=current-password]')
    await password.fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.locator('[role=alert], .mantine-InputWrapper-error').first().waitFor()
    await page.getByRole('textbox', { name: 'Recovery code' }).fill(code)
    await page.keyboard.press('Enter')
    await page.getByText('You have no passkeys yet.').waitFor()
  })

  test('that are not there leave the page as it was, with a word about it', { skip: noChromium }, async () => {
    await using person = await open(program.url)
    await anAuthenticator(person.page)
    await person.page.goto('/sign-in')
    await person.page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await person.page.getByText('No passkey was used.').waitFor()
    await person.page.locator('[name=password]').waitFor()
  })

  async function anApplication(): Promise<string> {
    const admin = await signedIn(program, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)
    const application = { name: 'Shop', redirect_uris: ['https://shop.example/callback'], public: true }
    const { body } = await admin.call('POST', '/admin/applications', application)
    const query = new URLSearchParams({
      client_id: body.uid,
      redirect_uri: 'https://shop.example/callback',
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
    return `/oauth/authorize?${query}`
  }
})

async function leave(page: Page): Promise<void> {
  await page.goto('/account')
  await page.locator('form[action="/sign-out"] button').click()
  await page.waitForURL('**/sign-in?signed_out=yes')
}
