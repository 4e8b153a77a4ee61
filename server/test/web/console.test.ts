import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible } from '../support/axe.ts'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { aPdf } from '../support/multipart.ts'
import { eventually } from '../support/program.ts'
import { type Console, enter, handIn, STAFF, startConsole } from './console-world.ts'
import { sideways } from './walk.ts'

/** One look for each role and database, so that all of them are looked at. */
const LOOKS = {
  sqlite: {
    admin: { colorScheme: 'light', locale: 'en', viewport: { width: 1280, height: 800 } },
    compliance: { colorScheme: 'dark', locale: 'de', viewport: { width: 1280, height: 800 } },
    support: { colorScheme: 'light', locale: 'ar', viewport: { width: 360, height: 740 } },
  },
  postgres: {
    admin: { colorScheme: 'dark', locale: 'ar', viewport: { width: 1280, height: 800 } },
    compliance: { colorScheme: 'light', locale: 'en', viewport: { width: 360, height: 740 } },
    support: { colorScheme: 'dark', locale: 'de', viewport: { width: 1280, height: 800 } },
  },
} as const
/** Every page of the navigation, and what one must be allowed to do, to see it. */
const PAGES: readonly { path: string; action: string }[] = [
  { path: '/admin/reviews', action: 'reviews.read' },
  { path: '/admin/accounts', action: 'accounts.read' },
  { path: '/admin/levels', action: 'levels.read' },
  { path: '/admin/websites', action: 'websites.read' },
  { path: '/admin/applications', action: 'applications.read' },
  { path: '/admin/webhooks', action: 'webhooks.read' },
  { path: '/admin/events', action: 'events.read' },
  { path: '/admin/audit', action: 'activities.read' },
  { path: '/admin/keys', action: 'keys.read' },
]
const ROLES = ['admin', 'compliance', 'support'] as const

