import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { nextMessage, type Program, startProgram } from '../support/program.ts'
import { EMAIL, fillProfile, handInPassport, signIn, signUp, verifyPhone } from './walk.ts'
import { ADMIN } from './world.ts'

onEachDatabase('A person and an officer, each in a browser', (newDatabase) => {
  const open = chromiumForSuite()
  let program: Program
  before(async () => {
    if (noChromium === false) program = await startProgram(await newDatabase(), ADMIN)
  })
  after(() => program?.[Symbol.asyncDispose]())

  test('go from sign-up over a rejection, a request for more and a corrected profile to approval', {
    skip: noChromium,
  }, async () => {
    await using holder = await open(program.url)
    await using desk = await open(program.url, { viewport: { width: 1400, height: 900 } })
    const { page: person } = holder
    const { page: officer } = desk
    await signUp(program, person)
    await signIn(person)
    await person.waitForURL('**/account')
    await verifyPhone(program, person)
    await fillProfile(person, { first: 'Mary', last: 'Popins' })
    await handInPassport(person)
    await person.goto('/account')
    assert.match(await person.locator('.path').innerText(), /Identity\s+Being reviewed/)

    await officer.goto('/admin/reviews')
    await officer.waitForURL('**/sign-in**')
    await officer.fill('[name=email]', ADMIN.ADMIN_EMAIL)
    await officer.fill('[name=password]', ADMIN.ADMIN_PASSWORD)
    await officer.press('[name=password]', 'Enter')
    await officer.waitForURL('**/admin/reviews**')
    await decide(officer, 'Reject', 'The document cannot be read.', 'Please take the photo by daylight.')

    await person.goto('/account')
    const next = person.locator('.next-step')
    await next.getByText('Please take the photo by daylight.').waitFor()
    assert.match(await next.innerText(), /We could not accept your document[\s\S]+hard to read/)
    await next.getByRole('link', { name: 'Hand in again' }).click()
    await person.getByText('hard to read').waitFor()
    await handInPassport(person, 'sharper.png')
    await person.goto('/account')
    assert.match(await person.locator('.path').innerText(), /Identity\s+Being reviewed/)

    await decide(officer, 'Ask for more', 'The document says something else', 'Your name has two p in the passport.')
    await person.goto('/account')
    await person.getByText('Your name has two p in the passport.').waitFor()
    assert.match(await person.locator('.path').innerText(), /Identity\s+More is needed/)
    await person.getByRole('link', { name: 'Correct your profile' }).click()
    const last = person.locator('[autocomplete=family-name]')
    assert.equal(await last.inputValue(), 'Popins')
    await last.fill('Poppins')
    await person.locator('main button[type=submit]').click()
    await person.waitForURL('**/account/documents')

    await decide(officer, 'Approve')
    await person.goto('/account')
    await person.getByText('Level 3').waitFor()
    assert.match(await person.locator('.path').innerText(), /Identity\s+Done/)
    await person.goto('/account/documents')
    await person.getByText('Your identity is verified.').waitFor()
    const mails = await program.messagesTo(EMAIL)
    assert.ok(mails.some(({ text }) => text.includes('Please take the photo by daylight.')))
    assert.equal((await nextMessage(program, EMAIL, mails.length - 1)).subject, 'Your identity was approved')
  })

  test('end with a person who is rejected for good and has nothing left to hand in', { skip: noChromium }, async () => {
    await using desk = await open(program.url, { viewport: { width: 1400, height: 900 } })
    await using holder = await open(program.url)
    const { page: person } = holder
    const again = { email: 'mallory@example.com', number: '+14155552672' }
    await signUp(program, person, again.email)
    await signIn(person, undefined, again.email)
    await person.waitForURL('**/account')
    await verifyPhone(program, person, again.number)
    await fillProfile(person, { first: 'Mallory', last: 'Mask' })
    await handInPassport(person)
    await desk.page.goto('/sign-in?return_to=/admin/reviews')
    await desk.page.fill('[name=email]', ADMIN.ADMIN_EMAIL)
    await desk.page.fill('[name=password]', ADMIN.ADMIN_PASSWORD)
    await desk.page.press('[name=password]', 'Enter')
    await desk.page.waitForURL('**/admin/reviews**')
    await decide(
      desk.page,
      'Reject',
      'The document was forged or altered.',
      'This is a copy of somebody else’s passport.',
    )
    await person.goto('/account')
    await person.getByText('This is a copy of somebody else’s passport.').waitFor()
    assert.match(await person.locator('.next-step').innerText(), /We could not verify you[\s\S]+final/)
    assert.equal(await person.locator('.next-step a').count(), 0)
    await person.goto('/account/documents')
    await person.getByText('This decision is final.').first().waitFor()
    assert.equal(await person.locator('main form').count(), 0)
    await person.goto('/account/profile')
    await person.locator('.facts').waitFor()
    assert.equal(await person.locator('main form').count(), 0)
  })
})

/** Claims the first case of the queue and decides it. */
async function decide(officer: Page, button: string, reason?: string, message?: string): Promise<void> {
  await officer.goto('/admin/reviews')
  await officer.getByRole('button', { name: 'Claim', exact: true }).click()
  await officer.getByRole('button', { name: 'Give back' }).waitFor()
  const decision = officer.locator('.case').getByRole('button', { name: button, exact: true })
  await decision.click()
  const form = officer.getByRole('dialog')
  if (reason !== undefined) await form.getByLabel(reason).check()
  if (message !== undefined) await form.getByLabel('What the person reads').fill(message)
  const decided = officer.waitForResponse((response) => response.url().endsWith('/decision'))
  await form.getByRole('button', { name: button, exact: true }).click()
  assert.equal((await decided).status(), 200)
  await form.waitFor({ state: 'detached' })
}
