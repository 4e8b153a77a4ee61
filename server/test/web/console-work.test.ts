import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertAccessible } from '../support/axe.ts'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { eventually } from '../support/program.ts'
import { aReceiver } from '../support/receiver.ts'
import { type Console, enter, handIn, STAFF, startConsole } from './console-world.ts'

const DESK = { viewport: { width: 1280, height: 900 } } as const
/** Every page with a list, and which call it shows. */
const LISTS = {
  '/admin': 'dashboard',
  '/admin/reviews': 'reviews',
  '/admin/accounts': 'accounts/search',
  '/admin/levels': 'levels',
  '/admin/websites': 'websites',
  '/admin/applications': 'applications',
  '/admin/webhooks': 'webhooks',
  '/admin/events': 'deliveries/search',
  '/admin/audit': 'audit/records/search',
  '/admin/keys': 'keys',
} as const

onEachDatabase('Work in the console', (newDatabase) => {
  const open = chromiumForSuite()
  let world: Console
  before(async () => {
    if (noChromium !== false) return
    world = await startConsole(await newDatabase(), { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' })
    for (const person of ['ann@example.com', 'bob@example.com']) await handIn(world, person)
  })
  after(() => world?.[Symbol.asyncDispose]())

  test('tells of each list that it comes, and of one that does not come why', { skip: noChromium }, async () => {
    await using person = await open(world.program.url, DESK)
    const { page } = person
    await enter(page, STAFF.admin)
    for (const [path, call] of Object.entries(LISTS)) {
      let answer = () => {}
      const asked = new Promise<void>((resolve) => {
        answer = resolve
      })
      const isIt = ({ pathname }: URL) => pathname === `/api/v1/admin/${call}`
      await page.route(isIt, async (route) => {
        await asked
        await route.fulfill({ status: 422, json: { error: 'Something went wrong' } })
      })
      await page.goto(path)
      await page.locator('.console-main .mantine-Skeleton-root').first().waitFor()
      answer()
      await page.locator('.console-main .refused').first().waitFor()
      await page.unrouteAll()
    }
  })

  test('narrows the queue by country and level, and says when nobody is left', { skip: noChromium }, async () => {
    await using person = await open(world.program.url, DESK)
    const { page } = person
    await enter(page, STAFF.compliance, '/admin/reviews?country=DE&level_sought=3')
    await page.locator('.queue button').nth(1).waitFor()
    await page.getByLabel('Country').fill('FR')
    await page.getByLabel('Country').press('Enter')
    await page.getByText('No case fits.').waitFor()
    assert.match(page.url(), /country=FR/)
    await assertAccessible(page, 'an empty queue')
  })

  test('adds a label, changes and removes it, each for a reason', { skip: noChromium }, async () => {
    await using person = await open(world.program.url, DESK)
    const { page } = person
    const token = await world.token(STAFF.admin)
    const { body } = await world.program.call('GET', '/admin/accounts?email=cem@example.com', { token })
    await enter(page, STAFF.admin, `/admin/accounts/${body.items[0].uid}`)
    const dialog = page.locator('[role=dialog]')
    const confirm = async (name: string) => {
      await dialog.getByLabel('Reason').fill('a customer of the first hour')
      await assertAccessible(page, name)
      await dialog.getByRole('button', { name, exact: true }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    await page.getByRole('button', { name: 'Add a label' }).click()
    await dialog.locator('input:focus').waitFor()
    await page.keyboard.type('tier')
    assert.equal(await dialog.getByLabel('Key').inputValue(), 'tier')
    await dialog.getByLabel('Value').fill('silver')
    await confirm('Add a label')
    const row = page.locator('tr').filter({ hasText: 'tier:' })
    await row.getByText('tier:silver').waitFor()
    await row.getByRole('button', { name: 'Edit' }).click()
    await dialog.getByLabel('Value').fill('gold')
    await confirm('Change the label')
    await row.getByText('tier:gold').waitFor()
    await row.getByRole('button', { name: 'Remove' }).click()
    await confirm('Remove the label')
    await row.waitFor({ state: 'detached' })
    const records = await world.program.call('GET', '/admin/audit/records?action=label.deleted', { token })
    assert.match(JSON.stringify(records.body), /a customer of the first hour/)
  })

  test('removes a website after it named it, unless one backs out', { skip: noChromium }, async () => {
    const token = await world.token(STAFF.admin)
    const json = { domain: 'gone.example', title: 'Gone' }
    assert.equal((await world.program.call('POST', '/admin/websites', { token, json })).status, 201)
    await using person = await open(world.program.url, DESK)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/websites')
    const row = page.locator('tr').filter({ hasText: 'gone.example' })
    const dialog = page.locator('[role=dialog]')
    await row.getByRole('button', { name: 'Remove' }).click()
    await dialog.getByText('gone.example').waitFor()
    await assertAccessible(page, 'what is asked before a website is removed')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    await row.getByRole('button', { name: 'Remove' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await row.waitFor({ state: 'detached' })
    const { body } = await world.program.call('GET', '/admin/websites', { token })
    assert.deepEqual(body, [])
  })

  test('shows how each attempt of a delivery ended, and sends it again', { skip: noChromium }, async () => {
    await using events = await aReceiver()
    const token = await world.token(STAFF.admin)
    const json = { url: events.url, events: ['model.label.*'] }
    const added = await world.program.call('POST', '/admin/webhooks', { token, json })
    assert.equal(added.status, 201, JSON.stringify(added.body))
    const people = await world.program.call('GET', '/admin/accounts?email=ann@example.com', { token })
    const label = { key: 'tier', value: 'gold', scope: 'public', reason: 'a first event' }
    await world.program.call('POST', `/admin/accounts/${people.body.items[0].uid}/labels`, { token, json: label })
    await using person = await open(world.program.url, DESK)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/webhooks')
    await page.getByRole('link', { name: 'Delivery log' }).click()
    await page.waitForURL(`**/admin/events#destination=${added.body.uid}`)
    await page.locator('tbody').getByText('delivered', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'model.label.created' }).first().click()
    const drawer = page.locator('[role=dialog]')
    await drawer.getByText('204', { exact: true }).waitFor()
    await assertAccessible(page, 'the attempts of a delivery')
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Send again' }).first().click()
    await eventually(async () => events.received.length > 1 || undefined)
  })

  test('removes an endpoint after it named it, for all its buttons are in view on a phone', {
    skip: noChromium,
  }, async () => {
    const token = await world.token(STAFF.admin)
    const json = { url: 'https://gone.example/hook', events: ['*'] }
    const { body } = await world.program.call('POST', '/admin/webhooks', { token, json })
    await world.program.call('PATCH', `/admin/webhooks/${body.uid}`, { token, json: { enabled: false } })
    await using person = await open(world.program.url, { viewport: { width: 360, height: 740 } })
    const { page } = person
    await enter(page, STAFF.admin, '/admin/webhooks')
    const row = page.locator('tr').filter({ hasText: 'gone.example' })
    await row.getByRole('button', { name: 'New secret' }).waitFor()
    assert.equal(await page.evaluate(CUT_OFF), 0)
    await row.getByRole('button', { name: 'Remove' }).click()
    const dialog = page.locator('[role=dialog]')
    await dialog.getByText('https://gone.example/hook').waitFor()
    await assertAccessible(page, 'what is asked before an endpoint is removed')
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await row.waitFor({ state: 'detached' })
  })

  test('tells the whole id of an application, and when something happened before anything else', {
    skip: noChromium,
  }, async () => {
    const token = await world.token(STAFF.admin)
    const json = { name: 'A page', redirect_uris: ['https://page.example/back'], public: true }
    const { body } = await world.program.call('POST', '/admin/applications', { token, json })
    await using person = await open(world.program.url, DESK)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/applications')
    await page.getByText(body.uid, { exact: true }).waitFor()
    await page.goto('/admin/audit')
    await page.locator('tbody td:first-child time').first().waitFor()
  })

  test('looks words up as addresses first, and uids as uids', { skip: noChromium }, async () => {
    await using person = await open(world.program.url, DESK)
    const { page } = person
    await enter(page, STAFF.admin)
    await page.keyboard.press('Control+k')
    await page.locator('[role=dialog] input').fill('ann')
    await page.keyboard.press('Enter')
    await page.locator('tbody').getByText('ann@example.com').waitFor()
    await page.keyboard.press('Control+k')
    await page.locator('[role=dialog] input').fill('ID0123456789')
    const first = page.locator('[role=dialog] [role=option]').first()
    assert.match(await first.innerText(), /^Account .?ID0123456789/)
  })

  test('makes successors of the signing keys for a reason', { skip: noChromium }, async () => {
    await using person = await open(world.program.url, DESK)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/keys')
    const rows = page.locator('tbody tr')
    await rows.first().waitFor()
    const before = await rows.count()
    await page.getByRole('button', { name: 'Let new keys follow' }).click()
    const dialog = page.locator('[role=dialog]')
    await dialog.getByLabel('Reason').fill('the yearly change')
    await assertAccessible(page, 'the rotation of keys')
    await dialog.getByRole('button', { name: 'Let new keys follow' }).click()
    await dialog.waitFor({ state: 'detached' })
    await rows.nth(before).waitFor()
  })
})

/** Of how many buttons of the table the text is cut off. */
const CUT_OFF = `[...document.querySelectorAll('tbody button')].filter((one) => one.scrollWidth > one.clientWidth).length`
