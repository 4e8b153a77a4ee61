import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { type Console, enter, handIn, STAFF, startConsole } from './console-world.ts'

/** Runs, and leaves a mark, wherever text is taken for markup, for an attribute, or for an address. */
const EVIL = `"'><img src=x onerror="window.stolen=1"><script>window.stolen=1</script>`
const ADDRESS = 'javascript:window.stolen=1'

const PAGES = [
  '',
  '/reviews',
  '/accounts',
  '/levels',
  '/websites',
  '/applications',
  '/webhooks',
  '/events',
  '/audit',
  '/keys',
]

onEachDatabase('What people and staff may write', (newDatabase) => {
  const open = chromiumForSuite()
  let world: Console
  before(async () => {
    if (noChromium === false) world = await startConsole(await newDatabase())
  })
  after(() => world?.[Symbol.asyncDispose]())

  test('is text wherever the console and the pages show it', { skip: noChromium }, async () => {
    const admin = await world.token(STAFF.admin)
    const call = async (method: string, path: string, json: object) =>
      (await world.program.call(method, path, { token: admin, json })).status
    await handIn(world, 'ann@example.com', {
      first_name: "<b onclick='x'>",
      file: `'><img src=x onerror=window.stolen=1>.png`,
    })
    const { items } = (await world.program.call('GET', '/admin/accounts?email=ann', { token: admin })).body
    const ann = `/admin/accounts/${items[0].uid}`
    assert.equal(await call('POST', `${ann}/notes`, { text: EVIL }), 204)
    assert.equal(await call('POST', `${ann}/end_sessions`, { reason: EVIL }), 200)
    assert.equal(await call('POST', `${ann}/labels`, { key: EVIL, value: 'yes', scope: 'public', reason: EVIL }), 422)
    assert.equal(
      await call('POST', '/admin/applications', { name: EVIL, redirect_uris: ['https://app.example/'] }),
      201,
    )
    assert.equal(await call('POST', '/admin/applications', { name: 'x', redirect_uris: [ADDRESS] }), 422)
    const webhook = { url: 'https://hooks.example/', events: ['*'], description: EVIL }
    assert.equal(await call('POST', '/admin/webhooks', webhook), 201)
    assert.equal(await call('POST', '/admin/webhooks', { ...webhook, url: ADDRESS }), 422)
    const site = {
      domain: '127.0.0.1',
      title: EVIL.slice(0, 60),
      header_links: [{ text: EVIL.slice(0, 60), url: '/docs' }],
    }
    assert.equal(await call('POST', '/admin/websites', site), 201)
    assert.equal(await call('POST', '/admin/websites', { ...site, footer_links: [{ text: 'x', url: ADDRESS }] }), 422)
    const levels = (await world.program.call('GET', '/admin/levels', { token: admin })).body
    const steps = levels.levels.map(({ key, value }: { key: string; value: string }) => ({
      key,
      value,
      description: EVIL,
    }))
    assert.equal(await call('PUT', '/admin/levels', { levels: steps, version: levels.version, reason: EVIL }), 200)

    await using person = await open(world.program.url, { userAgent: `Browser ${EVIL}` })
    const { page } = person
    await enter(page, STAFF.admin)
    for (const path of [
      ...PAGES.map((name) => `/admin${name}`),
      ann,
      '/account',
      '/account/security/sessions',
      '/sign-in',
    ]) {
      await page.goto(path, { waitUntil: 'networkidle' })
      assert.equal(await page.evaluate('window.stolen'), undefined, path)
      assert.equal(await page.locator('img[src="x"]').count(), 0, path)
    }
    await page.goto('/admin/reviews', { waitUntil: 'networkidle' })
    await page.keyboard.press('c')
    await page.locator('.sheet img').waitFor()
    assert.equal(await page.evaluate('window.stolen'), undefined)
  })

  test('and do is refused when it comes from another site or in a frame', { skip: noChromium }, async () => {
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    for (const path of ['/sign-in', '/sign-out']) {
      const response = await fetch(`${world.program.url}${path}`, {
        method: 'POST',
        headers: foreign,
        redirect: 'manual',
      })
      assert.equal(response.status, 403, path)
    }
    await using person = await open(world.program.url)
    await enter(person.page, STAFF.admin)
    const cookies = await person.page.context().cookies()
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    // The admin API takes tokens and no cookies, so a form of another site brings nothing that counts.
    const headers = { ...foreign, cookie, 'content-type': 'application/json' }
    const body = JSON.stringify({ name: 'x' })
    const response = await fetch(`${world.program.url}/api/v1/admin/applications`, { method: 'POST', headers, body })
    assert.equal(response.status, 401)
    for (const path of ['/admin', '/admin/accounts', '/sign-in'])
      assert.equal((await fetch(`${world.program.url}${path}`)).headers.get('x-frame-options'), 'DENY', path)
  })
})
