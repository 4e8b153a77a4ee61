import { deepEqual, equal, rejects } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cleanFiles, moveDocumentIn, openFile } from '../../src/features/documents/documents.ts'
import { HOUR, iso } from '../../src/lib/clock.ts'
import { Refusal, Unavailable } from '../../src/lib/errors.ts'
import type { Document } from '../../src/platform/db/schema.ts'
import { brokenWayTo } from '../support/broken-way.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { aPdf, multipart } from '../support/multipart.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { type TestServer, testServer } from '../support/server.ts'

let postgres: Postgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres[Symbol.asyncDispose]())

const INSERTED = 'insert into "documents"'
const PASSPORT = { doc_type: 'Passport', doc_number: 'AB-12 34', doc_expire: '2099-12-31' }

test('A document that was taken in keeps its file, also when the answer to COMMIT is lost', async () => {
  const url = await postgres.createDatabase()
  await using way = await brokenWayTo(url)
  await using server = await testServer(way.url)
  const token = await aToken(server, await anAccount(server))
  way.loseCommitOf(INSERTED)
  const upload = { filename: 'passport.pdf', content: aPdf(), type: 'application/pdf' }
  const posted = await server.call('POST', '/documents', {
    token,
    ...multipart([...Object.entries(PASSPORT), ['upload', upload]]),
  })
  equal(posted.status, 503)
  await keepsItsFile(server)
})

test('A document that was moved in keeps its file, also when the answer to COMMIT is lost', async () => {
  const url = await postgres.createDatabase()
  await using way = await brokenWayTo(url)
  await using server = await testServer(way.url)
  const { id } = await anAccount(server)
  way.loseCommitOf(INSERTED)
  await rejects(move(server, id), Unavailable)
  await keepsItsFile(server)
})

test('A document that cannot be moved in tells why, also when its file cannot be removed either', async () => {
  await using server = await testServer('sqlite:')
  const { id } = await anAccount(server)
  const remove = () => Promise.reject(new Error('The disk is read only'))
  const refuse = () => Promise.reject(new Refusal(422, 'documents.refused', 'There is something else that is wrong'))
  const deps = { ...server.deps, blobs: { ...server.deps.blobs, remove } }
  await rejects(move({ ...server, deps }, id, refuse), /something else that is wrong/)
  server.clock.advance(2 * HOUR)
  equal(await cleanFiles(server.deps), 1)
})

async function move({ deps, clock }: TestServer, account_id: number, follow = async () => {}): Promise<void> {
  const content = aPdf()
  const moment = iso(clock.now())
  const document = { ...PASSPORT, account_id, created_at: moment, updated_at: moment }
  const file = {
    filename: 'passport.pdf',
    size: content.length,
    head: content,
    content: async function* () {
      yield content
    },
  }
  await moveDocumentIn(deps, document, file, follow)
}

async function keepsItsFile({ deps, clock }: TestServer): Promise<void> {
  clock.advance(2 * HOUR)
  await cleanFiles(deps)
  const documents: Document[] = await deps.db.selectFrom('documents').selectAll().execute()
  equal(documents.length, 1)
  for (const document of documents) {
    const chunks: Uint8Array[] = []
    for await (const chunk of await openFile(deps, document)) chunks.push(chunk)
    deepEqual(Buffer.concat(chunks), aPdf())
  }
}
