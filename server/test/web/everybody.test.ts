import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible } from '../support/axe.ts'
import { chromiumForSuite, noChromium, type Person } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { type Program, startProgram } from '../support/program.ts'
import { MANY_PEOPLE } from './residents.ts'
import { account, entrance, type Scene } from './scenes.ts'
import { sideways } from './walk.ts'
import { ADMIN, aWorld, type World } from './world.ts'

/** One look on each database, so that every page is seen in light and dark, wide and narrow, and in both directions. */
const LOOKS = {
  sqlite: { colorScheme: 'light', locale: 'en', viewport: { width: 1000, height: 800 } },
  postgres: { colorScheme: 'dark', locale: 'ar', viewport: { width: 360, height: 740 } },
} as const

onEachDatabase('Pages', (newDatabase, kind) => {
  const open = chromiumForSuite()
  let program: Program
  let world: World
  before(async () => {
    if (noChromium !== false) return
    program = await startProgram(await newDatabase(), { ...ADMIN, ...MANY_PEOPLE })
    world = await aWorld(program)
  })
  after(() => program?.[Symbol.asyncDispose]())

  for (const group of [entrance, account]) {
    test(`of the ${group.name} keep nobody out, fit the screen and stand still`, { skip: noChromium }, async () => {
      await using here = new AsyncDisposableStack()
      const known = new Map<Scene['as'], Person>()
      for (const { name, path, as, act } of group(world)) {
        const signedIn = as === undefined ? {} : { storageState: world[as].storageState }
        const person = known.get(as) ?? here.use(await open(program.url, { ...LOOKS[kind], ...signedIn }))
        // Who is signed in goes from page to page, and their browser has read the scripts; each stranger comes anew.
        if (as !== undefined) known.set(as, person)
        const { page } = person
        await page.goto(path, { waitUntil: 'networkidle' })
        await act?.(page)
        await page.locator('main h1').first().waitFor()
        await assertAccessible(page, name)
        assert.equal(await sideways(page), 0, `${name} is wider than the screen`)
        assert.ok((await shift(page)) < 0.1, `${name} moves: ${await shift(page)}`)
        assert.equal(await page.getAttribute('html', 'dir'), LOOKS[kind].locale === 'ar' ? 'rtl' : 'ltr')
      }
    })
  }
})

/** The sum of layout shifts so far (web.dev/cls). */
const shift = (page: Page): Promise<number> =>
  page.evaluate<number>(`new Promise((resolve) => {
    let sum = 0
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
    setTimeout(() => resolve(sum), 50)
  })`)
