import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { createBarong, passwords } from '../../../sdk/src/index.ts'
import { anAuthenticator, chromiumForSuite, noChromium } from '../support/chromium.ts'
import { onEachDatabase } from '../support/databases.ts'
import { type Program, startProgram } from '../support/program.ts'
import { aResident } from '../web/residents.ts'
import { PASSWORD } from '../web/walk.ts'
import { ADMIN } from '../web/world.ts'
import { packedSdkForSuite } from './packed.ts'

/** A page of somebody's own; `later` lets time pass for its clock. */
const PAGE = `<!doctype html><title>Tab</title><script type="module">
import * as sdk from '/sdk/index.js'
let passed = 0
globalThis.later = (ms) => { passed += ms }
globalThis.open = (name, options) => {
  const now = () => Date.now() + passed
  const onSignedOut = () => { globalThis.ended = (globalThis.ended ?? 0) + 1 }
  const store = name === 'cookies' ? {} : { store: sdk.localStore() }
  globalThis.barong = sdk.createBarong({ auth: sdk[name]({ ...options, ...store, now, onSignedOut }) })
}
globalThis.me = async () => (await Promise.all(Array.from({ length: 8 }, () => barong.account.me()))).map(({ data, error }) => data?.email ?? error.kind)
globalThis.ready = true
</script>`

