import type { FastifyError, FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { fileRoutes } from '../features/documents/file-routes.ts'
import { answerOf } from '../lib/errors.ts'
import { noteCause } from '../platform/http/error-replies.ts'
import { limitRequests } from '../platform/http/limits.ts'

const HEADERS = {
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** Files that are opened by a link in a browser; what goes wrong is told in a sentence of plain text. */
export const files =
  (deps: Deps) =>
  async (http: FastifyInstance): Promise<void> => {
    http.addHook('onRequest', async (_request, reply) => {
      reply.headers(HEADERS)
    })
    http.setErrorHandler((error: FastifyError, request, reply) => {
      const own = answerOf(error)
      if (own?.cause) noteCause(request, own)
      if (!own) request.log.error({ err: error }, 'Something went wrong')
      return reply
        .headers(own?.headers ?? {})
        .code(own?.status ?? 500)
        .type('text/plain; charset=utf-8')
        .send(own?.message ?? 'Something went wrong')
    })
    limitRequests(http, deps)
    await http.register(fileRoutes(deps), { prefix: '/documents' })
  }
