import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { nextMessage, type Program, startProgram } from '../support/program.ts'
import { EMAIL, linkIn, PASSWORD } from './walk.ts'

const NUMBER = '+14155552671'

describe('Somebody who has only a keyboard', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  let program: Program
  before(async () => {
    program = await startProgram('sqlite:')
  })
  after(() => program[Symbol.asyncDispose]())

  test('comes from sign-up to a handed-in profile, and always sees where they are', async () => {
    await using person = await open(program.url)
    const { page } = person
    await page.goto('/sign-up')
    await tabTo(page, 'E-mail')
    await page.keyboard.type(EMAIL)
    await tabTo(page, 'Password')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')
    await page.locator('.mark.good').waitFor()
    await page.goto(linkIn((await nextMessage(program, EMAIL)).text))
    await tabTo(page, 'Confirm')
    await page.keyboard.press('Enter')
    await page.locator('.mark.good').waitFor()
    await tabTo(page, 'Sign in')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/sign-in')
    await tabTo(page, 'E-mail')
    await page.keyboard.type(EMAIL)
    await tabTo(page, 'Password')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')

    await page.locator('.path').waitFor()
    await tabTo(page, 'Add a phone')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Phone number')
    await page.keyboard.type(NUMBER)
    await page.keyboard.press('Enter')
    await page.locator('.code-field').waitFor()
    assert.equal(await focused(page), 'Code')
    await page.keyboard.type(/\d{6}/.exec((await nextMessage(program, NUMBER)).text)?.[0] ?? '')
    await page.waitForURL('**/account')

    await page.locator('.path').waitFor()
    await tabTo(page, 'Fill in your profile')
    await page.keyboard.press('Enter')
    const typed = {
      'First name': 'Mary',
      'Last name': 'Poppins',
      Birthday: '08271964',
      'Street and number': '17 Cherry Tree Lane',
      Postcode: 'NW1 6XE',
      City: 'London',
    }
    for (const [label, text] of Object.entries(typed)) {
      await tabTo(page, label)
      await page.keyboard.type(text)
    }
    await tabTo(page, 'Country')
    await page.keyboard.type('United Kingd')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Continue')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Your documents' }).waitFor()
    await tabTo(page, 'Skip to content')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Photo or scan')
  })
})

/** Presses Tab until what has that name has the focus; fails where it is out of reach, or where the focus cannot be seen. */
async function tabTo(page: Page, name: string): Promise<void> {
  await page.locator('main h1').first().waitFor()
  for (let presses = 0; presses < 40; presses += 1) {
    if ((await focused(page)).startsWith(name)) {
      assert.equal(await page.evaluate<boolean>(IS_SEEN), true, `the focus on ${name} cannot be seen`)
      return
    }
    await page.keyboard.press('Tab')
  }
  assert.fail(`${name} cannot be reached`)
}

/** What a screen reader calls the element that has the focus. */
const focused = (page: Page): Promise<string> =>
  page.evaluate<string>(`(() => {
    const it = document.activeElement
    if (it === document.body) return ''
    const label = it.labels?.[0]
    return (it.getAttribute('aria-label') ?? label?.innerText ?? it.innerText ?? '').trim()
  })()`)

/** Colours may take a moment to change. */
const IS_SEEN = `(async () => {
  const it = document.activeElement
  const around = [it, ...(it.type === 'file' ? [it.parentElement] : [])]
  const looks = async () => {
    await new Promise((resolve) => setTimeout(resolve, 250))
    const styles = around.map((each) => getComputedStyle(each))
    return styles.map((style) => [style.outline, style.borderColor, style.boxShadow].join()).join()
  }
  const focused = await looks()
  it.blur()
  const plain = await looks()
  it.focus()
  return focused !== plain
})()`
