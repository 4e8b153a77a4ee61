import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { buildApp } from '../../app.ts'
import { SECOND } from '../../lib/clock.ts'
import { contrast } from '../../lib/colors.ts'

const HOST = 'id.shop.example'
const SHOP = {
  domain: 'Shop.Example',
  title: ' Shop  Exchange ',
  accent: '#0B6E4F',
  header_background: '#102A43',
  header_links: [{ text: 'Markets', url: 'https://shop.example/markets' }],
  footer_links: [
    { text: 'Imprint', url: '/docs' },
    { text: 'Help', url: 'mailto:help@shop.example' },
  ],
}

onEachDatabase('Websites', (newDatabase) => {
  const prepared = async (environment: Record<string, string> = {}, url?: string) => {
    const server = await testServer(url ?? (await newDatabase()), environment)
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    const add = (json: object) => server.call('POST', '/admin/websites', { token, json })
    return { server, token, add }
  }

  test('dress the pages of their domain and of those below it, and no others', async () => {
    const { server, add } = await prepared()
    await using _ = server
    const { status, body } = await add({ ...SHOP, logo: (await aLogo()).toString('base64') })
    assert.deepEqual([status, body.domain, body.title, body.accent], [201, 'shop.example', 'Shop Exchange', '#0b6e4f'])
    for (const path of ['/sign-in', '/account', '/oauth/device']) {
      const page = await pageOf(server, path)
      assert.match(page, /<title>[^<]*Shop Exchange/, path)
      assert.match(page, /<a href="https:\/\/shop\.example\/markets" rel="noreferrer">Markets<\/a>/, path)
      assert.match(page, /<footer class="site-footer"><a href="\/docs" rel="noreferrer">Imprint<\/a>/, path)
      const elsewhere = await pageOf(server, path, 'evilshop.example')
      assert.doesNotMatch(elsewhere, /Shop Exchange|Imprint|\/website\//, path)
    }
    assert.doesNotMatch(await pageOf(server, '/admin'), /Imprint|\/website\//)
    const styles = /href="(\/website\/styles\.css\?v=\w+)"/.exec(await pageOf(server, '/sign-in'))?.[1] ?? ''
    const sheet = await server.app.inject({ url: styles, headers: { host: `${HOST}:443` } })
    assert.match(sheet.body, /--accent: light-dark\(#0b6e4f, #\w{6}\)/)
    assert.match(String(sheet.headers['cache-control']), /immutable/)
    const logo = /url\("([^"]+)"\)/.exec(sheet.body)?.[1] ?? ''
    const picture = await server.app.inject({ url: logo, headers: { host: HOST } })
    assert.deepEqual([picture.statusCode, picture.headers['content-type']], [200, 'image/png'])
    assert.equal((await sharp(picture.rawPayload).metadata()).format, 'png')
    assert.equal(
      (await server.app.inject({ url: '/website/logo.png', headers: { host: 'other.example' } })).statusCode,
      404,
    )
  })

  test('are told to everybody by host', async () => {
    const { server, add } = await prepared()
    await using _ = server
    await add(SHOP)
    const ask = async (host: string) => (await server.call('GET', '/website', { headers: { host } })).body
    const shop = await ask(HOST)
    assert.deepEqual([shop.domain, shop.title, shop.palette.header.text], ['shop.example', 'Shop Exchange', '#ffffff'])
    const other = await ask('other.example')
    assert.deepEqual([other.domain, other.title, other.footer_links], [null, 'Barong', []])
  })

  test('dress mails where the links of mails lead to', async () => {
    const { server, token, add } = await prepared({ BARONG_URL: 'http://id.shop.example' })
    await using _ = server
    const { id } = (await add(SHOP)).body
    const mail = async (email: string) => {
      await server.call('POST', '/accounts', { json: { email, password: 'umbrella over chimneys 64' } })
      await server.deliver()
      return server.mails.find(({ to }) => to === email)
    }
    const dressed = await mail('first@example.com')
    assert.match(dressed?.html ?? '', /background: #0b6e4f.*href="http:\/\/id\.shop\.example\/docs"/s)
    assert.match(dressed?.text ?? '', /Shop Exchange\s+Imprint: http:\/\/id\.shop\.example\/docs\nHelp: mailto:/)
    assert.equal((await server.call('DELETE', `/admin/websites/${id}`, { token })).status, 204)
    const plain = await mail('second@example.com')
    assert.match(plain?.html ?? '', /background: #2459d3/)
    assert.doesNotMatch(plain?.html ?? '', /Imprint/)
  })

  test('have colours that can be read in light and in dark, or are refused with one that would do', async () => {
    const { server, token, add } = await prepared()
    await using _ = server
    const { status, body } = await add({ ...SHOP, accent: '#ffcc00' })
    assert.equal(status, 422)
    const proposed = /(#\w{6}) would do/.exec(body.error)?.[1] ?? ''
    for (const accent of [proposed, '#000000', '#7a1fa2']) {
      const preview = await server.call('POST', '/admin/websites/preview', { token, json: { accent } })
      assert.equal(preview.status, 200)
      const { accent: links, fill } = preview.body
      for (const ground of ['#f6f7f9', '#ffffff', '#eef0f4']) assert.ok(contrast(links.light, ground) >= 4.5, accent)
      for (const ground of ['#121519', '#1a1e24', '#0d0f12']) assert.ok(contrast(links.dark, ground) >= 4.5, accent)
      for (const button of [fill.light, fill.dark]) assert.ok(contrast(button, '#ffffff') >= 4.5, accent)
      assert.ok(contrast(fill.dark, '#1a1e24') >= 3, accent)
    }
  })

  // ASVS 1.2.2, 1.3.4, 1.3.5
  test('take nothing that a browser would run or that leads elsewhere than it says', async () => {
    const { server, add } = await prepared()
    await using _ = server
    const urls = ['javascript:alert(1)', 'data:text/html,x', '//evil.example', '/\\evil.example', 'http://shop.example']
    for (const url of [...urls, 'java\tscript:alert(1)', 'https://a@evil.example/', 'https://'])
      assert.equal((await add({ ...SHOP, footer_links: [{ text: 'x', url }] })).status, 422, url)
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="alert(1)"/>')
    for (const logo of [svg.toString('base64'), '!', 'not an image'])
      assert.equal((await add({ ...SHOP, logo })).status, 422, logo)
    for (const accent of ['red', '#fff', '#0b6e4f;}body{display:none', 'url(https://evil.example)'])
      assert.equal((await add({ ...SHOP, accent })).status, 422, accent)
    for (const domain of ['https://shop.example', 'shop.example/', 'shop.example:80', '', '-a.example', 'a b'])
      assert.equal((await add({ ...SHOP, domain })).status, 422, domain)
  })

  test('show texts as texts', async () => {
    const { server, add } = await prepared()
    await using _ = server
    const evil = '"><img src=x onerror=alert(1)>'
    const footer_links = [{ text: evil, url: `https://shop.example/${encodeURIComponent(evil)}'"` }]
    assert.equal((await add({ ...SHOP, title: evil, footer_links })).status, 201)
    for (const path of ['/sign-in', '/account']) assert.doesNotMatch(await pageOf(server, path), /<img/, path)
  })

  test('are changed and removed, there is one of each domain, and the log tells of it', async () => {
    const { server, token, add } = await prepared()
    await using _ = server
    const { id } = (await add({ ...SHOP, logo: (await aLogo()).toString('base64') })).body
    assert.equal((await add({ ...SHOP, domain: 'shop.example' })).status, 422)
    const change = (json: object, which = id) => server.call('PATCH', `/admin/websites/${which}`, { token, json })
    const changed = await change({ title: 'Shop', accent: null, logo: null })
    assert.deepEqual(
      [changed.status, changed.body.title, changed.body.accent, changed.body.logo_url, changed.body.header_background],
      [200, 'Shop', null, null, '#102a43'],
    )
    assert.match(await pageOf(server, '/sign-in'), /· Shop</)
    assert.equal((await change({ title: 'x' }, id + 1)).status, 404)
    assert.equal((await server.call('DELETE', `/admin/websites/${id}`, { token })).status, 204)
    assert.deepEqual((await server.call('GET', '/admin/websites', { token })).body, [])
    const records = await server.deps.db.selectFrom('audit_records').select('action').orderBy('id').execute()
    const actions = records.map(({ action }) => action).filter((action) => action.startsWith('website.'))
    assert.deepEqual(actions, ['website.created', 'website.changed', 'website.deleted'])
  })

  test('reach other processes of the same database within seconds', async () => {
    const { server, add } = await prepared()
    await using _ = server
    const other = await buildApp(server.deps)
    await add(SHOP)
    const ask = () => other.inject({ url: '/sign-in', headers: { host: HOST, accept: 'text/html' } })
    server.clock.advance(6 * SECOND)
    await ask()
    for (let tries = 0; tries < 200 && !(await ask()).body.includes('Shop Exchange'); tries += 1);
    assert.match((await ask()).body, /Shop Exchange/)
    await other.close()
  })

  test('reach other processes whose clocks differ, however fast they change', async () => {
    const url = await newDatabase()
    const { server: ahead, add } = await prepared(OF_ONE_SYSTEM, url)
    await using _ = ahead
    const { server: behind, token, add: addBehind } = await prepared(OF_ONE_SYSTEM, url)
    await using __ = behind
    ahead.clock.advance(60 * SECOND)
    await add({ ...SHOP, domain: 'first.example' })
    const { id } = (await addBehind(SHOP)).body
    await shows(ahead, 'Shop Exchange')
    const rename = (title: string) => behind.call('PATCH', `/admin/websites/${id}`, { token, json: { title } })
    for (const title of ['One', 'Two', 'Three']) {
      assert.equal((await rename(title)).status, 200)
      await shows(ahead, title)
    }
  })
})

/** Processes of one system have their master key in common. */
const OF_ONE_SYSTEM = { BARONG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }

/** Waits until the server's pages have the title; it looks for changes when it is asked. */
async function shows(server: TestServer, title: string): Promise<void> {
  const asked = async () => (await pageOf(server, '/sign-in')).includes(`· ${title}<`)
  server.clock.advance(6 * SECOND)
  await asked()
  for (let tries = 0; tries < 200 && !(await asked()); tries += 1);
  assert.ok(await asked(), title)
}

const aLogo = (): Promise<Buffer> =>
  sharp({ create: { width: 300, height: 100, channels: 3, background: '#0b6e4f' } })
    .webp()
    .toBuffer()

async function pageOf(server: TestServer, url: string, host = HOST): Promise<string> {
  const { body } = await server.app.inject({ url, headers: { host, accept: 'text/html' } })
  return body
}
