import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible } from '../support/axe.ts'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { type Console, enter, handIn, STAFF, startConsole } from './console-world.ts'

const DESK = { viewport: { width: 1280, height: 900 } } as const
const ANN = 'ann@example.com'

describe('The review desk', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  let world: Console
  before(async () => {
    world = await startConsole('sqlite:')
    for (const person of [ANN, 'bob@example.com']) await handIn(world, person)
  })
  after(() => world?.[Symbol.asyncDispose]())

  test('stays with the person who was claimed, whatever the filter says of them by now', async () => {
    await using person = await open(world.program.url, DESK)
    const { page } = person
    await enter(page, STAFF.compliance, '/admin/reviews?claimed=nobody')
    await caseOf(page, ANN)
    await page.waitForURL(/case=\d/)
    await page.getByLabel('Country').focus()
    await page.keyboard.press('Tab')
    assert.match(page.url(), /case=\d/)
    await page.locator('h1').click()
    await page.keyboard.press('c')
    await page.locator('.sheet img').waitFor()
    await page.locator('.queue button').filter({ hasText: ANN }).waitFor({ state: 'detached' })
    await page.getByText('It is yours until').waitFor()
    await caseOf(page, ANN)
    await page.getByRole('button', { name: 'Give back' }).click()
    await page.getByRole('button', { name: 'Claim' }).waitFor()
  })

  test('keeps the case and what was typed while reads fail, and while one is signed out', async () => {
    await using person = await open(world.program.url, DESK)
    const { page } = person
    await page.clock.install()
    await enter(page, STAFF.compliance, '/admin/reviews')
    await caseOf(page, ANN)
    await page.keyboard.press('c')
    await page.getByRole('button', { name: 'Give back' }).waitFor()
    const tick = page.locator('.case').getByRole('checkbox', { name: 'Ulm' })
    await tick.check()
    await page.keyboard.press('m')
    const dialog = page.getByRole('dialog')
    const send = dialog.getByRole('button', { name: 'Ask for more' })
    await dialog.getByRole('checkbox', { name: 'Another reason, told below.' }).check()
    assert.equal(await send.isDisabled(), true)
    const message = dialog.getByLabel('What the person reads')
    await message.fill('Please write your name on it.')

    await failing(page, 429, 'Too many requests, please try again later')
    await page.locator('.case .refused').waitFor()
    await failing(page, 401, 'The access token is invalid')
    await page.locator('.session-cover').waitFor()
    await assertAccessible(page, 'what covers the pages of who is signed out')
    assert.equal(new URL(page.url()).pathname, '/admin/reviews')
    await page.unrouteAll()
    await comeBack(page)
    await page.locator('.session-cover').waitFor({ state: 'detached' })
    assert.equal(await message.inputValue(), 'Please write your name on it.')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.equal(await tick.isChecked(), true)
    await page.keyboard.press('m')
    assert.equal(await message.inputValue(), 'Please write your name on it.')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Give back' }).click()
  })

  test('decides on what was looked at alone, holds the case while it is worked on, and goes on', async () => {
    await using person = await open(world.program.url, DESK)
    const { page } = person
    await page.clock.install()
    await enter(page, STAFF.compliance, '/admin/reviews')
    await caseOf(page, ANN)
    await page.keyboard.press('c')
    await page.getByRole('button', { name: 'Give back' }).waitFor()
    const claimed = page.waitForResponse((response) => response.url().endsWith('/claim'))
    await page.clock.fastForward('06:00')
    await page.locator('h1').click()
    assert.equal((await claimed).status(), 200)

    await page.keyboard.press('a')
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    await handIn(world, ANN, { number: 'CD7771234' })
    const approve = dialog.getByRole('button', { name: 'Approve' })
    for (const _ of [1, 2]) {
      const answered = page.waitForResponse((response) => response.url().endsWith('/decision'))
      await approve.click()
      assert.equal((await answered).status(), 409)
      await page.locator('.case').getByRole('tab').nth(1).waitFor()
      await dialog.getByText('look at the case again').waitFor()
    }
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.keyboard.press('a')
    await approve.click()
    await caseOf(page, 'bob@example.com')
  })
})

/** Waits until a person's case is on the desk. */
const caseOf = (page: Page, email: string): Promise<void> => page.locator(`.case[aria-label="${email}"]`).waitFor()

/** The person comes back to the page after a while, which then reads anew what it shows. */
async function comeBack(page: Page): Promise<void> {
  const read = page.waitForResponse((response) => response.url().endsWith('/admin/permissions'))
  await page.clock.fastForward('00:20')
  await page.evaluate(`window.dispatchEvent(new Event('visibilitychange'))`)
  await read
}

/** From now on every read is refused so, and the page has noticed. */
async function failing(page: Page, status: number, error: string): Promise<void> {
  await page.route('**/api/v1/**', (route) => route.fulfill({ status, json: { error } }))
  await comeBack(page)
}
