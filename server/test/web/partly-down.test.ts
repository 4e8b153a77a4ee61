import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { type Program, startProgram } from '../support/program.ts'
import { aResident, type Resident } from './residents.ts'

const REFUSED = { status: 422, json: { error: 'Something went wrong' } }

describe('Pages of an account of which one part is not answered', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  let program: Program
  let ada: Resident
  before(async () => {
    program = await startProgram('sqlite:')
    ada = await aResident(program, 'ada@example.com')
  })
  after(() => program[Symbol.asyncDispose]())

  test('say so above what is known, where the holds are missing', async () => {
    await using person = await open(program.url, { storageState: ada.storageState })
    await person.page.route('**/security/holds', (route) => route.fulfill(REFUSED))
    await person.page.goto('/account/security')
    await person.page.locator('.refused').waitFor()
    await person.page.getByRole('link', { name: 'Passkeys' }).waitFor()
  })

  for (const part of ['labels', 'reviews/me', 'profiles/me'])
    test(`say so in place of the profile, where ${part} are missing`, async () => {
      await using person = await open(program.url, { storageState: ada.storageState })
      await person.page.route(`**/api/v1/**/${part}`, (route) => route.fulfill(REFUSED))
      await person.page.goto('/account/profile')
      await person.page.locator('.refused').waitFor()
    })

  for (const page of ['two-factor', 'api-keys'])
    test(`say so in place of ${page}, where it is not known who is signed in`, async () => {
      await using person = await open(program.url, { storageState: ada.storageState })
      await person.page.route('**/accounts/me', (route) => route.fulfill(REFUSED))
      await person.page.goto(`/account/security/${page}`)
      await person.page.locator('.refused').waitFor()
    })

  test('lead to the page that says one is signed out, though something is refused before it comes', async () => {
    const { storageState } = await aResident(program, 'eve@example.com')
    await using person = await open(program.url, { storageState })
    const { page } = person
    const signingOut = Promise.withResolvers<void>()
    await page.route('**/api/v1/**/labels', async (route) => {
      await signingOut.promise
      await route.fulfill({ status: 401, json: { error: 'The access token was revoked' } })
    })
    await page.route('**/sign-out', async (route) => {
      const refused = page.waitForResponse((response) => response.status() === 401)
      signingOut.resolve()
      await refused
      await pause(300)
      await route.continue()
    })
    await page.goto('/account')
    await page.locator('.sign-out').click()
    await page.waitForURL('**/sign-in?signed_out=yes')
  })

  for (const [path, part, field] of [
    ['profile', 'profiles/me', '[autocomplete=given-name]'],
    ['documents', 'documents', 'main input[autocomplete=off]'],
  ] as const)
    test(`keep what is typed on ${path}, and say so above it, where ${part} are asked for again in vain`, async () => {
      await using person = await open(program.url, { storageState: ada.storageState })
      const { page } = person
      await page.clock.install()
      await page.goto(`/account/${path}`)
      await page.locator(field).fill('Ada')
      await page.route(`**/api/v1/**/${part}`, (route) => route.fulfill(REFUSED))
      await comeBack(page)
      await page.locator('.refused').waitFor()
      assert.equal(await page.inputValue(field), 'Ada')
    })
})

/** Leaves the page for so long that what it knows is asked for again, and comes back. */
async function comeBack(page: Page): Promise<void> {
  await page.clock.fastForward(120_000)
  await page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
}
