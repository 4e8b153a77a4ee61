import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { loadConfig } from '../../src/platform/config/config.ts'
import { openDatabase } from '../../src/platform/db/open.ts'
import { anAuthenticator, chromiumForSuite, noChromium } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { type Program, startProgram } from '../support/program.ts'
import { aResident, MANY_PEOPLE } from './residents.ts'
import { enableTwoFactor, PASSWORD, signIn } from './walk.ts'
import { ADMIN } from './world.ts'

const NEW_PASSWORD = 'eight lanterns uphill'

onEachDatabase('What has to be done first, in a browser', (newDatabase) => {
  const open = chromiumForSuite()
  let program: Program
  let database: string
  before(async () => {
    if (noChromium !== false) return
    database = await newDatabase()
    // An address is no domain that passkeys could belong to.
    program = await startProgram(
      database,
      { ...ADMIN, ...MANY_PEOPLE, REQUIRE_SECOND_FACTOR: 'everybody' },
      'localhost',
    )
  })
  after(() => program?.[Symbol.asyncDispose]())

  // ASVS 6.4.1, 6.3.3
  test('a password that somebody else chose is replaced, then an app is set up, and all is open', {
    skip: noChromium,
  }, async () => {
    const { email } = await aResident(program, 'ada@example.com')
    await givePassword(email)
    await using person = await open(program.url)
    const { page } = person
    await signIn(page, PASSWORD, email)
    await page.waitForURL('**/account/security/password')
    await page.getByText('Your password was chosen by somebody else.').waitFor()
    await page.goto('/account/phone')
    await page.waitForURL('**/account/security/password')
    const present = page.getByLabel('Present password')
    await present.fill('not the password')
    await page.getByLabel('New password').fill(NEW_PASSWORD)
    await page.keyboard.press('Enter')
    await page.locator('[autocomplete=current-password][aria-invalid=true]:focus').waitFor()
    await present.fill(PASSWORD)
    await present.press('Enter')
    await page.waitForURL('**/account/security/two-factor')
    await page.getByText('Everybody needs a second factor here.').waitFor()
    await enableTwoFactor(page)
    await page.getByText('Everybody needs a second factor here.').waitFor({ state: 'detached' })
    await page.goto('/account/phone')
    await page.locator('input[type=tel]').waitFor()
    assert.match(page.url(), /\/account\/phone$/)
  })

  // ASVS 6.3.3
  test('a passkey will do in place of an app', { skip: noChromium }, async () => {
    const { email } = await aResident(program, 'ben@example.com')
    await using person = await open(program.url)
    const { page } = person
    await anAuthenticator(page)
    await signIn(page, PASSWORD, email)
    await page.waitForURL('**/account/security/two-factor')
    await page.getByRole('link', { name: 'Use a passkey instead' }).click()
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByText('Your passkey is added.').waitFor()
    await page.getByText('Everybody needs a second factor here.').waitFor({ state: 'detached' })
    await page.goto('/account/phone')
    await page.locator('input[type=tel]').waitFor()
  })

  async function givePassword(email: string): Promise<void> {
    const db = openDatabase(loadConfig({ DATABASE_URL: database }).database)
    try {
      await db
        .updateTable('accounts')
        .set({ password_given_at: '2026-01-01T00:00:00.000Z' })
        .where('email', '=', email)
        .execute()
    } finally {
      await db.destroy()
    }
  }
})