onEachDatabase('The console in a browser', (newDatabase, kind) => {
  const open = chromiumForSuite()
  let world: Console
  before(async () => {
    if (noChromium !== false) return
    world = await startConsole(await newDatabase())
    for (const person of ['ann@example.com', 'bob@example.com']) await handIn(world, person)
  })
  after(() => world?.[Symbol.asyncDispose]())

  for (const role of ROLES)
    test(`opens every page that ${role} may see, keeps nobody out of it, and shows no other`, {
      skip: noChromium,
    }, async () => {
      await using person = await open(world.program.url, LOOKS[kind][role])
      const { page } = person
      await enter(page, STAFF[role])
      const token = await world.token(STAFF[role])
      const { actions } = (await world.program.call('GET', '/admin/permissions', { token })).body
      const may = new Set(actions.map(({ name }: { name: string }) => name))
      const offered = await page.evaluate(PATHS)
      const allowed = PAGES.filter(({ action }) => may.has(action)).map(({ path }) => path)
      assert.deepEqual(offered, allowed)
      if (LOOKS[kind][role].viewport.width < 760) await openMenu(page)
      const people = (await world.program.call('GET', '/admin/accounts?email=ann@example.com', { token })).body.items
      for (const path of ['/admin', ...allowed, `/admin/accounts/${people[0].uid}`]) {
        await page.goto(path, { waitUntil: 'networkidle' })
        await page.locator('.console-main h1').waitFor()
        const documents = page.locator('.panel td [aria-expanded]')
        if (may.has('documents.view') && path.startsWith('/admin/accounts/')) {
          await documents.first().click()
          await page.locator('.sheet img').waitFor()
        } else assert.equal(await documents.count(), 0)
        assert.equal(await page.locator('.refused').count(), 0, path)
        await assertAccessible(page, `${role} ${path}`)
        assert.equal(await sideways(page), 0, `${path} is wider than the screen`)
      }
      for (const { path, action } of PAGES.filter((each) => !may.has(each.action))) {
        await page.goto(path)
        await page.locator('[role=alert]:visible').first().waitFor()
        assert.equal(await page.locator('table').count(), 0, `${role} without ${action} at ${path}`)
      }
    })

  test('is shown to nobody who is not of the staff', { skip: noChromium }, async () => {
    await using person = await open(world.program.url)
    await person.page.goto('/admin')
    await person.page.waitForURL('**/sign-in?return_to=%2Fadmin')
    await person.page.fill('[name=email]', 'cem@example.com')
    await person.page.fill('[name=password]', 'umbrella over chimneys 64')
    await person.page.press('[name=password]', 'Enter')
    await person.page.getByText('These pages are for people who run this service.').waitFor()
    assert.equal(await person.page.locator('nav').count(), 0)
  })

  test('says where there is no page and where one cannot be loaded, and lets people out', {
    skip: noChromium,
  }, async () => {
    await using person = await open(world.program.url)
    const { page } = person
    await enter(page, STAFF.support, '/admin/nowhere')
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    await page.getByRole('link', { name: 'Dashboard' }).click()
    await page.locator('h1').filter({ hasText: 'Dashboard' }).waitFor()
    const loaded = new Set(await page.evaluate<string[]>(SCRIPTS))
    await page.route(/\.js$/, (route) => (loaded.has(route.request().url()) ? route.continue() : route.abort()))
    await page.locator('.console-nav').getByRole('link', { name: 'Accounts' }).click()
    await page.getByRole('button', { name: 'Load the page again' }).waitFor()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Load the page again' }).click()
    await page.locator('tbody tr').first().waitFor()
    await page.getByRole('link', { name: 'To your account' }).click()
    await page.getByRole('link', { name: 'To the console' }).click()
    await page.waitForURL('**/admin')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in?signed_out=yes')
    // The browser complains of what was kept from it.
    person.complaints.length = 0
  })

  test('is worked from the keyboard: one officer claims, the other cannot, and decisions bring the next case', {
    skip: noChromium,
  }, async () => {
    await using first = await open(world.program.url, { viewport: { width: 1280, height: 800 } })
    await using second = await open(world.program.url, { viewport: { width: 1280, height: 800 } })
    await enter(first.page, STAFF.compliance, '/admin/reviews')
    await enter(second.page, STAFF.second, '/admin/reviews')
    await caseOf(first.page, 'ann@example.com')
    await caseOf(second.page, 'ann@example.com')
    await first.page.keyboard.press('c')
    await first.page.locator('.sheet img').waitFor()
    await assertAccessible(first.page, 'a claimed case')
    await second.page.keyboard.press('c')
    await second.page.locator('.case .refused').waitFor()
    await second.page.keyboard.press('a')
    assert.equal(await second.page.locator('[role=dialog]').count(), 0)

    await first.page.keyboard.press('j')
    await caseOf(first.page, 'bob@example.com')
    await first.page.keyboard.press('k')
    await caseOf(first.page, 'ann@example.com')
    await first.page.keyboard.press('z')
    assert.equal(await first.page.locator('.sheet').getAttribute('data-zoom'), '2')
    await first.page.keyboard.press('a')
    await first.page.locator('[role=dialog]').waitFor()
    await assertAccessible(first.page, 'an approval')
    await first.page.keyboard.press('Enter')
    await caseOf(first.page, 'bob@example.com')
    const ann = await world.token('ann@example.com')
    assert.equal((await world.program.call('GET', '/accounts/me', { token: ann })).body.level, 3)

    await first.page.keyboard.press('c')
    await first.page.locator('.sheet img').waitFor()
    await first.page.keyboard.press('m')
    const dialog = first.page.locator('[role=dialog]')
    await dialog.getByRole('checkbox').nth(3).check()
    await dialog.getByRole('textbox').first().fill('Please send the back of your card, too.')
    await assertAccessible(first.page, 'a request of more')
    await dialog.getByRole('button', { name: 'Ask for more' }).click()
    await first.page.getByText('Nobody waits for a decision.').waitFor()
    const mail = await eventually(async () =>
      (await world.program.messagesTo('bob@example.com')).find(({ text }) => text.includes('the back of your card')),
    )
    assert.match(mail.subject, /document/i)

    await handIn(world, 'bob@example.com')
    await first.page.reload()
    await caseOf(first.page, 'bob@example.com')
    await first.page.getByText('attempt 2').waitFor()
    await first.page.getByText('Please send the back of your card, too.').waitFor()
  })

  test('shows a PDF page by page, enlarged, turned, and beside what was handed in before', {
    skip: noChromium,
  }, async () => {
    await handIn(world, 'cem@example.com', { file: 'passport.pdf', content: aPdf('', { pages: 2 }) })
    await using person = await open(world.program.url, { viewport: { width: 1280, height: 800 } })
    const { page } = person
    await enter(page, STAFF.second, '/admin/reviews')
    await page.locator('.queue button').filter({ hasText: 'cem@example.com' }).click()
    await caseOf(page, 'cem@example.com')
    await page.keyboard.press('c')
    await page.locator('.sheet img').waitFor()
    await page.getByText('Page 1 of 2').waitFor()
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.getByText('Page 2 of 2').waitFor()
    await page.locator('.sheet img').waitFor()
    const upright = await page.locator('.zoomer').boundingBox()
    await page.keyboard.press('t')
    const turned = await page.locator('.zoomer').boundingBox()
    assert.ok((upright?.width ?? 0) > (upright?.height ?? 0) && (turned?.width ?? 0) < (turned?.height ?? 0))
    assert.equal(await page.locator('.sheet').count(), 1)

    await page.keyboard.press('r')
    const dialog = page.locator('[role=dialog]')
    await dialog.getByRole('checkbox', { name: 'The document cannot be read.' }).check()
    await dialog.getByRole('button', { name: 'Reject' }).click()
    await dialog.waitFor({ state: 'detached' })
    await handIn(world, 'cem@example.com', { first_name: 'Cemal', number: 'CD7771234' })
    await page.goto('/admin/reviews')
    await page.locator('.queue button').filter({ hasText: 'cem@example.com' }).click()
    await caseOf(page, 'cem@example.com')
    await page.getByText('before: Ann').waitFor()
    await page.getByText('What was on the screen').click()
    await page.locator('.seen dd').filter({ hasText: 'SHA-256' }).first().waitFor()
    await page.keyboard.press('c')
    await page.locator('.sheet img').first().waitFor()
    await page.keyboard.press('s')
    await page.locator('.sheet img').nth(1).waitFor()
    assert.equal(await page.locator('.sheet').count(), 2)
    await assertAccessible(page, 'two documents beside each other')
    const token = await world.token(STAFF.admin)
    const { body } = await world.program.call('GET', '/admin/audit/records?action=document.viewed', { token })
    assert.ok(body.some(({ details }: { details: { page: number } }) => details.page === 2))
  })

  test('does what is asked for a reason, and the log keeps it', { skip: noChromium }, async () => {
    await using person = await open(world.program.url, { viewport: { width: 1280, height: 900 } })
    const { page } = person
    await enter(page, STAFF.compliance, '/admin/accounts?email=cem')
    await page.locator('tbody a').first().click()
    await page.getByRole('button', { name: 'Ban', exact: true }).click()
    const dialog = page.locator('[role=dialog]')
    const confirm = dialog.getByRole('button', { name: 'Ban', exact: true })
    assert.equal(await confirm.isDisabled(), true)
    await dialog.getByRole('textbox').fill('three chargebacks')
    await confirm.click()
    await page.getByRole('button', { name: 'Readmit' }).waitFor()
    const token = await world.token(STAFF.admin)
    const records = await world.program.call('GET', '/admin/audit/records?action=account.state_changed', { token })
    assert.match(JSON.stringify(records.body), /three chargebacks/)
    await page.goto('/admin/audit')
    await page.getByLabel('Kind of actor').selectOption('administrator')
    await page.getByLabel('Result').selectOption('ok')
    await page.getByLabel('From', { exact: true }).fill('2020-01-01T00:00')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.waitForURL(/actor_kind=administrator/)
    await page.locator('tr').filter({ hasText: 'three chargebacks' }).first().waitFor()
  })

  test('changes levels, adds a website, and shows it at the sign-in page at once', { skip: noChromium }, async () => {
    await using person = await open(world.program.url, { viewport: { width: 1280, height: 900 } })
    const { page } = person
    await enter(page, STAFF.admin, '/admin/levels')
    await page.getByRole('button', { name: 'Change the levels' }).click()
    const dialog = page.locator('[role=dialog]')
    await dialog.getByRole('button', { name: 'Add a level' }).click()
    await dialog.getByLabel('Key of level 4').fill('address')
    await dialog.getByLabel('Description of level 4').fill('Lives where they say')
    await dialog.getByLabel('Reason').fill('a new rule')
    await assertAccessible(page, 'the form of the levels')
    await dialog.getByRole('button', { name: 'Change the levels' }).click()
    await page.getByText('address:verified').waitFor()

    await page.goto('/admin/websites')
    await page.getByRole('button', { name: 'Add a website' }).click()
    await dialog.getByLabel('Domain').fill('127.0.0.1')
    await dialog.getByRole('textbox', { name: 'Title', exact: true }).fill('Shop Exchange')
    await dialog.getByRole('textbox', { name: 'Accent colour', exact: true }).fill('#ffcc00')
    await dialog.locator('[role=alert]:visible').waitFor()
    await dialog.getByRole('textbox', { name: 'Accent colour', exact: true }).fill('#0b6e4f')
    await dialog.locator('.site-preview').first().waitFor()
    await assertAccessible(page, 'the form of a website')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.context().clearCookies()
    await page.goto('/sign-in')
    assert.equal(await page.locator('.brand').innerText(), 'Shop Exchange')
    assert.equal(await page.evaluate(BACKGROUND), 'rgb(11, 110, 79)')
    await assertAccessible(page, 'a sign-in page with colours of its own')
  })
})

const SCRIPTS = `performance.getEntriesByType('resource').map(({ name }) => name)`
const PATHS = `[...document.querySelectorAll('.console-nav a[href^="/admin/"]')].map((link) => link.getAttribute('href'))`
const BACKGROUND = `getComputedStyle(document.querySelector('main button[type=submit]')).backgroundColor`

/** Opens the menu of a small screen, which is closed until then and closes where it leads. */
async function openMenu(page: Page): Promise<void> {
  const link = page.locator('.console-menu a[href="/admin/accounts"]')
  assert.equal(await link.isVisible(), false)
  await page.locator('.menu-button').click()
  await assertAccessible(page, 'the menu')
  assert.equal(await sideways(page), 0)
  await link.click()
  await page.waitForURL('**/admin/accounts')
  await link.waitFor({ state: 'hidden' })
}

/** Waits until a person's case is on the desk. */
const caseOf = (page: Page, email: string): Promise<void> => page.locator(`.case[aria-label="${email}"]`).waitFor()
