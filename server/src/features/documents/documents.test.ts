import assert from 'node:assert/strict'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { aJpeg, aPdf, aPng, type FormFile, type FormPart, MARK, multipart } from '../../../test/support/multipart.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { DAY, isoDay } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'
import { setPrivateLabel } from '../labels/labels.ts'
import { listDocuments } from './store.ts'

const MB = 1024 * 1024
/** Bytes of a PDF that says nothing. */
const EMPTY = aPdf().length

const png: FormFile = { filename: 'doc.png', content: aPng(108), type: 'image/png' }
const FORM = { doc_expire: '2099-12-31', doc_type: 'Passport', doc_number: 'AB-12 34' }

/** A complete form but for what is overridden; undefined leaves a field out. */
const form = (overrides: Record<string, string | FormFile | undefined> = {}) =>
  multipart(
    Object.entries({ ...FORM, upload: png, ...overrides }).flatMap(([name, value]): FormPart[] =>
      value === undefined ? [] : [[name, value]],
    ),
  )

async function aPerson(server: TestServer): Promise<{ account: Account; token: string }> {
  const account = await anAccount(server)
  return { account, token: await aToken(server, account) }
}

/** The account's labels called `document`, as `private pending`. */
async function labelsOf({ deps }: TestServer, { id }: Account): Promise<string[]> {
  const labels = deps.db.selectFrom('labels').selectAll().where('account_id', '=', id).where('key', '=', 'document')
  return (await labels.orderBy('id').execute()).map(({ scope, value }) => `${scope} ${value}`)
}

const storedFiles = ({ deps }: TestServer) => globSync(join(deps.config.data_dir, 'documents/**/*.blob'))
async function rows({ deps: { db, vault } }: TestServer) {
  const owners = await db.selectFrom('documents').select('account_id').distinct().execute()
  const lists = await Promise.all(owners.map(({ account_id }) => listDocuments(db, vault, account_id)))
  return lists.flat().sort((one, other) => one.id - other.id)
}

