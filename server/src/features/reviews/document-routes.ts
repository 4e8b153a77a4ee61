import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { guard } from '../../platform/http/guards.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { requirePermission } from '../permissions/permissions.ts'
import { openView, viewOf } from './document-views.ts'
import { CaseId, DocumentLink } from './schema.ts'

const tags = ['reviews']
const params = CaseId
const LinkQuery = Type.Object({
  expires: Type.String({ default: '' }),
  signature: Type.String({ default: '' }),
  page: Type.Integer({ minimum: 1, maximum: 100_000, default: 1, description: 'Which page; the first is 1' }),
})

const TheFile = Type.Unsafe<Buffer>({ type: 'string', format: 'binary', description: 'The page, a JPEG' })

/** Whatever it looks like, it runs nothing, loads nothing, and is kept nowhere. */
const HEADERS = {
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; sandbox",
}

/** The files of documents for officers: authorised each time, watermarked, and logged. */
export const documentViewRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('documents.view'), 'before parameters')
    http.post(
      '/:id/views',
      {
        schema: {
          summary: 'Get a link to the file of a document, good for five minutes and for the caller alone',
          tags,
          params,
          response: { 201: DocumentLink, 403: ErrorReply, 404: ErrorReply, 422: ErrorReply, 503: ErrorReply },
        },
      },
      async (request, reply) => reply.code(201).send(await viewOf(deps, callerOf(request).account, request.params.id)),
    )
    http.get(
      '/:id/file',
      {
        schema: {
          summary: 'Open a page of a document by such a link, with the bearer token of whom it was made for',
          tags,
          params,
          querystring: LinkQuery,
          response: { 200: TheFile, 403: ErrorReply, 404: ErrorReply, 422: ErrorReply, 503: ErrorReply },
        },
      },
      async (request, reply) => {
        const view = await openView(deps, callerOf(request).account, request.params.id, request.query)
        return reply.headers({ ...HEADERS, 'content-type': view.content_type }).send(view.content)
      },
    )
  }
