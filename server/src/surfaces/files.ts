import type { FastifyError, FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { fileRoutes } from '../features/documents/file-routes.ts'
import { Refusal } from '../lib/errors.ts'
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
    http.setErrorHandler((error: FastifyError | Refusal, request, reply) => {
      const refused = error instanceof Refusal
      if (!refused) request.log.error({ err: error }, 'Something went wrong')
      return reply
        .headers(refused ? error.headers : {})
        .code(refused ? error.status : 500)
        .type('text/plain; charset=utf-8')
        .send(refused ? error.message : 'Something went wrong')
    })
    limitRequests(http, deps)
    await http.register(fileRoutes(deps), { prefix: '/documents' })
  }
