import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { type Program, startProgram } from '../support/program.ts'
import { aResident } from './residents.ts'
import { PASSWORD, signIn } from './walk.ts'

onEachDatabase('Passkeys in a browser', (newDatabase) => {
  const open = chromiumForSuite()
  let program: Program
  before(async () => {
    // An address is no domain that passkeys could belong to.
    if (noChromium === false) program = await startProgram(await newDatabase(), {}, 'localhost')
  })
  after(() => program?.[Symbol.asyncDispose]())

  test('are added, named and removed on the account’s page, which offers recovery codes for the day they are lost', {
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
    await page.getByRole('button', { name: 'Make new codes' }).click()
    await page.locator('.codes li').nth(9).waitFor()

    await page.goto('/account/security/passkeys')
    await page.getByRole('button', { name: /^Remove/ }).click()
    await page.getByRole('button', { name: 'Remove passkey' }).click()
    await page.getByText('You have no passkeys yet.').waitFor()
  })
})

/** Gives the page's browser an authenticator that says yes. */
async function anAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
