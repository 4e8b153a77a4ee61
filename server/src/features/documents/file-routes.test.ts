import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { aJpeg, aPdf, aPng, multipart } from '../../../test/support/multipart.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { iso, MINUTE, SECOND } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'

interface Holder {
  account: Account
  /** Links to the account's documents, as paths. */
  links(): Promise<string[]>
}

async function aHolder(server: TestServer, ...contents: Buffer[]): Promise<Holder> {
  const account = await anAccount(server)
  const token = await aToken(server, account)
  for (const content of contents) {
    const form = multipart([
      ['doc_expire', '2099-12-31'],
      ['doc_type', 'Identity card'],
      ['doc_number', '1'],
      ['upload', { filename: '<script>.png', content }],
    ])
    assert.equal((await server.call('POST', '/documents', { token, ...form })).status, 201)
  }
  const links = async () => {
    const { body } = await server.call('GET', '/documents', { token })
    return body.map((document: { upload: { url: string } }) => {
      const { origin, pathname, search } = new URL(document.upload.url)
      assert.equal(origin, 'http://barong.test')
      return `${pathname}${search}`
    })
  }
  return { account, links }
}

const open = (server: TestServer, url: string, method: 'GET' | 'HEAD' = 'GET') => server.app.inject({ method, url })

async function assertGone(server: TestServer, url: string): Promise<void> {
  const { statusCode, headers, body } = await open(server, url)
  assert.deepEqual([statusCode, body], [404, 'There is no such file'])
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8')
}

