import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { aPasskey } from '../support/passkeys.ts'
import { type Program, type Reply, startProgram } from '../support/program.ts'
import { aResident, MANY_PEOPLE, type Resident, signedIn } from './residents.ts'
import { ADMIN, decide, handIn } from './world.ts'

/** Markup that would give itself away: it is not inert where an image or a script of it comes to life. */
const MARKUP = `'"><img src=x onerror=window.pwned=1><script>window.pwned=1</script>{{7*7}}`

describe('Somebody who means harm', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  let program: Program
  let admin: Resident
  let victim: Resident
  before(async () => {
    program = await startProgram('sqlite:', { ...ADMIN, ...MANY_PEOPLE })
    admin = await signedIn(program, ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)
    victim = await aResident(program, 'ada@example.com')
  })
  after(() => program[Symbol.asyncDispose]())

  // ASVS 1.3.1, 3.2.2
  test('gets no markup to live, whatever field it is written to and whoever looks at it', async () => {
    const writer = await aResident(program, 'mallory@example.com')
    await handIn(admin, writer, { metadata: { note: MARKUP }, filename: `${MARKUP}.jpg` })
    const { body: options } = await writer.call('POST', '/security/passkeys/options')
    const credential = aPasskey({ at: program.url }).create(options)
    const stored: Reply[] = [await writer.call('POST', '/security/passkeys', { name: MARKUP.slice(0, 64), credential })]
    await fetch(`${program.url}/api/v1/browser_session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': MARKUP },
      body: JSON.stringify({ email: writer.email, password: 'wrong' }),
    })
    for (const path of ['/phones', '/profiles', '/api_keys', '/accounts/email', '/security/verify_code'])
      await writer.call('POST', path, { phone_number: MARKUP, first_name: MARKUP, email: MARKUP, code: MARKUP })
    const label = { key: 'risk', value: 'high', scope: 'public', reason: MARKUP }
    for (const [path, body] of [
      [`/admin/accounts/${writer.uid}/notes`, { text: MARKUP }],
      [`/admin/accounts/${writer.uid}/labels`, label],
      ['/admin/applications', { name: MARKUP, redirect_uris: [`${program.url}/x`] }],
      ['/admin/webhooks', { url: 'https://example.com/hook', events: ['*'], description: MARKUP }],
    ] as const)
      stored.push(await admin.call('POST', path, body))
    for (const { status, body } of stored) assert.ok(status >= 200 && status < 300, `${status} ${JSON.stringify(body)}`)
    await decide(admin, writer, { decision: 'rejected', reasons: ['other'], message: MARKUP, note: MARKUP })

    await using person = await open(program.url, { storageState: writer.storageState })
    const own = ['/profile', '/documents', '/security/sessions', '/security/activity']
    for (const path of own) await isInert(person.page, `/account${path}`)
    await isInert(person.page, '/account', MARKUP)
    await isInert(person.page, '/account/security/passkeys', MARKUP.slice(0, 64))
    await using officer = await open(program.url, { storageState: admin.storageState })
    for (const path of ['/accounts', '/reviews', '/webhooks', '/audit', '/events'])
      await isInert(officer.page, `/admin${path}`)
    for (const path of [`/accounts/${writer.uid}`, '/applications'])
      await isInert(officer.page, `/admin${path}`, MARKUP)
    await using stranger = await open(program.url)
    const typed = encodeURIComponent(MARKUP)
    for (const path of [
      '/sign-in?return_to=',
      '/accounts/confirmation?confirmation_token=',
      '/oauth/authorize?client_id=',
    ])
      await isInert(stranger.page, `${path}${typed}`)
    await stranger.page.goto('/sign-in')
    await stranger.page.evaluate('document.forms[0].noValidate = true')
    await stranger.page.fill('[name=email]', MARKUP)
    await stranger.page.fill('[name=password]', MARKUP)
    await stranger.page.locator('main button[type=submit]').click()
    await stranger.page.locator('.problem, .fault').first().waitFor()
    assert.equal(await stranger.page.inputValue('[name=email]'), MARKUP)
    assert.equal(await stranger.page.evaluate('window.pwned'), undefined)
  })

  // ASVS 3.5.1
  test('neither signs anybody in or out nor gets a token from a page of another site', async () => {
    await using site = await aSite(`<form id="out" method="post" action="${program.url}/sign-out"></form>
<form id="in" method="post" action="${program.url}/sign-in"><input name="email" value="mallory@example.com">
<input name="password" value="umbrella over chimneys 64"></form>`)
    await using person = await open(program.url, { storageState: victim.storageState })
    const { page, complaints } = person
    for (const [form, path] of [
      ['out', '/sign-out'],
      ['in', '/sign-in'],
    ] as const) {
      await page.goto(site.url)
      const sent = page.waitForResponse((response) => response.request().method() === 'POST')
      await page.evaluate(`document.getElementById('${form}').submit()`)
      assert.equal((await sent).status(), 403, form)
      await page.waitForURL(`**${path}`)
    }
    await page.goto(site.url)
    const stolen = await page.evaluate<string>(`fetch('${program.url}/api/v1/sessions/jwt', {
      method: 'POST', credentials: 'include', headers: { 'x-requested-with': 'fetch' } }).then((r) => r.text(), () => 'nothing')`)
    assert.equal(stolen, 'nothing')
    complaints.length = 0
    await page.goto(`${program.url}/account`)
    await page.getByText(victim.email).waitFor()
  })

  test('shows no page of ours inside their own', async () => {
    const paths = ['/sign-in', '/account', '/admin', '/oauth/device']
    await using site = await aSite(paths.map((path) => `<iframe src="${program.url}${path}"></iframe>`).join(''))
    await using person = await open(program.url, { storageState: victim.storageState })
    const { page, complaints } = person
    await page.goto(site.url, { waitUntil: 'networkidle' })
    const shown = page.frames().filter((frame) => frame !== page.mainFrame())
    assert.equal(shown.length, paths.length)
    for (const frame of shown) assert.equal(await frame.locator('main, #app').count(), 0, frame.url())
    complaints.length = 0
  })

  test('opens no document with a link that was changed, nor an officer’s link with a token of their own', async () => {
    await handIn(admin, victim)
    const { body: documents } = await victim.call('GET', '/documents')
    const link = new URL(documents[0].upload.url)
    await using thief = await open(program.url)
    const { page } = thief
    assert.equal((await page.goto(link.href))?.status(), 200)
    const changed = [
      link.href.replace(/documents\/(\d+)/, (_, id) => `documents/${Number(id) + 1}`),
      link.href.replace(/expires=\d+/, 'expires=9999999999'),
      link.href.replace(/signature=.{4}/, 'signature=AAAA'),
      link.href.replace(/\?.*/, ''),
    ]
    for (const href of changed) assert.equal((await page.goto(href))?.status(), 404, href)

    const { body: queue } = await admin.call('GET', '/admin/reviews')
    await admin.call('POST', `/admin/reviews/${queue[0].id}/claim`)
    const { body: review } = await admin.call('GET', `/admin/reviews/${queue[0].id}`)
    const { body: view } = await admin.call('POST', `/admin/documents/${review.documents[0].id}/views`, {})
    const mallory = await aResident(program, 'eve@example.com')
    const { href } = new URL(view.url, program.url)
    assert.equal((await admin.call('GET', href)).status, 200)
    for (const status of [(await mallory.call('GET', href)).status, (await fetch(href)).status])
      assert.ok([401, 403, 404].includes(status), String(status))
  })
})

/** Opens a page, waits for the text that it must show, and fails where something of the markup lives. */
async function isInert(page: Page, path: string, text = ''): Promise<void> {
  await page.goto(path, { waitUntil: 'networkidle' })
  if (text !== '') await page.getByText(text).first().waitFor()
  assert.equal(await page.evaluate('window.pwned'), undefined, path)
  assert.equal(await page.locator('img[src="x"], script:not([src])').count(), 0, path)
}

/** A page of another site. */
async function aSite(body: string): Promise<{ url: string } & AsyncDisposable> {
  const server: Server = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end(`<!doctype html>${body}`),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://localhost:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
