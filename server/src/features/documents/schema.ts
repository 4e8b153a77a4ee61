import { type Static, Type } from 'typebox'
import { dateText, file, hash, text } from '../../platform/http/parameters.ts'

export const NewDocument = Type.Object(
  {
    doc_expire: dateText('Document Expire', { description: 'Document expiration date' }),
    doc_type: text('Document Type', {
      description: 'Passport, Identity card, Driver license or Utility Bill',
      pattern: '^(Passport|Identity card|Driver license|Utility Bill)$',
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
    doc_type: Type.String(),
    doc_number: Type.String(),
    doc_expire: Type.String({ format: 'date' }),
  },
  { title: 'Document' },
)
export type DocumentView = Static<typeof DocumentView>
