import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { idOf, openLinkedDocument } from './documents.ts'
import { fileHeaders } from './file-types.ts'

const FileId = Type.Object({ id: Type.String() })
const LinkQuery = Type.Object({ expires: Type.String({ default: '' }), signature: Type.String({ default: '' }) })

/** The files of documents, for whoever holds a link to one. */
export const fileRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.route({
      method: ['GET', 'HEAD'],
      url: '/:id/file',
      schema: { params: FileId, querystring: LinkQuery },
      handler: async (request, reply) => {
        const { document, content } = await openLinkedDocument(deps, idOf(request.params.id), request.query)
        reply.headers(fileHeaders(document))
        return reply.send(request.method === 'HEAD' ? undefined : await content())
      },
    })
  }
