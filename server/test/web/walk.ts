import { URL } from 'node:url'
import { TOTP, URI } from 'otpauth'
import type { Page } from 'playwright-core'
import { aPng } from '../support/multipart.ts'
import { nextMessage, type Program } from '../support/program.ts'

export const EMAIL = 'mary@example.com'
export const PASSWORD = 'umbrella over chimneys 64'
const NUMBER = '+14155552671'

/** Signs up on the page and opens the link of the mail. */
export async function signUp(program: Program, page: Page, email = EMAIL): Promise<void> {
  await page.goto('/sign-up')
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', PASSWORD)
  await page.click('button[type=submit]')
  await page.locator('.mark.good').waitFor()
  await page.goto(linkIn((await nextMessage(program, email)).text))
  await page.click('main button[type=submit]')
  await page.locator('.mark.good').waitFor()
}

/** Fills in the sign-in page, wherever it is shown. */
export async function signIn(page: Page, password = PASSWORD, email = EMAIL): Promise<void> {
  await page.goto('/sign-in')
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', password)
  await page.press('[name=password]', 'Enter')
}

/** Adds a phone and enters the code of the SMS. */
export async function verifyPhone(program: Program, page: Page, number = NUMBER): Promise<void> {
  await page.goto('/account/phone')
  await page.fill('input[type=tel]', number)
  await page.keyboard.press('Enter')
  const field = page.locator('.code-field')
  await field.waitFor()
  const { text } = await nextMessage(program, number)
  await field.fill(/\d{6}/.exec(text)?.[0] ?? '')
  await page.waitForURL('**/account')
}

/** Hands in a profile; the names are what somebody typed. */
export async function fillProfile(page: Page, names: { first: string; last: string }): Promise<void> {
  await page.goto('/account/profile')
  await page.fill('[autocomplete=given-name]', names.first)
  await page.fill('[autocomplete=family-name]', names.last)
  await page.fill('[autocomplete=bday]', '1964-08-27')
  await page.fill('[autocomplete=street-address]', '17 Cherry Tree Lane')
  await page.fill('[autocomplete=postal-code]', 'NW1 6XE')
  await page.fill('[autocomplete=address-level2]', 'London')
  const country = page.locator('input[autocomplete=country]')
  await country.fill('Unit')
  await page.getByRole('option', { name: 'United Kingdom', exact: true }).click()
  await page.locator('main button[type=submit]').click()
  await page.waitForURL('**/account/documents')
}

/** Hands in a passport. */
export async function handInPassport(page: Page, name = 'passport.png'): Promise<void> {
  await page.goto('/account/documents')
  const number = page.locator('main input[autocomplete=off]')
  await number.fill('AB 123456')
  await page.fill('main input[type=date]', '2099-12-31')
  await page.setInputFiles('input[type=file]', { name, mimeType: 'image/png', buffer: aPng(2000) })
  await page.locator('main button[type=submit]').click()
  await page.locator('[role=status]').filter({ hasText: /./ }).first().waitFor()
}

/** Turns the second factor on; returns the person's app. */
export async function enableTwoFactor(page: Page): Promise<TOTP> {
  await page.goto('/account/security/two-factor')
  const enrolment = page.waitForResponse('**/generate_qrcode')
  await page.locator('main button').first().click()
  const { data } = await (await enrolment).json()
  const app = URI.parse(data.url)
  if (!(app instanceof TOTP)) throw new Error('The QR code is not that of an authenticator app.')
  await page.locator('.qr-code img').waitFor()
  await page.locator('.code-field').fill(app.generate())
  await page.locator('#recovery').waitFor()
  return app
}

/** The link of a mail, as a path of this server. */
export function linkIn(text: string): string {
  const { pathname, search, hash } = new URL(/https?:\/\/\S+/.exec(text)?.[0] ?? '')
  return `${pathname}${search}${hash}`
}

/** How far the page can be scrolled to the side, in pixels. */
export const sideways = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
