import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, sendJson } from '../../platform/http/replies.ts'
import { createDocument, openOwnDocument } from './documents.ts'
import { fileLink } from './file-links.ts'
import { fileHeaders } from './file-types.ts'
import { DocumentView, NewDocument } from './schema.ts'
import { listDocuments } from './store.ts'

const tags = ['documents']
const DocumentId = Type.Object({ id: Type.String() })
const TheFile = Type.Unsafe<Readable>({ type: 'string', format: 'binary', description: 'As it was handed in' })

/** The papers that prove who the account holder is. */
export const documentRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      {
        schema: {
          summary: 'Return current user documents list',
          tags,
          response: { 200: Type.Array(DocumentView) },
        },
      },
      async (request) => {
        const documents = await listDocuments(deps.db, deps.vault, callerOf(request).account.id)
        return documents.map((document) => ({ ...document, upload: { url: fileLink(deps, document) } }))
      },
    )
    http.get(
      '/:id/file',
      {
        schema: {
          summary: 'Open the file of a document',
          tags,
          params: DocumentId,
          response: { 200: TheFile, 404: ErrorReply },
        },
      },
      async (request, reply) => {
        const { document, content } = await openOwnDocument(deps, callerOf(request).account, request.params.id)
        return reply
          .headers({
            ...fileHeaders(document),
            'cache-control': 'private, no-store',
            'x-content-type-options': 'nosniff',
          })
          .send(await content())
      },
    )
    http.post(
      '/',
      {
        schema: {
          summary: 'Upload a new document for current user',
          tags,
          consumes: ['multipart/form-data'],
          body: NewDocument,
          response: { 201: Type.Integer(), 400: ErrorReply, 413: ErrorReply, 422: ErrorReply, 503: ErrorReply },
        },
      },
      async (request, reply) => {
        await createDocument(deps, callerOf(request).account, request.body)
        return sendJson(reply, 201, 201)
      },
    )
  }
