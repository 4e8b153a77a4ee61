import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import type { Deps } from '../deps.ts'
import { pendingMigrations } from '../platform/db/migrate.ts'

const Health = Type.Object({ status: Type.String() })

/** What a balancer or an orchestrator asks. */
export const health =
  ({ db, config }: Pick<Deps, 'db' | 'config'>): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get('/live', { schema: { response: { 200: Health } } }, async () => ({ status: 'ok' }))
    http.get('/ready', { schema: { response: { 200: Health, 503: Health } } }, async (request, reply) => {
      try {
        const pending = await pendingMigrations(db, config.database.kind)
        if (pending.length === 0) return { status: 'ok' }
        return reply.code(503).send({ status: `migrations are pending: ${pending.join(', ')}` })
      } catch (error) {
        request.log.error({ err: error }, 'The database does not answer')
        return reply.code(503).send({ status: 'the database does not answer' })
      }
    })
  }
