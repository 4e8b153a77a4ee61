import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { type Program, startProgram } from '../support/program.ts'
import { EMAIL, enableTwoFactor, fillProfile, handInPassport, signIn, signUp, verifyPhone } from './walk.ts'

/** One look on each database. */
const LOOKS = {
  sqlite: { colorScheme: 'light', viewport: { width: 1000, height: 800 } },
  postgres: { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
} as const

onEachDatabase('An account holder in a browser', (newDatabase, kind) => {
  const open = chromiumForSuite()
  let program: Program
  before(async () => {
    if (noChromium === false) program = await startProgram(await newDatabase())
  })
  after(() => program?.[Symbol.asyncDispose]())

  // ASVS 7.4.4
  test('goes from sign-up to a handed-in passport, a second factor and a key, and out again', {
    skip: noChromium,
  }, async () => {
    await using person = await open(program.url, LOOKS[kind])
    const { page } = person
    await signUp(program, page)

    await signIn(page, 'not the password')
    assert.equal(await page.inputValue('[name=email]'), EMAIL)
    assert.match(await page.locator('[role=alert]:visible').innerText(), /Invalid Email or Password/)
    await signIn(page)
    await page.waitForURL('**/account')
    assert.match(await page.locator('.path').innerText(), /E-mail\s+Done\s+2?\s*Phone\s+Next step/)

    await verifyPhone(program, page)
    await fillProfile(page, { first: "Mary-Ann O'Neil", last: 'Poppins' })
    await handInPassport(page, '<svg onload=alert(3)>.png')
    await page.goto('/account')
    assert.match(await page.locator('.path').innerText(), /Identity\s+Being reviewed/)
    await page.goto('/account/profile')
    assert.match(await page.locator('.facts').innerText(), /Mary-Ann O'Neil/)

    const app = await enableTwoFactor(page)
    await page.goto('/account/security/api-keys')
    await page.locator('main .code-field').first().waitFor()
    await page.getByLabel('Only from these addresses').fill('203.0.113.0/24, 2001:db8::/32')
    await page.getByLabel('Until the end of').fill('2099-01-31')
    await page.getByLabel('How often at most').fill('10/1s')
    const registered = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/api_keys'))
    // The code that turned it on is used up.
    await page
      .locator('main .code-field')
      .first()
      .fill(app.generate({ timestamp: Date.now() + 30_000 }))
    const { allowed_networks, expires_at, rate } = await (await registered).json()
    assert.deepEqual(
      [allowed_networks, expires_at, rate],
      ['203.0.113.0/24,2001:db8::/32', '2099-01-31T23:59:59Z', '10/1s'],
    )
    const save = page.getByRole('button', { name: 'Save the private key' })
    await save.waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), save.click()])
    const key = createPrivateKey(readFileSync(await download.path()))
    assert.equal(createPublicKey(key).asymmetricKeyDetails?.namedCurve, 'prime256v1')

    await page.locator('form[action="/sign-out"] button').click()
    await page.waitForURL('**/sign-in?signed_out=yes')
    await page.goto('/account')
    await page.waitForURL('**/sign-in?return_to=%2Faccount')
  })
})
