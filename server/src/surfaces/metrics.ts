import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { equalSecrets } from '../platform/crypto/compare.ts'

/** What Prometheus scrapes. With a token it asks for it as a bearer token. */
export const metrics =
  ({ metrics, config }: Pick<Deps, 'metrics' | 'config'>) =>
  async (http: FastifyInstance): Promise<void> => {
    const { METRICS_TOKEN } = config.values
    http.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
      if (METRICS_TOKEN !== undefined && !equalSecrets(request.headers.authorization ?? '', `Bearer ${METRICS_TOKEN}`))
        return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'A bearer token is needed' })
      const { type, text } = await metrics.expose()
      return reply.type(type).send(text)
    })
  }

/** Whether `/metrics` is served on the port of everything else: not when it has its own, nor unprotected in production. */
export const sharesPort = ({ values, production }: Deps['config']): boolean =>
  values.METRICS_PORT === 0 && (!production || values.METRICS_TOKEN !== undefined)
