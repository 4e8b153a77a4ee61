import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { aPdf, multipart } from '../../../test/support/multipart.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { DAY, isoDay, MINUTE } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'

const grey = () =>
  sharp({ create: { width: 600, height: 400, channels: 3, background: '#808080' } })
    .png()
    .toBuffer()

async function aDocument(server: TestServer, content: Buffer, filename: string, owner?: Account): Promise<number> {
  const token = await aToken(server, owner ?? (await anAccount(server)))
  const form = multipart([
    ['doc_type', 'Passport'],
    ['doc_number', 'C01X00T47'],
    ['doc_expire', isoDay(server.clock.now() + 400 * DAY)],
    ['upload', { filename, content }],
  ])
  assert.equal((await server.call('POST', '/documents', { token, ...form })).status, 201)
  return (await server.deps.db.selectFrom('documents').select('id').executeTakeFirstOrThrow()).id
}

const link = (server: TestServer, token: string, id: number) =>
  server.call('POST', `/admin/documents/${id}/views`, { token })

const open = (server: TestServer, url: string, token?: string) =>
  server.app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })

onEachDatabase('The file of a document', (newDatabase) => {
  test('opens for the officer who asked, under their watermark, and the log tells so', async () => {
    await using server = await testServer(await newDatabase())
    const id = await aDocument(server, await grey(), 'passport.png')
    const officer = await anAccount(server, { role: 'compliance' })
    const token = await aToken(server, officer)
    const { status, body } = await link(server, token, id)
    assert.equal(status, 201)
    assert.ok(body.watermark.startsWith(`${officer.uid} ${officer.email} 20`))
    const { statusCode, headers, rawPayload } = await open(server, body.url, token)
    assert.deepEqual([statusCode, headers['content-type']], [200, 'image/jpeg'])
    assert.match(String(headers['cache-control']), /no-store/)
    const { channels } = await sharp(rawPayload).stats()
    assert.ok(
      (channels[0]?.min ?? 128) < 110 && (channels[0]?.max ?? 128) > 145,
      'there is dark and light upon the grey',
    )
    const record = await server.deps.db
      .selectFrom('audit_records')
      .selectAll()
      .where('action', '=', 'document.viewed')
      .executeTakeFirstOrThrow()
    assert.deepEqual([record.actor_kind, record.actor_id], ['administrator', String(officer.id)])
  })

  test('opens by a link neither for another officer, nor for strangers, nor later, nor altered', async () => {
    await using server = await testServer(await newDatabase())
    const id = await aDocument(server, await grey(), 'passport.png')
    const token = await aToken(server, await anAccount(server, { role: 'compliance' }))
    const { url } = (await link(server, token, id)).body
    const other = await aToken(server, await anAccount(server, { role: 'admin' }))
    const support = await aToken(server, await anAccount(server, { role: 'support' }))
    assert.equal((await open(server, url, other)).statusCode, 404)
    assert.equal((await open(server, url, support)).statusCode, 403)
    assert.equal((await open(server, url)).statusCode, 401)
    assert.equal((await open(server, url.replace('expires=1', 'expires=2'), token)).statusCode, 404)
    assert.equal((await open(server, url.split('?')[0] ?? '', token)).statusCode, 404)
    const owner = server.deps.db.selectFrom('documents').innerJoin('accounts', 'accounts.id', 'documents.account_id')
    await aDocument(server, await grey(), 'other.png', await owner.selectAll('accounts').executeTakeFirstOrThrow())
    const others = await server.deps.db.selectFrom('documents').select('id').where('id', '<>', id).execute()
    for (const { id: another } of others)
      assert.equal((await open(server, url.replace(`/${id}/file`, `/${another}/file`), token)).statusCode, 404)
    assert.equal(others.length, 1)
    server.clock.advance(5 * MINUTE)
    assert.equal((await open(server, url, token)).statusCode, 403)
    assert.equal((await link(server, support, id)).status, 403)
    assert.equal((await link(server, token, id + 99)).status, 404)
    const views = server.deps.db.selectFrom('audit_records').select('id').where('action', '=', 'document.viewed')
    assert.deepEqual(await views.execute(), [])
  })

  // ASVS 8.2.2
  test('is not for whoever handed it in, and of a colleague the log tells who looked', async () => {
    await using server = await testServer(await newDatabase())
    const colleague = await anAccount(server, { role: 'compliance' })
    const id = await aDocument(server, await grey(), 'passport.png', colleague)
    const own = await link(server, await aToken(server, colleague), id)
    assert.deepEqual([own.status, own.body], [403, { error: 'Your own documents are for your colleagues to look at' }])
    const officer = await anAccount(server, { role: 'compliance' })
    const token = await aToken(server, officer)
    assert.equal((await open(server, (await link(server, token, id)).body.url, token)).statusCode, 200)
    const views = await server.deps.db
      .selectFrom('audit_records')
      .select(['actor_id', 'account_id'])
      .where('action', '=', 'document.viewed')
      .execute()
    assert.deepEqual(views, [{ actor_id: String(officer.id), account_id: colleague.id }])
  })

  test('shows a PDF page by page, each a picture under the watermark, and the log tells which', async () => {
    await using server = await testServer(await newDatabase())
    const id = await aDocument(server, aPdf('', { pages: 2 }), 'passport.pdf')
    const officer = await anAccount(server, { role: 'compliance' })
    const token = await aToken(server, officer)
    const { body } = await link(server, token, id)
    assert.deepEqual([body.content_type, body.pages], ['image/jpeg', 2])
    for (const page of [1, 2]) {
      const { headers, rawPayload } = await open(server, `${body.url}&page=${page}`, token)
      assert.equal(headers['content-type'], 'image/jpeg')
      assert.match(String(headers['content-security-policy']), /sandbox/)
      const { channels } = await sharp(rawPayload).stats()
      assert.ok((channels[0]?.min ?? 255) < 200 && (channels[0]?.max ?? 0) > 250, 'there is dark upon the white page')
    }
    assert.equal((await open(server, `${body.url}&page=3`, token)).statusCode, 422)
    const records = server.deps.db.selectFrom('audit_records').select('details').where('action', '=', 'document.viewed')
    const details = (await records.orderBy('id').execute()).map((record) => JSON.parse(record.details ?? ''))
    assert.deepEqual(
      details.map(({ document_id, page }) => [document_id, page]),
      [1, 2, 3].map((page) => [id, page]),
    )
  })

  test('is told to be unshowable where nothing can be drawn of it', async () => {
    await using server = await testServer(await newDatabase())
    const pdf = Buffer.from('%PDF-1.4\n%âãÏÓ\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n')
    const id = await aDocument(server, pdf, 'passport.pdf')
    const token = await aToken(server, await anAccount(server, { role: 'compliance' }))
    const { status, body } = await link(server, token, id)
    assert.equal(status, 422)
    assert.match(body.error, /cannot be shown/)
  })
})
