import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { aPdf } from '../support/multipart.ts'
import { nextMessage } from '../support/program.ts'
import { type Console, enter, handIn, PASSWORD as OFFICERS_PASSWORD, STAFF, startConsole } from './console-world.ts'
import { MANY_PEOPLE } from './residents.ts'
import { linkIn, PASSWORD, signIn } from './walk.ts'

const NEW_PASSWORD = `${PASSWORD} and more`

describe('Where no secret may travel in addresses, pages', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  let world: Console
  before(async () => {
    world = await startConsole('sqlite:', { ...MANY_PEOPLE, SECRETS_IN_URLS: 'false' })
  })
  after(() => world?.[Symbol.asyncDispose]())

  /** The path of the link in the newest mail, and its token. */
  const mailed = async (email: string, known = 0) => {
    const path = linkIn((await nextMessage(world.program, email, known)).text)
    const token = /#\w+_token=([\w-]+)$/.exec(path)?.[1] ?? ''
    assert.notEqual(token, '', path)
    return { path, token }
  }

  // ASVS 14.2.1
  test('confirm an address by the token behind the #, which no request names and the browser forgets', async () => {
    const email = 'dora@example.com'
    await using person = await open(world.program.url)
    const { page } = person
    const told = whatIsTold(page)
    await page.goto('/sign-up')
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', PASSWORD)
    await page.click('button[type=submit]')
    await page.locator('.mark.good').waitFor()
    const { path, token } = await mailed(email)
    await page.goto(path)
    await page.waitForURL((url) => url.hash === '')
    assert.equal(await page.locator('.link-token').isVisible(), false)
    await page.click('main button[type=submit]')
    await page.getByText('Your e-mail address is confirmed').waitFor()
    const bodies = told.bodies.join('\n')
    assert.ok(bodies.includes(`confirmation_token=${token}`), bodies)
    await page.goBack()
    assert.equal(new URL(page.url()).hash, '')
    assertUntold(told, token)
    await signIn(page, PASSWORD, email)
    await page.waitForURL('**/account')
  })

  // ASVS 14.2.1
  test('change a password by the newest of the links that are opened in one tab, also after a mistyped one', async () => {
    const email = 'bob@example.com'
    await using person = await open(world.program.url)
    const { page } = person
    const told = whatIsTold(page)
    const ask = async () => {
      const known = (await world.program.messagesTo(email)).length
      await page.goto('/forgotten-password')
      await page.fill('[name=email]', email)
      await page.click('main button[type=submit]')
      return mailed(email, known)
    }
    const links = [await ask(), await ask(), await ask()] as const
    const follow = async ({ path, token }: (typeof links)[number]) => {
      await page.goto(path)
      await page.waitForURL((url) => url.hash === '')
      assert.equal(await page.locator('[name=reset_password_token]').inputValue(), token)
    }
    const choose = async (again: string) => {
      await page.fill('[name=password]', NEW_PASSWORD)
      await page.fill('[name=password_confirmation]', again)
      await page.click('main button[type=submit]')
    }
    await follow(links[0])
    await follow(links[1])
    await choose(PASSWORD)
    await page.locator('#problem').waitFor()
    await follow(links[2])
    await choose(NEW_PASSWORD)
    await page.locator('.mark.good').waitFor()
    for (const secret of [...links.map(({ token }) => token), PASSWORD, NEW_PASSWORD]) assertUntold(told, secret)
    await signIn(page, NEW_PASSWORD, email)
    await page.waitForURL('**/account')
  })

  // ASVS 14.2.1
  test('show documents to an officer, and save them for their owner, by tokens that stand in no address', async () => {
    const email = 'ann@example.com'
    const content = aPdf()
    await handIn(world, email, { file: 'passport.pdf', content })
    await using officer = await open(world.program.url, { viewport: { width: 1280, height: 900 } })
    const seen = whatIsTold(officer.page)
    await enter(officer.page, STAFF.compliance, '/admin/reviews')
    await officer.page.locator(`.case[aria-label="${email}"]`).waitFor()
    await officer.page.keyboard.press('c')
    await officer.page.locator('.sheet img').waitFor()
    assert.ok(seen.tokens.size > 0)
    for (const token of seen.tokens) assertUntold(seen, token)

    await using owner = await open(world.program.url)
    const told = whatIsTold(owner.page)
    await signIn(owner.page, PASSWORD, email)
    await owner.page.waitForURL('**/account')
    await owner.page.goto('/account/documents')
    const saving = owner.page.waitForEvent('download')
    await owner.page.locator('#handed-in + .rows a').click()
    const file = await saving
    assert.equal(file.suggestedFilename(), 'passport.pdf')
    assert.deepEqual(await readFile(await file.path()), content)
    assert.ok(told.tokens.size > 0)
    for (const token of told.tokens) assertUntold(told, token)
    assert.ok(told.addresses.every((address) => !address.includes('signature=')))
  })

  // ASVS 14.2.1
  test('look for people by what stands behind the #: in fields, by links, from the keyboard, back and forth', async () => {
    await using officer = await open(world.program.url, { viewport: { width: 1280, height: 900 } })
    const { page } = officer
    const told = whatIsTold(page)
    const shows = async (email: string) => {
      await page.waitForURL((url) => url.hash === `#${new URLSearchParams({ email })}`)
      await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' })
      await page.locator('tbody tr', { hasText: email }).waitFor()
    }
    await page.goto('/admin/accounts#email=bob%40example.com')
    await page.waitForURL('**/sign-in?**')
    await page.fill('[name=email]', STAFF.compliance)
    for (const password of [NEW_PASSWORD, OFFICERS_PASSWORD]) {
      await page.fill('[name=password]', password)
      await page.press('[name=password]', 'Enter')
      if (password === NEW_PASSWORD) await page.locator('#problem').waitFor()
    }
    await shows('bob@example.com')
    await page.getByLabel('E-mail', { exact: true }).fill('ann@example.com')
    await page.getByLabel('E-mail', { exact: true }).press('Enter')
    await shows('ann@example.com')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Find' }).fill('cem@example.com')
    await page.keyboard.press('Enter')
    await shows('cem@example.com')
    await page.goBack()
    await shows('ann@example.com')
    await page.reload()
    await shows('ann@example.com')
    await page.goForward()
    await shows('cem@example.com')
    const uid = await page.locator('tbody tr a').innerText()
    await page.goto('/admin/audit')
    await page.getByLabel('Account (UID)').fill(uid)
    await page.getByLabel('Address').fill('192.0.2.77')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.hash.includes('address=192.0.2.77'))
    await page.getByText('No record fits.').waitFor()
    for (const sought of ['ann@example.com', 'bob@example.com', 'cem@example.com', '192.0.2.77', uid])
      assertUntold(told, sought)
    assert.ok(
      told.bodies.some((body) => body.includes('"email":"cem@example.com"')),
      told.bodies.join('\n'),
    )
  })

  test('keep whatever was typed, and bear whatever stands behind the #', async () => {
    await using officer = await open(world.program.url, { viewport: { width: 1280, height: 900 } })
    const { page } = officer
    const failures: Error[] = []
    page.on('pageerror', (error) => failures.push(error))
    await enter(page, STAFF.compliance, '/admin/accounts')
    const email = page.getByRole('textbox', { name: 'E-mail' })
    const odd = 'a+b&name=c#d%41%zz e?f/ä@x'
    await email.fill(odd)
    await email.press('Enter')
    await page.getByText('No account fits.').waitFor()
    await page.reload()
    await page.getByText('No account fits.').waitFor()
    assert.equal(await email.inputValue(), odd)
    assert.equal(new URL(page.url()).search, '')
    for (const hash of [
      '%',
      '#email=%zz',
      '__proto__=1&constructor=x',
      'email',
      '=&=',
      '//evil.example/',
      'level=1e9',
    ]) {
      await page.goto(`/admin/accounts#${hash}`)
      await page.reload()
      await page.locator('.console-main h1').waitFor()
      await email.waitFor()
    }
    assert.deepEqual(failures, [])
  })

  // ASVS 14.2.1
  test('go on from links of before, and tell what those say no further', async () => {
    await using officer = await open(world.program.url, { viewport: { width: 1280, height: 900 } })
    const { page } = officer
    await enter(page, STAFF.compliance, '/admin')
    await page.goto('/admin/accounts?email=bob%40example.com')
    await page.waitForURL((url) => url.search === '' && url.hash === '#email=bob%40example.com')
    const told = whatIsTold(page)
    await page.locator('tbody tr', { hasText: 'bob@example.com' }).waitFor()
    await page.reload()
    await page.locator('tbody tr', { hasText: 'bob@example.com' }).waitFor()
    assertUntold(told, 'bob@example.com')
  })
})

/** What a browser sends: where to, from where, and which tokens and bodies. */
interface Told {
  addresses: string[]
  tokens: Set<string>
  bodies: string[]
}

function whatIsTold(page: Page): Told {
  const told: Told = { addresses: [], tokens: new Set(), bodies: [] }
  page.context().on('request', (request) => {
    const { authorization = '', referer = '' } = request.headers()
    told.addresses.push(request.url(), referer)
    told.bodies.push(request.postData() ?? '')
    const token = /^\w+ (.+)/.exec(authorization)?.[1]
    if (token !== undefined) told.tokens.add(token)
  })
  return told
}

/** No address that was sent has the secret in it. */
function assertUntold({ addresses }: Told, secret: string): void {
  assert.ok(addresses.length > 0)
  for (const address of addresses)
    for (const form of [secret, encodeURIComponent(secret), secret.replaceAll(' ', '+')])
      assert.ok(!address.includes(form), address)
}
