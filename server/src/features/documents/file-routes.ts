import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { openLinkedDocument } from './documents.ts'
import { safeFileName } from './file-types.ts'

const FileId = Type.Object({ id: Type.String() })
const LinkQuery = Type.Object({ expires: Type.String({ default: '' }), signature: Type.String({ default: '' }) })

/** Whatever a file contains, it runs nothing and loads nothing. Browsers' own PDF viewers do not start in a sandbox. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
const policyOf = (content_type: string): string => (content_type === 'application/pdf' ? POLICY : `${POLICY}; sandbox`)

/** The files of documents, for whoever holds a link to one. */
export const fileRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.route({
      method: ['GET', 'HEAD'],
      url: '/:id/file',
      schema: { params: FileId, querystring: LinkQuery },
      handler: async (request, reply) => {
        const id = /^\d{1,15}$/.test(request.params.id) ? Number(request.params.id) : 0
        const { document, content } = await openLinkedDocument(deps, id, request.query)
        const { doc_type, content_type, size } = document
        reply.headers({
          'content-type': content_type,
          'content-length': size,
          'content-disposition': `inline; filename="${safeFileName(doc_type, content_type)}"`,
          'content-security-policy': policyOf(content_type),
        })
        return reply.send(request.method === 'HEAD' ? undefined : await content())
      },
    })
  }
