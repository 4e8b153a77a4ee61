import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import sharp from 'sharp'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { type Console, enter, STAFF, startConsole } from './console-world.ts'

describe('The forms of the console', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  let world: Console
  before(async () => {
    world = await startConsole('sqlite:')
  })
  after(() => world[Symbol.asyncDispose]())

  test('of the levels overwrites no change that a colleague made while it was open', async () => {
    await using person = await open(world.program.url)
    const { page } = person
    await page.clock.install()
    await enter(page, STAFF.admin, '/admin/levels')
    await page.getByRole('button', { name: 'Change the levels' }).click()
    const dialog = page.locator('[role=dialog]')
    await dialog.getByLabel('Description of level 1').fill('mine')
    await dialog.getByLabel('Reason').fill('a new rule')

    const token = await world.token(STAFF.admin)
    const { body: ladder } = await world.program.call('GET', '/admin/levels', { token })
    const steps: { key: string; value: string }[] = ladder.levels
    const levels = steps.map(({ key, value }) => ({ key, value, description: 'the colleague’s' }))
    const json = { levels, version: ladder.version, reason: 'another rule' }
    assert.equal((await world.program.call('PUT', '/admin/levels', { token, json })).status, 200)
    await page.clock.fastForward('00:20')
    await page.evaluate(COMES_BACK)
    await page.locator('tbody').getByText('the colleague’s').first().waitFor()

    await dialog.getByRole('button', { name: 'Change the levels' }).click()
    await dialog.getByText('The levels have changed meanwhile; look at them again').waitFor()
    assert.equal(await dialog.getByLabel('Description of level 1').inputValue(), 'mine')
    const after = (await world.program.call('GET', '/admin/levels', { token })).body.levels
    assert.equal(after[0].description, 'the colleague’s')
  })

  test('of erasing asks for the uid and a reason, and leaves nothing of the person', async () => {
    await using person = await open(world.program.url)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/accounts?email=ann')
    await page.locator('tbody a').first().click()
    await page.getByRole('button', { name: 'Erase the person' }).click()
    const dialog = page.locator('[role=dialog]')
    const confirm = dialog.getByRole('button', { name: 'Erase the person' })
    await dialog.getByLabel('Reason').fill('asked for it')
    const field = dialog.getByLabel(/^Type .+ to confirm/)
    const uid = /ID\w+/.exec(await dialog.innerText())?.[0] ?? ''
    await field.fill('ID0000000000')
    assert.equal(await confirm.isDisabled(), true)
    await field.fill(uid)
    await confirm.click()
    await page.getByText(`${uid.toLowerCase()}@erased.invalid`).first().waitFor()
    const token = await world.token(STAFF.admin)
    const records = await world.program.call('GET', '/admin/audit/records?action=account.erased', { token })
    assert.match(JSON.stringify(records.body), /asked for it/)
  })

  test('of a website keeps what is no colour from being saved as none, and takes one from the well', async () => {
    await using person = await open(world.program.url)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/websites')
    await page.getByRole('button', { name: 'Add a website' }).click()
    const dialog = page.locator('[role=dialog]')
    await dialog.getByLabel('Domain').fill('colours.example')
    await dialog.getByRole('textbox', { name: 'Title', exact: true }).fill('Colours')
    const save = dialog.getByRole('button', { name: 'Save' })
    const accent = dialog.getByRole('textbox', { name: 'Accent colour', exact: true })
    for (const text of ['#fff', 'red', '#0b6e4']) {
      await accent.fill(text)
      await dialog.getByText('Six digits after #').waitFor()
      assert.equal(await save.isDisabled(), true, text)
    }
    await accent.fill('')
    assert.equal(await save.isEnabled(), true)
    const well = dialog.getByLabel('Accent colour: pick one')
    await well.click()
    await well.fill('#0b6e4f')
    assert.equal(await accent.inputValue(), '#0b6e4f')
    await save.click()
    await dialog.waitFor({ state: 'detached' })
    await page.locator('tbody').getByText('#0b6e4f').waitFor()
  })

  test('of a new secret stays open while it is made, whatever is pressed, and the secret is seen', async () => {
    const token = await world.token(STAFF.admin)
    const json = { name: 'Ledger', redirect_uris: ['https://ledger.example/back'] }
    assert.equal((await world.program.call('POST', '/admin/applications', { token, json })).status, 201)
    await using person = await open(world.program.url)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/applications')
    await page.locator('tr').filter({ hasText: 'Ledger' }).getByRole('button', { name: 'New secret' }).click()
    const dialog = page.locator('[role=dialog]')
    let answer = () => {}
    const asked = new Promise<void>((resolve) => {
      answer = resolve
    })
    await page.route('**/secret', async (route) => {
      await asked
      await route.continue()
    })
    const sent = page.waitForRequest('**/secret')
    await dialog.getByRole('button', { name: 'New secret' }).click()
    await sent
    // Playwright is quicker than the page shows that it waits, and than any hand.
    await dialog.locator('[data-loading]').first().waitFor()
    await page.keyboard.press('Escape')
    await page.mouse.click(5, 5)
    answer()
    await page.getByText(/client_secret +\S{20,}/).waitFor()
    await dialog.waitFor({ state: 'detached' })
  })

  test('of an application says how it gets tokens, without redirect URIs where no page is come back to', async () => {
    await using person = await open(world.program.url)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/applications')
    await page.getByRole('button', { name: 'Add an application' }).click()
    const dialog = page.locator('[role=dialog]')
    await dialog.getByLabel('Name').fill('Night job')
    await dialog.getByLabel(/client credentials/).check()
    await dialog.getByLabel(/authorization code/).uncheck()
    await dialog.getByLabel(/refresh token/).uncheck()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    const token = await world.token(STAFF.admin)
    const { body } = await world.program.call('GET', '/admin/applications', { token })
    const made = body.find(({ name }: { name: string }) => name === 'Night job')
    assert.deepEqual(made.grant_types, ['client_credentials'])
  })

  test('of the filters follows the address', async () => {
    await using person = await open(world.program.url)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/accounts?email=bob')
    const email = page.getByRole('textbox', { name: 'E-mail' })
    assert.equal(await email.inputValue(), 'bob')
    await page.getByRole('link', { name: 'Accounts', exact: true }).click()
    await page.locator('tbody').getByText('cem@example.com').waitFor()
    assert.equal(await email.inputValue(), '')
    await email.fill('cem')
    await email.press('Enter')
    await page.waitForURL('**/admin/accounts#email=cem')
    await page.goBack()
    await page.waitForURL('**/admin/accounts')
    assert.equal(await email.inputValue(), '')
    await page.route('**/api/v1/admin/accounts/search', (route) =>
      route.fulfill({ json: { items: [], next: 'a-cursor', previous: null } }),
    )
    await email.fill('rare')
    await email.press('Enter')
    await page.getByText('None found so far.').waitFor()
  })

  test('of what happened leads to the oldest and to the newest', async () => {
    for (let signIns = 0; signIns < 26; signIns += 1) await world.token('bob@example.com')
    const token = await world.token(STAFF.admin)
    const { body } = await world.program.call('GET', '/admin/accounts?email=bob@example.com', { token })
    await using person = await open(world.program.url)
    const { page } = person
    await enter(page, STAFF.admin, `/admin/accounts/${body.items[0].uid}`)
    const happened = page.locator('.history li')
    await happened.nth(24).waitFor()
    assert.equal(await happened.count(), 25)
    await page.getByRole('button', { name: 'Show more' }).click()
    await happened.nth(25).waitFor()
    await page.goto('/admin/audit#before=5')
    await page.getByRole('button', { name: 'To the newest' }).click()
    await page.waitForURL('**/admin/audit')
  })

  test('of a website is at rest when nobody types', async () => {
    await using person = await open(world.program.url)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/websites')
    await page.getByRole('button', { name: 'Add a website' }).click()
    await page.locator('.site-preview').first().waitFor()
    await page.getByRole('textbox', { name: 'Title', exact: true }).fill('Calm')
    assert.equal(await page.evaluate(TIMERS_OF_A_SECOND), 0)
  })

  test('of a website takes the same logo again after it was removed, and saves the one that is shown', async () => {
    const logo = await sharp({ create: { width: 40, height: 20, channels: 3, background: '#0b6e4f' } })
      .png()
      .toBuffer()
    const file = { name: 'logo.png', mimeType: 'image/png', buffer: logo }
    await using person = await open(world.program.url)
    const { page } = person
    await enter(page, STAFF.admin, '/admin/websites')
    await page.getByRole('button', { name: 'Add a website' }).click()
    const dialog = page.locator('[role=dialog]')
    const picture = dialog.locator('.site-preview-header img').first()
    for (const round of [1, 2]) {
      await dialog.locator('input[type=file]').setInputFiles(file)
      await picture.waitFor()
      assert.equal(await dialog.locator('input[type=file]').inputValue(), '', `round ${round}`)
      if (round === 1) await dialog.getByRole('button', { name: 'Remove the logo' }).click()
    }
    await dialog.getByLabel('Domain').fill('logo.example')
    await dialog.getByRole('textbox', { name: 'Title', exact: true }).fill('Logo')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    const token = await world.token(STAFF.admin)
    const sites: { domain: string; logo_url: string | null }[] = (
      await world.program.call('GET', '/admin/websites', { token })
    ).body
    assert.notEqual(sites.find(({ domain }) => domain === 'logo.example')?.logo_url ?? null, null)
  })
})

/** The person comes back to the page, which then reads anew what it shows. */
const COMES_BACK = `window.dispatchEvent(new Event('visibilitychange'))`
/** How many timers of a quarter of a second the page sets within one second. */
const TIMERS_OF_A_SECOND = `new Promise((resolve) => {
  const set = window.setTimeout
  let count = 0
  set(() => {
    window.setTimeout = (call, delay, ...rest) => {
      if (delay === 250) count += 1
      return set(call, delay, ...rest)
    }
    set(() => resolve(count), 1000)
  }, 500)
})`
