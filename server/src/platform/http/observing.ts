import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Metrics } from '../metrics/metrics.ts'

/** Counts every request and how long its answer took, by operation. */
export function countRequests(http: FastifyInstance, metrics: Pick<Metrics, 'request'>): void {
  http.addHook('onResponse', (request, reply, done) => {
    // The OAuth engine writes its answers by itself.
    metrics.request(request.method, operationOf(request), reply.raw.statusCode, reply.elapsedTime)
    done()
  })
}

/** The pattern of the route, so that there are as many operations as routes, whatever strangers ask for. */
export const operationOf = ({ routeOptions: { url } }: FastifyRequest): string => url ?? 'unknown'
