import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { equalSecrets } from '../platform/crypto/compare.ts'
import { deepHealth } from './health.ts'

/** What operators' tools read: `/metrics` for Prometheus, and `/health/deep`. With a token they send it as a bearer token. */
export const operation =
  (deps: Deps) =>
  async (http: FastifyInstance): Promise<void> => {
    const { METRICS_TOKEN } = deps.config.values
    http.addHook('onRequest', async (request, reply) => {
      if (METRICS_TOKEN !== undefined && !equalSecrets(request.headers.authorization ?? '', `Bearer ${METRICS_TOKEN}`))
        return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'A bearer token is needed' })
    })
    http.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
      const { type, text } = await deps.metrics.expose()
      return reply.type(type).send(text)
    })
    await http.register(deepHealth(deps), { prefix: '/health' })
  }

/** Whether they are served on the port of everything else: not when they have their own, nor unprotected in production. */
export const sharesPort = ({ values, production }: Deps['config']): boolean =>
  values.METRICS_PORT === 0 && (!production || values.METRICS_TOKEN !== undefined)
