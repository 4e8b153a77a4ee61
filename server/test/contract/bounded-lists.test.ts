import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { findSameNumbers } from '../../src/features/documents/documents.ts'
import { insertDocument } from '../../src/features/documents/store.ts'
import { createPrivateLabel, setPrivateLabel } from '../../src/features/labels/labels.ts'
import { listLatestPhones } from '../../src/features/phones/phones.ts'
import { rotateSigningKeys } from '../../src/features/signing-keys/signing-keys.ts'
import { iso } from '../../src/lib/clock.ts'
import { isObject } from '../../src/lib/json.ts'
import { withoutReferences } from '../../src/platform/http/components.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aPhone, aToken } from '../support/factories.ts'
import { type TestServer, testServer } from '../support/server.ts'

/** What bounds lists that are answered whole, which tests here and beside the features show. */
const WHOLE: Readonly<Record<string, string>> = {
  'GET /api/v1/labels': '100 public and 500 private ones, and those that the server sets by itself',
  'GET /api/v1/documents': 'DOCUMENTS_LIMIT',
  'GET /api/v1/api_keys': '50 of an account',
  'GET /api/v1/sessions': 'the 200 youngest',
  'GET /api/v1/security/passkeys': '20 of an account',
  'GET /api/v1/security/holds': 'labels, as above',
  'GET /api/v1/authorized_applications': 'one for each application',
  'GET /api/v1/admin/accounts/{uid}/notes': 'the 200 latest',
  'GET /api/v1/admin/keys': '20 of each algorithm',
  'POST /api/v1/admin/keys/rotation': '20 of each algorithm',
  'GET /api/v1/admin/websites': '100',
  'GET /api/v1/admin/applications': '1000',
  'GET /api/v1/admin/webhooks': '100',
  'POST /management_api/v1/labels/list': 'labels, as above',
}

describe('Lists', () => {
  test('are answered page by page, or are known to be short', () => {
    const lists = ['user-api', 'admin-api', 'management-api'].flatMap(listsOf)
    const pageless = lists.filter(({ isPaged }) => !isPaged).map(({ name }) => name)
    assert.deepEqual(pageless.sort(), Object.keys(WHOLE).sort())
    assert.ok(lists.length > pageless.length + 5, `${lists.length} lists`)
  })
})

/** The operations of a document that answer a list. */
function listsOf(api: string): { name: string; isPaged: boolean }[] {
  const text = readFileSync(new URL(`../../openapi/${api}.json`, import.meta.url), 'utf8')
  const { paths } = JSON.parse(JSON.stringify(withoutReferences(JSON.parse(text))))
  const operations = Object.entries<Record<string, Record<string, unknown>>>(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ name: `${verb.toUpperCase()} ${path}`, operation })),
  )
  return operations
    .filter(({ operation: { responses } }) => isObject(responses) && Object.values(responses).some(isList))
    .map(({ name, operation: { parameters, requestBody } }) => ({
      name,
      isPaged:
        (Array.isArray(parameters) && parameters.some((parameter) => parameter.name === 'limit')) ||
        (name.endsWith('/search') && contentOf(requestBody).includes('"limit":')),
    }))
}

