import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { aPng, multipart } from '../../../test/support/multipart.ts'
import { testServer } from '../../../test/support/server.ts'

const NOISE = { type: 'gaussian', mean: 128, sigma: 60 } as const

onEachDatabase('A document that is under another account, too', (newDatabase) => {
  test('is found by its number however it is written, by whoever reviews, and never by its owner', async () => {
    await using server = await testServer(await newDatabase())
    const hand = async (doc_number: string, doc_type = 'Passport') => {
      const account = await anAccount(server)
      const token = await aToken(server, account)
      const upload = { filename: 'a.png', content: aPng(108), type: 'image/png' }
      const form = multipart([
        ['doc_expire', '2099-12-31'],
        ['doc_type', doc_type],
        ['doc_number', doc_number],
        ['upload', upload],
      ])
      assert.equal((await server.call('POST', '/documents', { token, ...form })).status, 201)
      return { uid: account.uid, token }
    }
    const first = await hand('AB-12 34')
    const second = await hand('ab1234')
    await hand('AB-12 35')
    await hand('AB-12 34', 'Identity card')
    const same = async (role: string) => sameFor(await aToken(server, await anAccount(server, { role })))
    const sameFor = async (token: string) => {
      const { status, body } = await server.call('GET', `/admin/accounts/${first.uid}`, { token })
      assert.equal(status, 200)
      return body.documents.map((document: { same_number: string[] }) => document.same_number)
    }
    assert.deepEqual(await same('compliance'), [[second.uid]])
    assert.deepEqual(await same('support'), [[]])
    const own = await server.call('GET', '/documents', { token: first.token })
    assert.equal(JSON.stringify(own.body).includes(second.uid), false)
    assert.equal(JSON.stringify(own.body).includes('sealed'), false)
    // Not even where the owner reviews others.
    await server.deps.db.updateTable('accounts').set({ role: 'compliance' }).where('uid', '=', first.uid).execute()
    assert.deepEqual(await sameFor(first.token), [[]])
  })

  test('is found by its picture, where another account handed it in', async () => {
    await using server = await testServer(await newDatabase())
    const picture = await sharp({ create: { width: 400, height: 300, channels: 3, background: '#888', noise: NOISE } })
      .png()
      .toBuffer()
    const hand = async (token: string, doc_number: string) => {
      const upload = { filename: 'a.png', content: picture, type: 'image/png' }
      const form = multipart([
        ['doc_expire', '2099-12-31'],
        ['doc_type', 'Passport'],
        ['doc_number', doc_number],
        ['upload', upload],
      ])
      assert.equal((await server.call('POST', '/documents', { token, ...form })).status, 201)
    }
    const [one, other] = [await anAccount(server), await anAccount(server)]
    for (const number of ['A1', 'A2']) await hand(await aToken(server, one), number)
    const officer = await aToken(server, await anAccount(server, { role: 'compliance' }))
    const same = async () => {
      const { body } = await server.call('GET', `/admin/accounts/${one.uid}`, { token: officer })
      return body.documents.map((document: { same_picture: string[] }) => document.same_picture)
    }
    assert.deepEqual(await same(), [[], []], 'one’s own say nothing')
    await hand(await aToken(server, other), 'B1')
    assert.deepEqual(await same(), [[other.uid], [other.uid]])
  })
})
