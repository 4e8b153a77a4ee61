import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { assertAccessible } from '../support/axe.ts'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { type Program, startProgram } from '../support/program.ts'
import { sideways } from './walk.ts'

const BUDGET = 150 * 1024

describe('The web app as the server sends it', { skip: noChromium }, () => {
  const open = chromiumForSuite()
  let program: Program
  before(async () => {
    program = await startProgram('sqlite:')
  })
  after(() => program[Symbol.asyncDispose]())

  test('loads under 150 KB of compressed script for the first account page, and nothing of the console', async () => {
    await using person = await open(program.url)
    const scripts = new Set<string>()
    person.page.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.add(request.url())
    })
    await person.page.goto('/account', { waitUntil: 'networkidle' })
    const loaded = new Map<string, number>()
    for (const url of scripts) {
      const body = await (await fetch(url)).arrayBuffer()
      loaded.set(new URL(url).pathname, brotliCompressSync(Buffer.from(body)).length)
    }
    const total = [...loaded.values()].reduce((sum, bytes) => sum + bytes, 0)
    assert.ok(loaded.size > 0)
    assert.ok(total < BUDGET, `${total} bytes of script: ${JSON.stringify([...loaded])}`)
  })

  // ASVS 1.2.3
  test('may be framed by nobody and allows neither inline scripts nor evaluated ones nor other hosts', async () => {
    for (const path of ['/account', '/account/security', '/admin', '/admin/reviews']) {
      const { headers } = await fetch(`${program.url}${path}`)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/, path)
      assert.doesNotMatch(policy, /unsafe|https?:/, path)
      assert.equal(headers.get('x-frame-options'), 'DENY', path)
    }
  })

  test('is kept by browsers for a year under names that change with the content, and the page itself never', async () => {
    const page = await fetch(`${program.url}/account`)
    assert.equal(page.headers.get('cache-control'), 'no-store')
    const script = /<script type="module" src="([^"]+)"/.exec(await page.text())?.[1]
    const { headers } = await fetch(`${program.url}${script}`, { headers: { 'accept-encoding': 'br' } })
    assert.match(headers.get('cache-control') ?? '', /max-age=31536000, immutable/)
    assert.equal(headers.get('content-encoding'), 'br')
  })

  test('speaks the language of the browser, and the chosen one before it', async () => {
    const said = async (headers: Record<string, string>) =>
      /<html [^>]*>/.exec(await (await fetch(`${program.url}/account`, { headers })).text())?.[0]
    assert.equal(await said({ 'accept-language': 'fr, ar;q=0.8, de;q=0.9' }), '<html lang="de" dir="ltr">')
    assert.equal(await said({ 'accept-language': 'de', cookie: 'barong_language=ar' }), '<html lang="ar" dir="rtl">')
    assert.equal(await said({ cookie: '__Host-barong_language=de; barong_language=ar' }), '<html lang="de" dir="ltr">')
    assert.equal(await said({ cookie: 'barong_language="><script>; barong_scheme=x' }), '<html lang="en" dir="ltr">')
    assert.equal(
      await said({ cookie: 'barong_scheme=dark' }),
      '<html lang="en" dir="ltr" data-mantine-color-scheme="dark">',
    )
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`keeps nobody out of the pages that need no account, in ${colorScheme}`, async () => {
      await using person = await open(program.url, { colorScheme })
      for (const path of ['/', '/docs', '/accounts/password/edit?reset_password_token=x', '/nowhere']) {
        await person.page.goto(path)
        await assertAccessible(person.page, path)
      }
    })
  }

  test('shows the reference of the API on a telephone without scrolling to the side', async () => {
    await using person = await open(program.url, { viewport: { width: 360, height: 740 } })
    await person.page.goto('/docs')
    assert.equal(await sideways(person.page), 0)
  })
})