onEachDatabase('Documents', (newDatabase) => {
  test('are taken in as PNG, JPEG and PDF, listed in order, and put the account up for review', async () => {
    await using server = await testServer(await newDatabase())
    const { account, token } = await aPerson(server)
    assert.deepEqual((await server.call('GET', '/documents', { token })).body, [])
    const jpeg = { filename: 'x.jpeg', content: aJpeg(), type: 'image/jpeg' }
    const pdf = { filename: 'x.PDF', content: aPdf(), type: 'text/plain' }
    const posted = [
      await server.call('POST', '/documents', { token, ...form() }),
      await server.call('POST', '/documents', { token, ...form({ upload: jpeg, doc_type: 'Utility Bill' }) }),
      await server.call('POST', '/documents', { token, ...form({ upload: pdf, doc_expire: '2099/01/02' }) }),
    ]
    for (const answer of posted) assert.deepEqual([answer.status, answer.body], [201, 201])
    assert.equal(posted[0]?.headers['content-type'], 'application/json')
    const { status, body } = await server.call('GET', '/documents', { token })
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(body[0]), ['upload', 'doc_type', 'doc_number', 'doc_expire'])
    assert.deepEqual(
      body.map(({ upload, ...document }: Record<string, unknown>) => document),
      [FORM, { ...FORM, doc_type: 'Utility Bill' }, { ...FORM, doc_expire: '2099-01-02' }],
    )
    assert.deepEqual(
      (await rows(server)).map(({ account_id, content_type, metadata }) => [account_id, content_type, metadata]),
      [
        [account.id, 'image/png', null],
        [account.id, 'image/jpeg', null],
        [account.id, 'application/pdf', null],
      ],
    )
    assert.deepEqual(await labelsOf(server, account), ['private pending'])
    const other = await aPerson(server)
    assert.deepEqual((await server.call('GET', '/documents', { token: other.token })).body, [])
  })

  test('carry metadata', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server)
    const good = form({ 'metadata[country]': 'FR', 'metadata[pages][]': '1' })
    assert.equal((await server.call('POST', '/documents', { token, ...good })).status, 201)
    assert.deepEqual(
      (await rows(server)).map((row) => row.metadata),
      ['{"country":"FR","pages":["1"]}'],
    )
    const text = await server.call('POST', '/documents', { token, ...form({ metadata: '{}' }) })
    assert.deepEqual([text.status, text.body], [400, { error: 'Metadata is invalid' }])
  })

  test('lack nothing, and each field has its text', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server)
    const wrong: [Parameters<typeof form>[0], string][] = [
      [{ doc_type: undefined }, 'Document Type is missing, Document Type is empty'],
      [{ doc_expire: undefined }, 'Document Expire is missing, Document Expire is empty'],
      [{ doc_number: undefined }, 'Document Number is missing, Document Number is empty'],
      [{ upload: undefined }, 'Image is missing, Image is empty'],
      [{ doc_type: ' ' }, 'Document Type is empty'],
      [{ upload: '' }, 'Image is empty'],
      [{ upload: 'https://example.com/passport.png' }, 'Image is invalid'],
      [{ doc_expire: '2018-02-30' }, 'Document Expire is invalid'],
      [{ doc_expire: '99999-01-01' }, 'Document Expire is invalid'],
    ]
    for (const [overrides, error] of wrong) {
      const { status, body } = await server.call('POST', '/documents', { token, ...form(overrides) })
      assert.deepEqual([status, body], [400, { error }])
    }
    const json = { ...FORM, upload: 'data:image/png;base64,iVBORw0KGgo=' }
    assert.deepEqual((await server.call('POST', '/documents', { token, json })).body, { error: 'Image is invalid' })
    assert.deepEqual(await rows(server), [])
  })

  test('that are wrong in themselves are refused in a sentence, and nothing is stored', async () => {
    await using server = await testServer(await newDatabase())
    const { account, token } = await aPerson(server)
    const file = (filename: string, content: Buffer | string) => ({ upload: { filename, content } })
    const type = (name: string) =>
      `Upload You are not allowed to upload "${name}" files, allowed types: jpg, jpeg, png, pdf and Upload can't be blank`
    const empty = "Upload File size should be greater than 1 Byte and Upload can't be blank"
    const wrong: [Parameters<typeof form>[0], string][] = [
      [{ doc_type: 'passport' }, 'Doc type is not included in the list'],
      [{ doc_number: 'a\0b' }, 'Doc number only allows letters and digits'],
      [{ doc_number: 'a_b' }, 'Doc number only allows letters and digits'],
      [{ doc_expire: '2000-01-01' }, 'Doc expire is invalid'],
      [file('a.gif', 'GIF89a\x01\0\x01\0\0\0\0;'), type('gif')],
      [file('a.png', '#!/bin/sh\nrm -rf /'), type('unknown')],
      [file('a.txt', 'hello'), type('txt')],
      [file('a.GIF', aPng()), type('GIF')],
      [file('noext', aPng()), type('')],
      [file('a.exe', ''), type('exe')],
      [file('a.exe', Buffer.alloc(10 * 1024 * 1024 + 1)), type('exe')],
      [file('a.png', ''), empty],
      [file('a.png', Buffer.alloc(10 * 1024 * 1024 + 1)), empty.replace('greater than 1 Byte', 'less than 10 MB')],
      [
        { ...file('a.png', ''), doc_type: 'x' },
        `${empty.replace(' and', ',')}, and Doc type is not included in the list`,
      ],
    ]
    for (const [overrides, error] of wrong) {
      const { status, body } = await server.call('POST', '/documents', { token, ...form(overrides) })
      assert.deepEqual([status, body], [422, { error }])
    }
    assert.deepEqual([await rows(server), storedFiles(server), await labelsOf(server, account)], [[], [], []])
  })

  test('may expire today in UTC, and not before', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server)
    const today = isoDay(server.clock.now())
    const yesterday = isoDay(server.clock.now() - DAY)
    assert.equal((await server.call('POST', '/documents', { token, ...form({ doc_expire: today }) })).status, 201)
    assert.equal((await server.call('POST', '/documents', { token, ...form({ doc_expire: yesterday }) })).status, 422)
  })

  test('have files of up to 10 MB', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server)
    const upload = (size: number) =>
      server.call('POST', '/documents', {
        token,
        ...form({ upload: { ...png, content: aPdf('x'.repeat(size - EMPTY)) } }),
      })
    assert.equal((await upload(10 * MB)).status, 201)
    const error = "Upload File size should be less than 10 MB and Upload can't be blank"
    for (const size of [10 * MB + 1, 11 * MB]) {
      const { status, body } = await upload(size)
      assert.deepEqual([status, body], [422, { error }])
    }
    assert.equal((await upload(13 * MB)).status, 413)
    assert.deepEqual(
      (await rows(server)).map((row) => row.size),
      [10 * MB],
    )
  })

  test('are for people who are signed in; what is missing is told before', async () => {
    await using server = await testServer(await newDatabase())
    const stranger = { error: 'The access token is invalid' }
    assert.deepEqual((await server.call('GET', '/documents')).body, stranger)
    for (const token of [undefined, 'forged']) {
      const refused = await server.call('POST', '/documents', { token, ...form() })
      assert.deepEqual([refused.status, refused.body], [401, stranger])
    }
    const { status, body } = await server.call('POST', '/documents', { json: {} })
    assert.equal(status, 400)
    assert.deepEqual(body, {
      error:
        'Document Expire is missing, Document Expire is empty, Document Type is missing, Document Type is empty, ' +
        'Document Number is missing, Document Number is empty, Image is missing, Image is empty',
    })
    assert.deepEqual([await rows(server), storedFiles(server)], [[], []])
  })

  test('may come with the token in the query, or in the form before the file', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server)
    const post = (path: string, parts: FormPart[]) => server.call('POST', path, multipart(parts))
    const fields: FormPart[] = Object.entries(FORM)
    assert.equal((await post(`/documents?access_token=${token}`, [...fields, ['upload', png]])).status, 201)
    assert.equal((await post('/documents', [['access_token', token], ...fields, ['upload', png]])).status, 201)
    const late = await post('/documents', [...fields, ['upload', png], ['access_token', token]])
    assert.deepEqual([late.status, late.body], [400, { error: 'The access token must come before the file' }])
  })

  test('stop at DOCUMENTS_LIMIT, also when they come at once, and refused ones leave no file', async () => {
    await using server = await testServer(await newDatabase(), { DOCUMENTS_LIMIT: '2' })
    const { token } = await aPerson(server)
    const post = () => server.call('POST', '/documents', { token, ...form() })
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(post))
    const refused = answers.map(({ status }) => status).filter((status) => status !== 201)
    assert.equal(refused.length, 4)
    for (const status of refused)
      assert.ok(status === 400 || status === 429, 'as many as come at once wait for their turn')
    assert.ok(refused.includes(400), 'three wait for their turn, and find two when it is theirs')
    const late = await post()
    assert.deepEqual([late.status, late.body], [400, { error: 'Maximum number of documents was reached' }])
    const unreadable = await server.call('POST', '/documents', { token, ...form({ upload: { ...png, content: '' } }) })
    assert.deepEqual(unreadable.body, late.body, 'nobody looks at a file that is one too many')
    assert.equal((await rows(server)).length, 2)
    assert.equal(storedFiles(server).length, 2)
    assert.deepEqual(await server.deps.db.selectFrom('unclaimed_blobs').selectAll().execute(), [])
    const other = await aPerson(server)
    assert.equal((await server.call('POST', '/documents', { token: other.token, ...form() })).status, 201)
  })

  // ASVS 5.3.1
  test('lie sealed on the disk, each under its own key', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server)
    const content = aPdf(MARK.repeat(10_000))
    const upload = { ...png, content }
    for (const _ of [1, 2]) await server.call('POST', '/documents', { token, ...form({ upload }) })
    const [first, second] = storedFiles(server).map((path) => readFileSync(path))
    assert.ok(first && second)
    assert.notDeepEqual(first, second)
    for (const stored of [first, second]) {
      assert.equal(stored.length, content.length + Math.ceil(content.length / (64 * 1024)) * 16)
      assert.ok(!stored.includes(MARK.slice(0, 8)) && !stored.includes('%PDF'))
    }
    const keys = (await rows(server)).map((row) => row.key_sealed)
    assert.equal(new Set(keys).size, 2)
  })

  test('leave a verified label as it is, and put a rejected one back to pending', async () => {
    await using server = await testServer(await newDatabase())
    const { account, token } = await aPerson(server)
    const { deps } = server
    const review = (value: string) =>
      deps.db.transaction().execute((tx) => setPrivateLabel(deps, tx, account.id, 'document', value))
    await review('verified')
    await server.call('POST', '/documents', { token, ...form() })
    assert.deepEqual(await labelsOf(server, account), ['private verified'])
    await review('rejected')
    await server.call('POST', '/documents', { token, ...form() })
    assert.deepEqual(await labelsOf(server, account), ['private pending'])
  })

  test("are reviewed whatever the person's own public labels say", async () => {
    await using server = await testServer(await newDatabase())
    const { account, token } = await aPerson(server)
    const label = await server.call('POST', '/labels', { token, json: { key: 'document', value: 'verified' } })
    assert.equal(label.status, 201)
    await server.call('POST', '/documents', { token, ...form() })
    assert.deepEqual(await labelsOf(server, account), ['public verified', 'private pending'])
  })

  test('are not half taken in when the storage fails', async () => {
    await using server = await testServer(await newDatabase())
    const { account, token } = await aPerson(server)
    const incoming = join(server.deps.config.data_dir, 'documents/.incoming')
    rmSync(incoming, { recursive: true })
    writeFileSync(incoming, '')
    const { status, body } = await server.call('POST', '/documents', { token, ...form() })
    assert.deepEqual([status, body], [500, { error: 'Connection error' }])
    assert.deepEqual([await rows(server), await labelsOf(server, account)], [[], []])
  })
})
