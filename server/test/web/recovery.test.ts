import { after, before, test } from 'node:test'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { nextMessage, type Program, startProgram } from '../support/program.ts'
import { aResident, MANY_PEOPLE } from './residents.ts'
import { enableTwoFactor, linkIn, PASSWORD, signIn } from './walk.ts'

onEachDatabase('Somebody who lost something', (newDatabase) => {
  const open = chromiumForSuite()
  let program: Program
  before(async () => {
    if (noChromium === false) program = await startProgram(await newDatabase(), MANY_PEOPLE)
  })
  after(() => program?.[Symbol.asyncDispose]())

  test('signs in with a recovery code in place of the phone, once, and chooses a new password by mail, which puts withdrawals on hold', {
    skip: noChromium,
  }, async () => {
    const { email } = await aResident(program, 'ada@example.com')
    await using person = await open(program.url)
    const { page } = person
    await signIn(page, PASSWORD, email)
    await page.waitForURL('**/account')
    const app = await enableTwoFactor(page)
    await page.locator('.code-field').fill(app.generate({ timestamp: Date.now() + 30_000 }))
    await page.locator('.codes li').nth(9).waitFor()
    const [code = '', other = ''] = await page.locator('.codes li').allInnerTexts()

    await page.context().clearCookies()
    await signIn(page, PASSWORD, email)
    await page.fill('[name=code]', code)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.waitForURL('**/account')
    await page.goto('/account/security/two-factor')
    await page.getByText('9 codes are unused.').waitFor()

    await page.context().clearCookies()
    await signIn(page, PASSWORD, email)
    await page.fill('[name=code]', code)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.locator('[role=alert]:visible').waitFor()

    const known = (await program.messagesTo(email)).length
    await page.goto('/forgotten-password')
    await page.fill('[name=email]', email)
    await page.click('main button[type=submit]')
    await page.goto(linkIn((await nextMessage(program, email, known)).text))
    await page.fill('[name=password]', `${PASSWORD} and more`)
    await page.fill('[name=password_confirmation]', `${PASSWORD} and more`)
    await page.click('main button[type=submit]')
    await page.locator('.mark.good').waitFor()
    await signIn(page, `${PASSWORD} and more`, email)
    await page.fill('[name=code]', other)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.waitForURL('**/account')
    await page.locator('.holds').getByText('your password was reset').waitFor()
    await page.goto('/account/security/notices')
    for (const what of ['Password reset', 'Recovery code used', 'Recovery codes made', 'Second factor turned on'])
      await page.locator('.rows').getByText(what).first().waitFor()
  })

  test('gets another e-mail address once the owners of both have agreed, and can call it off before', {
    skip: noChromium,
  }, async () => {
    const { email, storageState } = await aResident(program, 'ben@example.com')
    await using person = await open(program.url, { storageState })
    const { page } = person
    const ask = async (address: string) => {
      await page.goto('/account/security/email')
      await page.getByLabel('New address').fill(address)
      await page.keyboard.press('Enter')
    }
    await ask(email)
    await page.getByText('This is your address already.').waitFor()
    await ask('ben.sommer@example.com')
    await page.getByText('A change is under way').waitFor()
    await page.getByRole('button', { name: 'Call it off' }).click()
    await page.getByLabel('New address').waitFor()
    await ask('ben.winter@example.com')
    await page.getByText('A change is under way').waitFor()
    const agree = async (address: string, known: number) => {
      await page.goto(linkIn((await nextMessage(program, address, known)).text))
      await page.getByRole('button', { name: 'Agree' }).click()
      await page.locator('.mark.good').waitFor()
    }
    await agree('ben.winter@example.com', 0)
    await page.goto('/account/security/email')
    await page.locator('.answer').filter({ hasText: 'New address' }).getByText('Agreed').waitFor()
    const mails = await program.messagesTo(email)
    await page.goto(linkIn(mails.findLast(({ subject }) => subject.includes('is to be changed'))?.text ?? ''))
    await page.getByRole('button', { name: 'Agree' }).click()
    await page.locator('.mark.good').waitFor()
    await page.goto('/account')
    await page.getByText('ben.winter@example.com').waitFor()
    await page.locator('.holds').getByText('your e-mail address was changed').waitFor()
  })
})
