import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { nextMessage, type Program, startProgram } from '../support/program.ts'
import { EMAIL, enableTwoFactor, linkIn, PASSWORD, signIn, signUp } from './walk.ts'

describe('Pages one comes in by, in a browser that runs no scripts', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  let program: Program
  before(async () => {
    program = await startProgram('sqlite:')
  })
  after(() => program[Symbol.asyncDispose]())

  // ASVS 3.7.1
  test('sign people up, in with a second factor, and give them a new password', async () => {
    await using scripted = await open(program.url)
    await using plain = await open(program.url, { javaScriptEnabled: false })
    const { page } = plain
    await signUp(program, page)
    await signIn(page)
    await page.waitForURL('**/account')
    assert.match(await page.locator('noscript').innerText(), /needs JavaScript/)

    await signIn(scripted.page)
    await scripted.page.waitForURL('**/account')
    const app = await enableTwoFactor(scripted.page)

    await page.context().clearCookies()
    await signIn(page)
    await page.waitForURL('**/sign-in/second-factor**')
    await page.fill('[name=code]', '000000')
    await page.click('main button[type=submit]')
    assert.match(await page.locator('[role=alert]:visible').innerText(), /not right/)
    await page.fill('[name=code]', app.generate({ timestamp: Date.now() + 30_000 }))
    await page.click('main button[type=submit]')
    await page.waitForURL('**/account')

    const known = (await program.messagesTo(EMAIL)).length
    await page.goto('/forgotten-password')
    await page.fill('[name=email]', EMAIL)
    await page.click('main button[type=submit]')
    await page.goto(linkIn((await nextMessage(program, EMAIL, known)).text))
    await page.fill('[name=password]', `${PASSWORD} and more`)
    await page.fill('[name=password_confirmation]', `${PASSWORD} and more`)
    await page.click('main button[type=submit]')
    await page.locator('.mark.good').waitFor()
  })

  test('speak the language of the browser', async () => {
    await using person = await open(program.url, { javaScriptEnabled: false, locale: 'ar' })
    await person.page.goto('/sign-in')
    assert.equal(await person.page.getAttribute('html', 'dir'), 'rtl')
    assert.equal(await person.page.locator('h1').innerText(), 'تسجيل الدخول')
  })
})
