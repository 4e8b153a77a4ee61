import type { RecordedRequest } from '../recordings.ts'
import { injection, ourRequest } from '../requests.ts'
import { discardMessages, person, type World } from '../world.ts'
import { label } from './labels.ts'
import type { Preparation } from './preparation.ts'

const DOC = 'doc@example.com'

export const documentPreparations: readonly Preparation[] = [
  // The original had no limit on documents.
  [/^doc_/, forgetDocuments],
  [/^doc_ok_when_verified$/, (world) => label(world, DOC, 'document', 'private', 'verified')],
  [/^labels_after_doc_rejected$/, handInAfterRejection],
]

async function forgetDocuments(world: World): Promise<void> {
  await person(world, DOC)
  await world.server.deps.db.deleteFrom('documents').execute()
}

const PASSPORT: RecordedRequest = {
  method: 'POST',
  path: '/api/v1/documents',
  multipart: [
    ['doc_expire', '2099-12-31'],
    ['doc_type', 'Passport'],
    ['doc_number', 'AB-12 34'],
    ['upload', { filename: 'doc.png', type: 'image/png', size: 108 }],
  ],
  headers: {
    Authorization: `Bearer <jwt session ${DOC}>`,
    'Content-Type': 'multipart/form-data; boundary=XBOUNDARYX',
  },
}

async function handInAfterRejection(world: World): Promise<void> {
  await forgetDocuments(world)
  await label(world, DOC, 'document', 'private', 'rejected')
  await world.server.app.inject(injection(await ourRequest(world, PASSPORT)))
  await discardMessages(world)
}