onEachDatabase("A document's link", (newDatabase) => {
  test('leads nowhere once secrets stay out of addresses, also one that was given before', async () => {
    const database = await newDatabase()
    const environment = {
      BARONG_MASTER_KEY: '5'.repeat(64),
      BARONG_DATA_DIR: mkdtempSync(join(tmpdir(), 'barong-links-')),
    }
    await using server = await testServer(database, environment)
    const [url = ''] = await (await aHolder(server, aPng())).links()
    assert.equal((await open(server, url)).statusCode, 200)
    await using other = await testServer(database, { ...environment, SECRETS_IN_URLS: 'false' })
    await assertGone(other, url)
    rmSync(environment.BARONG_DATA_DIR, { recursive: true })
  })

  // ASVS 3.2.1, 5.4.1, 5.4.2
  test('shows the file without any header, under a safe name, to be kept by nobody', async () => {
    await using server = await testServer(await newDatabase())
    const pdf = aPdf('x'.repeat(300_000))
    const { links } = await aHolder(server, aPng(), aJpeg(), pdf)
    const starts = ['\x89PNG', '\xff\xd8\xff', pdf.toString('latin1')]
    const types = ['image/png', 'image/jpeg', 'application/pdf']
    const names = ['identity-card.png', 'identity-card.jpg', 'identity-card.pdf']
    for (const [at, link] of (await links()).entries()) {
      const { statusCode, headers, rawPayload } = await open(server, link)
      assert.equal(statusCode, 200)
      assert.ok(rawPayload.toString('latin1').startsWith(starts[at] ?? '?'))
      assert.equal(headers['content-type'], types[at])
      assert.equal(headers['content-length'], String(rawPayload.length))
      assert.equal(headers['content-disposition'], `inline; filename="${names[at]}"`)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['cache-control'], 'private, no-store')
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /^default-src 'none'/)
      // Viewers of PDFs do not start in a sandbox; nothing else shows without.
      assert.equal(/; sandbox$/.test(policy), types[at] !== 'application/pdf', policy)
      const head = await open(server, link, 'HEAD')
      assert.deepEqual([head.statusCode, head.rawPayload.length], [200, 0])
      for (const name of ['content-type', 'content-length', 'content-disposition'])
        assert.equal(head.headers[name], headers[name])
    }
  })

  test('lasts 10 to 15 minutes and is the same within 5', async () => {
    await using server = await testServer(await newDatabase())
    const { links } = await aHolder(server, aPng())
    server.clock.advance(5 * MINUTE - (server.clock.now() % (5 * MINUTE)))
    const [link = ''] = await links()
    server.clock.advance(5 * MINUTE - 1)
    assert.deepEqual(await links(), [link])
    server.clock.advance(10 * MINUTE - SECOND)
    assert.equal((await open(server, link)).statusCode, 200)
    server.clock.advance(SECOND + 1)
    const { statusCode, body, headers } = await open(server, link)
    assert.deepEqual([statusCode, body], [403, 'This link has expired'])
    assert.equal(headers['cache-control'], 'private, no-store')
    assert.equal((await open(server, (await links())[0] ?? '')).statusCode, 200)
  })

  test('leads nowhere when anything of it was altered', async () => {
    await using server = await testServer(await newDatabase())
    const { links } = await aHolder(server, aPng(), aPng())
    const [link = '', other = ''] = await links()
    const { pathname, searchParams } = new URL(link, 'http://x')
    const expires = searchParams.get('expires') ?? ''
    const signature = searchParams.get('signature') ?? ''
    const altered = [
      pathname,
      `${pathname}?expires=${expires}`,
      `${pathname}?expires=${Number(expires) + 1}&signature=${signature}`,
      `${pathname}?expires=0${expires}&signature=${signature}`,
      `${pathname}?expires=${expires}&signature=${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`,
      `${pathname}?expires=${expires}&signature=${signature.toUpperCase()}x`,
      `${new URL(other, 'http://x').pathname}?expires=${expires}&signature=${signature}`,
      `/documents/999999/file?expires=${expires}&signature=${signature}`,
      `/documents/1e1/file?expires=${expires}&signature=${signature}`,
      `/documents/${'9'.repeat(40)}/file?expires=${expires}&signature=${signature}`,
    ]
    for (const url of altered) await assertGone(server, url)
    assert.equal((await open(server, link)).statusCode, 200)
  })

  test('of a discarded or banned account leads nowhere', async () => {
    await using server = await testServer(await newDatabase())
    for (const patch of [{ discarded_at: iso(server.clock.now()) }, { state: 'banned' }]) {
      const { account, links } = await aHolder(server, aPng())
      const [link = ''] = await links()
      assert.equal((await open(server, link)).statusCode, 200)
      await server.deps.db.updateTable('accounts').set(patch).where('id', '=', account.id).execute()
      await assertGone(server, link)
    }
  })

  test('leaves a record of each time that the file is read, of the document and of nobody, and of no time that it is not', async () => {
    await using server = await testServer(await newDatabase())
    const { account, links } = await aHolder(server, aPng())
    const [link = ''] = await links()
    await open(server, link, 'HEAD')
    await assertGone(server, `${link}0`)
    for (let time = 0; time < 2; time += 1) assert.equal((await open(server, link)).statusCode, 200)
    const records = await server.deps.db
      .selectFrom('audit_records')
      .select(['account_id', 'actor_kind', 'actor_id'])
      .where('action', '=', 'document.read')
      .execute()
    const record = { account_id: account.id, actor_kind: 'stranger', actor_id: null }
    assert.deepEqual(records, [record, record])
  })

  test('never shows a file that was altered in the storage', async () => {
    await using server = await testServer(await newDatabase())
    const { links } = await aHolder(server, aPng())
    const [path = ''] = globSync(join(server.deps.config.data_dir, 'documents/**/*.blob'))
    const stored = readFileSync(path)
    stored.writeUInt8(stored.readUInt8(3) ^ 1, 3)
    writeFileSync(path, stored)
    const shown = await open(server, (await links())[0] ?? '').catch(() => undefined)
    assert.ok(!shown?.rawPayload.includes('IHDR'))
    assert.notEqual(shown?.rawPayload.length, aPng().length)
  })

  test('takes no other verb', async () => {
    await using server = await testServer(await newDatabase())
    const { links } = await aHolder(server, aPng())
    const { statusCode } = await server.app.inject({ method: 'POST', url: (await links())[0] ?? '' })
    assert.equal(statusCode, 404)
  })
})
