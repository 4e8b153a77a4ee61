import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { aPdf, aPng, multipart } from '../../../test/support/multipart.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { findSamePictures, insertFingerprint } from './fingerprints.ts'
import type { Fingerprint } from './pictures.ts'

/** The head of a picture, and no pixels. */
const FAKE_PNG = Buffer.concat([aPng().subarray(0, 33), Buffer.alloc(100, 'x')])
const FAKE_PDF = Buffer.from('%PDF-1.4\n<html><script>alert(1)</script>')
const SCRIPTED = aPdf('\n4 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n')

/** A picture of stripes, as wide as told. */
const stripes = (width: number) =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><rect width="400" height="300" fill="#777"/>${[
        30, 90, 170, 230, 310,
      ]
        .map((x, index) => `<rect x="${x}" y="${index * 20}" width="40" height="${300 - index * 40}" fill="#fff"/>`)
        .join('')}</svg>`,
    ),
  )
    .resize(width)
    .withExif({ IFD0: { Make: 'SecretPhone' } })

async function handIn(server: TestServer, content: Buffer, doc_number = 'A1') {
  const account = await anAccount(server)
  const token = await aToken(server, account)
  return { ...(await handInAs(server, token, content, doc_number)), account, token }
}

async function handInAs(server: TestServer, token: string, content: Buffer, doc_number: string) {
  const form = multipart([
    ['doc_expire', '2099-12-31'],
    ['doc_type', 'Passport'],
    ['doc_number', doc_number],
    ['upload', { filename: 'a.png', content }],
  ])
  return server.call('POST', '/documents', { token, ...form })
}

onEachDatabase('What a file contains', (newDatabase) => {
  test('is drawn anew: no trace of device or place is shown to anybody', async () => {
    await using server = await testServer(await newDatabase())
    const { status, token } = await handIn(server, await stripes(400).jpeg().toBuffer())
    assert.equal(status, 201)
    const [document] = (await server.call('GET', '/documents', { token })).body
    const { rawPayload } = await server.app.inject({
      url: new URL(document.upload.url).href.replace(/^https?:\/\/[^/]+/, ''),
    })
    assert.equal((await sharp(rawPayload).metadata()).width, 400)
    assert.ok(!rawPayload.includes('SecretPhone'))
  })

  // ASVS 5.2.2
  test('that is no picture, no PDF, or more than pages is refused, and nothing is kept', async () => {
    await using server = await testServer(await newDatabase(), { DOCUMENTS_READABLE: 'required' })
    for (const [content, words] of [
      [FAKE_PNG, /^Upload File cannot be read/],
      [FAKE_PDF, /^Upload File cannot be read/],
      [SCRIPTED, /^Upload File does more than show pages/],
    ] as const) {
      const { status, body } = await handIn(server, content)
      assert.equal(status, 422)
      assert.match(body.error, words)
    }
    const { db } = server.deps
    for (const table of ['documents', 'unclaimed_blobs', 'review_cases', 'picture_fingerprints'] as const)
      assert.deepEqual(await db.selectFrom(table).selectAll().execute(), [], table)
  })

  test('of a few made-up bytes is kept where that is wanted, scripts never are, and officers are told that it shows nothing', async () => {
    await using server = await testServer(await newDatabase(), { DOCUMENTS_READABLE: 'optional' })
    assert.equal((await handIn(server, SCRIPTED)).status, 422)
    assert.equal((await handIn(server, FAKE_PNG)).status, 201)
    const { id } = await server.deps.db.selectFrom('documents').select('id').executeTakeFirstOrThrow()
    const token = await aToken(server, await anAccount(server, { role: 'compliance' }))
    const view = await server.call('POST', `/admin/documents/${id}/views`, { token })
    const shown = await server.app.inject({ url: view.body.url, headers: { authorization: `Bearer ${token}` } })
    assert.deepEqual(
      [shown.statusCode, shown.json()],
      [422, { error: 'This file cannot be shown; what is in it is no picture, or too much' }],
    )
  })

  test('finds the same picture under other accounts in another size, for officers and nobody else', async () => {
    await using server = await testServer(await newDatabase())
    const first = await handIn(server, await stripes(400).jpeg().toBuffer(), 'A1')
    const second = await handIn(server, await stripes(333).png().toBuffer(), 'B2')
    await handIn(
      server,
      await sharp(await stripes(400).toBuffer())
        .flop()
        .png()
        .toBuffer(),
      'C3',
    )
    await handInAs(server, first.token, await stripes(380).jpeg().toBuffer(), 'A2')
    const token = await aToken(server, await anAccount(server, { role: 'compliance' }))
    const { body } = await server.call('GET', `/admin/accounts/${first.account.uid}`, { token })
    assert.deepEqual(body.documents[0].same_picture, [second.account.uid])
    const [review] = (await server.call('GET', '/admin/reviews', { token })).body
    const detail = await server.call('GET', `/admin/reviews/${review.id}`, { token })
    assert.deepEqual(detail.body.documents[0].same_picture, [second.account.uid])
    const own = await server.call('GET', '/documents', { token: first.token })
    assert.ok(!JSON.stringify(own.body).includes(second.account.uid))
  })

  test('is the same where three of 64 bits differ at most, and all of these need not be in one part', async () => {
    await using server = await testServer(await newDatabase())
    const { db } = server.deps
    const showing = async (fingerprint: Fingerprint) => {
      const { account } = await handIn(server, aPdf())
      const { id } = await db
        .selectFrom('documents')
        .select('id')
        .where('account_id', '=', account.id)
        .executeTakeFirstOrThrow()
      await db.transaction().execute((tx) => insertFingerprint(tx, id, fingerprint))
      return account
    }
    const mine = await showing([1, 2, 4, 8])
    const alike = [await showing([1, 2, 4, 8 ^ 7]), await showing([1 ^ 16, 2 ^ 16, 4 ^ 16, 8])]
    await showing([1, 2, 4, 8 ^ 23])
    await showing([1, 2, 4 ^ 3, 8 ^ 3])
    const [found = []] = (await findSamePictures(db, mine.id)).values()
    assert.deepEqual(found, alike.map(({ uid }) => uid).sort())
  })

  test('is known again, too, where the sheet that a card was scanned on is blank otherwise', async () => {
    await using server = await testServer(await newDatabase())
    const onSheet = async (width: number) =>
      sharp(await stripes(width).extend({ bottom: width, background: '#fff' }).png().toBuffer())
        .jpeg()
        .toBuffer()
    const first = await handIn(server, await onSheet(400), 'A1')
    const second = await handIn(server, await onSheet(333), 'B2')
    const other = sharp({ create: { width: 400, height: 700, channels: 3, background: '#fff' } })
    await handIn(server, await other.png().toBuffer(), 'C3')
    const token = await aToken(server, await anAccount(server, { role: 'compliance' }))
    const { body } = await server.call('GET', `/admin/accounts/${first.account.uid}`, { token })
    assert.deepEqual(body.documents[0].same_picture, [second.account.uid])
  })

  test('is looked at one after the other, so that many at once take the memory of one', async () => {
    await using server = await testServer(await newDatabase())
    const picture = await stripes(2000).jpeg().toBuffer()
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, server.deps.inspection.load().running)
    }, 1)
    const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => handIn(server, picture, `N${index}`)))
    clearInterval(watch)
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201, 201, 201, 201, 201],
    )
    assert.equal(most, 1)
  })

  // ASVS 2.4.1
  test('of one account takes three places at most, so that others and officers are not kept waiting by it', async () => {
    await using server = await testServer(await newDatabase())
    const { inspection } = server.deps
    const picture = await stripes(400).jpeg().toBuffer()
    const { account, token } = await handIn(server, await stripes(300).jpeg().toBuffer())
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const running = inspection.run(() => gate)
    const answers: number[] = []
    const refused = Promise.withResolvers<string>()
    const crowd = Array.from({ length: 6 }, async (_, index) => {
      const { status, body } = await handInAs(server, token, picture, `N${index}`)
      answers.push(status)
      if (status === 429 && answers.length === 3) refused.resolve(body.error)
    })
    assert.equal(await refused.promise, 'Other files of yours are being looked at, please try again in a moment')
    assert.deepEqual(answers, [429, 429, 429])
    const other = handIn(server, picture)
    open()
    assert.equal((await other).status, 201)
    await Promise.all([running, ...crowd])
    assert.deepEqual(answers.slice(3), [201, 201, 201])
    const kept = await server.deps.db
      .selectFrom('documents')
      .select('id')
      .where('account_id', '=', account.id)
      .execute()
    assert.equal(kept.length, 4)
  })
})
