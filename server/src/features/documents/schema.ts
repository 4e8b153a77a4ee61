import { type Static, Type } from 'typebox'
import { dateText, file, hash, text } from '../../platform/http/parameters.ts'
import { openSet } from '../../platform/http/sets.ts'

/** What is taken; among what was moved in there may be others. */
export const DOCUMENT_TYPES = ['Passport', 'Identity card', 'Driver license', 'Utility Bill'] as const
export const DocumentType = openSet('DocumentType', DOCUMENT_TYPES)

export const NewDocument = Type.Object(
  {
    doc_expire: dateText('Document Expire', { description: 'Document expiration date' }),
    doc_type: text('Document Type', {
      'x-extensible-enum': DOCUMENT_TYPES,
      examples: ['Passport'],
    }),
    doc_number: text('Document Number', { description: 'Document number' }),
    upload: file('Image', { description: 'A JPEG, PNG or PDF file of up to 10 MB' }),
    metadata: Type.Optional(hash('Metadata', { description: 'Anything else, up to 65535 bytes of JSON' })),
  },
  { title: 'NewDocument' },
)
export type NewDocument = Static<typeof NewDocument>

/** A document as its owner sees it. */
export const DocumentView = Type.Object(
  {
    upload: Type.Object({
      url: Type.String({ description: 'Link to the file that works without a token for some minutes' }),
    }),
    doc_type: DocumentType,
    doc_number: Type.String(),
    doc_expire: Type.String({ format: 'date' }),
  },
  { title: 'Document' },
)
export type DocumentView = Static<typeof DocumentView>