const isList = (answer: unknown): boolean =>
  /^\{"application\/json":\{"schema":\{"type":"array"/.test(contentOf(answer))
const contentOf = (answer: unknown): string => (isObject(answer) ? JSON.stringify(answer['content'] ?? '') : '')

const nowOf = ({ deps }: TestServer): string => iso(deps.clock.now())
const times = (server: TestServer) => ({ created_at: nowOf(server), updated_at: nowOf(server) })

onEachDatabase('What lists are made of', (newDatabase) => {
  test('is 500 private labels at most, besides those that the server sets by itself', async () => {
    await using server = await testServer(await newDatabase())
    const { deps } = server
    const account = await anAccount(server)
    const there = await deps.db.selectFrom('labels').select('id').execute()
    const row = { account_id: account.id, value: 'abc', scope: 'private', ...times(server) }
    const rows = Array.from({ length: 499 - there.length }, (_, number) => ({ ...row, key: `label-${number}` }))
    await deps.db.insertInto('labels').values(rows).execute()
    await createPrivateLabel(deps, account, { key: 'last-one', value: 'abc' })
    await assert.rejects(createPrivateLabel(deps, account, { key: 'too-many', value: 'abc' }), {
      status: 422,
      body: { base: ['There are 500 private labels already; remove one first'] },
    })
    await deps.db.transaction().execute((tx) => setPrivateLabel(deps, tx, account.id, 'phone', 'verified'))
  })

  test('is a thousand applications at most, and a hundred webhook endpoints', async () => {
    await using server = await testServer(await newDatabase())
    const { db } = server.deps
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    const there = await db.selectFrom('applications').select('id').execute()
    const application = { redirect_uri: 'https://shop.example/', scopes: '', secret_sealed: 'x', ...times(server) }
    const applications = Array.from({ length: 1000 - there.length }, (_, number) => ({
      ...application,
      uid: `uid-${number}`,
      name: `Shop ${number}`,
      resources: '',
      grant_types: 'authorization_code',
    }))
    await db.insertInto('applications').values(applications).execute()
    const shop = { name: 'One more', redirect_uris: ['https://shop.example/callback'] }
    const refused = await server.call('POST', '/admin/applications', { token, json: shop })
    const many = { error: 'There are 1000 applications already; remove one first' }
    assert.deepEqual([refused.status, refused.body], [422, many])

    const endpoint = { url: 'https://hooks.example/', description: '', event_filter: '["*"]', secret_sealed: 'x' }
    const endpoints = Array.from({ length: 100 }, (_, number) => ({ ...endpoint, ...times(server), uid: `${number}` }))
    await db.insertInto('webhook_endpoints').values(endpoints).execute()
    const hook = { url: 'https://hooks.example/barong' }
    const answer = await server.call('POST', '/admin/webhooks', { token, json: hook })
    const full = { error: 'There are 100 webhook endpoints already; remove one first' }
    assert.deepEqual([answer.status, answer.body], [422, full])
  })

  test('is 20 signing keys of an algorithm at most', async () => {
    await using server = await testServer(await newDatabase())
    for (let keys = 1; keys < 20; keys += 1) await rotateSigningKeys(server.deps, 'EdDSA')
    await assert.rejects(rotateSigningKeys(server.deps, 'EdDSA'), { status: 422 })
    await rotateSigningKeys(server.deps, 'ES256')
  })

  test('are the latest phones and attempts, and some of those who handed the same number in', async () => {
    await using server = await testServer(await newDatabase())
    const { db, vault } = server.deps
    const account = await anAccount(server)
    for (const number of ['4915112340001', '4915112340002', '4915112340003']) await aPhone(server, account, { number })
    const latest = await listLatestPhones(db, vault, account.id, 2)
    assert.deepEqual(
      latest.map(({ number }) => number),
      ['4915112340002', '4915112340003'],
    )

    const others = await Promise.all(Array.from({ length: 20 }, () => anAccount(server)))
    const paper = { doc_type: 'Passport', doc_number: 'AB12', doc_expire: '2099-12-31', metadata: null }
    const file = { key_sealed: 'x', content_type: 'image/png', size: 1, ...times(server) }
    const hand = (account_id: number, blob_key: string) =>
      db.transaction().execute((tx) => insertDocument(tx, vault, { ...paper, ...file, account_id, blob_key }))
    for (const { id } of others) await hand(id, `of-${id}`)
    for (let own = 0; own < 30; own += 1) await hand(account.id, `own-${own}`)
    const same = await findSameNumbers(db, account.id)
    assert.equal([...same.values()].flat().length, 500)
  })
})