onEachDatabase('The SDK in a browser', (newDatabase) => {
  const open = chromiumForSuite()
  const project = packedSdkForSuite()
  let program: Program
  before(async () => {
    // An address is no domain that passkeys could belong to.
    if (noChromium === false) program = await startProgram(await newDatabase(), ADMIN, 'localhost')
  })
  after(() => program?.[Symbol.asyncDispose]())

  /** Serves the page and the published SDK beside the server, as a proxy would, and counts what is asked for. */
  async function beside(context: BrowserContext): Promise<string[]> {
    const asked: string[] = []
    const folder = join(project().folder, 'node_modules/@barong/sdk')
    await context.route('**/tab*', (route) => route.fulfill({ contentType: 'text/html', body: PAGE }))
    await context.route('**/sdk/**', (route) => {
      const path = new URL(route.request().url()).pathname.replace('/sdk/', '')
      return route.fulfill({ contentType: 'text/javascript', body: readFileSync(join(folder, path), 'utf8') })
    })
    context.on('request', (request) => asked.push(new URL(request.url()).pathname))
    return asked
  }
  const timesOf = (asked: string[], path: string) => asked.filter((each) => each === path).length

  async function aTab(page: Page, name: string, options: object = {}): Promise<Page> {
    await page.goto('/tab')
    await page.waitForFunction('globalThis.ready')
    await page.evaluate(`open('${name}', ${JSON.stringify(options)})`)
    return page
  }
  /** What the tab's calls, eight at once, are answered. */
  const emails = async (tab: Page): Promise<string[]> => [...new Set(await tab.evaluate<string[]>('me()'))]

  test('signs in by cookie, makes a passkey, hands in a paper with news of how far it is, and comes back by the passkey', {
    skip: noChromium,
  }, async () => {
    const { email } = await aResident(program, 'ada@example.com')
    await using person = await open(program.url)
    const asked = await beside(person.page.context())
    await anAuthenticator(person.page)
    const tab = await aTab(person.page, 'cookies')
    assert.deepEqual(await emails(tab), ['unauthenticated'])
    const credentials = JSON.stringify({ email, password: PASSWORD })
    await tab.evaluate(`barong.auth.signIn(${credentials}).orThrow()`)
    const before = timesOf(asked, '/api/v1/sessions/jwt')
    assert.deepEqual(await emails(tab), [email])
    assert.equal(timesOf(asked, '/api/v1/sessions/jwt'), before + 1)
    await tab.evaluate('barong.passkeys.add("My phone").orThrow()')
    const again = await tab.evaluate('barong.passkeys.add("Again").then(({ error }) => error.reason)')
    assert.equal(again, 'already_there')

    const paper =
      "{ doc_type: 'Passport', doc_number: 'A1', doc_expire: '2099-12-31', upload: new Blob(['no picture']) }"
    const told = await tab.evaluate(
      `(async () => { const parts = []; const { error } = await barong.documents.add(${paper}, { onProgress: (part) => parts.push(part) }); return [error.kind, Object.keys(error.fields), parts.at(-1), Boolean(error.requestId)] })()`,
    )
    assert.deepEqual(told, ['validation', ['upload'], 1, true])

    await tab.evaluate('barong.auth.signOut().orThrow()')
    assert.deepEqual(await emails(tab), ['unauthenticated'])
    const wanted = await tab.evaluate(
      `barong.auth.signIn(${credentials}).then(({ error }) => { globalThis.wanted = error; return [error.kind, error.wrong] })`,
    )
    assert.deepEqual(wanted, ['second_factor_required', false])
    const wrong = await tab.evaluate(
      `barong.auth.signIn({ ...${credentials}, otp_code: '000000' }).then(({ error }) => [error.kind, error.wrong])`,
    )
    assert.deepEqual(wrong, ['second_factor_required', true])
    await tab.evaluate(
      `import('/sdk/index.js').then(async ({ signWithPasskey }) => { const { data: passkey } = await signWithPasskey(wanted.passkeyOptions); return barong.auth.signIn({ ...${credentials}, passkey }).orThrow() })`,
    )
    assert.deepEqual(await emails(tab), [email])
    await tab.evaluate(
      'barong.auth.signOut().then(() => barong.auth.signInWithPasskey()).then(({ error }) => { if (error) throw error })',
    )
    assert.deepEqual(await emails(tab), [email])
    await tab.evaluate('barong.security.confirmWithPasskey().orThrow()')
    await using stranger = await open(program.url)
    await beside(stranger.page.context())
    const other = await aTab(stranger.page, 'cookies')
    assert.deepEqual(
      await other.evaluate('barong.fetch("/nowhere").then(({ error }) => error.kind)'),
      'unauthenticated',
    )
  })

  test('renews once for two tabs with a password, and ends in both with a sign-out', { skip: noChromium }, async () => {
    const { email } = await aResident(program, 'grace@example.com')
    await using person = await open(program.url)
    const asked = await beside(person.page.context())
    const options = { application_id: program.application_id }
    const one = await aTab(person.page, 'passwords', options)
    await one.evaluate(`barong.auth.signIn(${JSON.stringify({ email, password: PASSWORD })}).orThrow()`)
    const other = await aTab(await person.page.context().newPage(), 'passwords', options)
    assert.deepEqual(await emails(other), [email])
    for (const tab of [one, other]) await tab.evaluate('later(4 * 3600_000 - 10_000)')
    assert.deepEqual(await Promise.all([emails(one), emails(other)]), [[email], [email]])
    assert.equal(timesOf(asked, '/api/v1/security/renew'), 1)
    await one.evaluate('barong.auth.signOut().orThrow()')
    assert.deepEqual(await emails(other), ['unauthenticated'])
    assert.equal(await other.evaluate('globalThis.ended ?? 0'), 0)
  })

  test('signs somebody in at an application on a page of its own, step by step', { skip: noChromium }, async () => {
    const { email } = await aResident(program, 'mary@example.com')
    await using person = await open(program.url)
    const tab = person.page
    await beside(tab.context())
    const redirect_uri = `${program.url}/tab`
    const options = { client_id: await anApplication('Own pages', redirect_uri), redirect_uri, scope: 'openid profile' }
    await aTab(tab, 'oauth', options)
    const { url, pending } = await tab.evaluate<{ url: string; pending: object }>('barong.auth.begin()')
    const steps = { sign_in: { email, password: PASSWORD }, consent: undefined }
    let address = url
    for (const [step, body] of Object.entries(steps)) {
      await tab.goto(address)
      const id = new URL(tab.url()).pathname.split('/').at(-1)
      await aTab(tab, 'cookies')
      address = await tab.evaluate<string>(`(async () => {
        const path = ${JSON.stringify({ id })}
        const { csrf_token, step } = await barong.request('GET /api/v1/interactions/{id}', { path }).orThrow()
        if (step !== '${step}') throw new Error(step)
        const headers = { 'x-csrf-token': csrf_token }
        const input = { path, headers, body: ${JSON.stringify(body) ?? 'undefined'} }
        return (await barong.request('POST /api/v1/interactions/{id}/${step}', input).orThrow()).redirect_to
      })()`)
    }
    await tab.goto(address)
    await tab.waitForURL('**/tab?*')
    const callback = tab.url()
    await aTab(tab, 'oauth', options)
    await tab.evaluate(`barong.auth.finish('${callback}', ${JSON.stringify(pending)}).orThrow()`)
    assert.deepEqual(await emails(tab), [email])
  })

  for (const locks of ['with Web Locks', 'without Web Locks'])
    test(`keeps an application's session when two tabs turn its refresh token at once, ${locks}`, {
      skip: noChromium,
    }, async () => {
      const email = `${locks.replaceAll(' ', '').toLowerCase()}@example.com`
      await aResident(program, email)
      await using person = await open(program.url)
      const context = person.page.context()
      const asked = await beside(context)
      if (locks === 'without Web Locks')
        await context.addInitScript("Object.defineProperty(navigator, 'locks', { value: undefined })")
      const redirect_uri = `${program.url}/tab`
      const options = {
        client_id: await anApplication(`Shop ${locks}`, redirect_uri),
        redirect_uri,
        scope: 'openid profile',
      }
      const one = await aTab(person.page, 'oauth', options)
      const { url, pending } = await one.evaluate<{ url: string; pending: object }>('barong.auth.begin()')
      await one.goto(url)
      await one.fill('[name=email]', email)
      await one.fill('[name=password]', PASSWORD)
      await one.press('[name=password]', 'Enter')
      await one.getByRole('button', { name: 'Allow' }).click()
      // Whoever is sent on by a redirect is not served the page, but the address is there.
      await one.waitForURL('**/tab?*')
      const callback = one.url()
      await aTab(one, 'oauth', options)
      await one.evaluate(`barong.auth.finish('${callback}', ${JSON.stringify(pending)}).orThrow()`)
      const other = await aTab(await context.newPage(), 'oauth', options)
      assert.deepEqual(await emails(other), [email])
      const begun = timesOf(asked, '/oauth/token')
      for (let time = 1; time <= 3; time += 1) {
        for (const tab of [one, other]) await tab.evaluate('later(4 * 3600_000 - 10_000)')
        assert.deepEqual(await Promise.all([emails(one), emails(other)]), [[email], [email]])
        if (locks === 'with Web Locks') assert.equal(timesOf(asked, '/oauth/token'), begun + time)
      }
      for (const tab of [one, other]) assert.equal(await tab.evaluate('globalThis.ended ?? 0'), 0)
    })

  async function anApplication(name: string, redirect_uri: string): Promise<string> {
    const admin = createBarong({ url: program.url, auth: passwords({ application_id: program.application_id }) })
    await admin.auth.signIn({ email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD }).orThrow()
    const body = { name, redirect_uris: [redirect_uri], public: true }
    return (await admin.request('POST /api/v1/admin/applications', { body }).orThrow()).uid
  }
})
