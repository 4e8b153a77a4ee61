import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { recordRefusals } from '../features/audit/audit.ts'
import { erasureManagementRoutes } from '../features/erasure/management-routes.ts'
import { accountReadingRoutes, accountWritingRoutes } from '../features/management/account-routes.ts'
import { labelReadingRoutes, labelWritingRoutes } from '../features/management/label-routes.ts'
import {
  logRefusals,
  refuseEndpoint,
  refuseUnknownEndpoint,
  requireSigners,
  takeEnvelopes,
} from '../features/management/management.ts'
import { otpRoutes, timestampRoutes } from '../features/management/tool-routes.ts'
import type { ManagementScope } from '../platform/config/management-api/policy.ts'
import { revalidate } from '../platform/http/caching.ts'
import { answerErrors } from '../platform/http/error-replies.ts'
import { guard } from '../platform/http/guards.ts'
import { limitRequests } from '../platform/http/limits.ts'
import { nameJson } from '../platform/http/media-type.ts'
import { openApiOf } from '../platform/http/openapi.ts'
import { checkParameters } from '../platform/http/parameter-checks.ts'
import { describeManagementApi } from './management-document.ts'

/** What back-office services ask of each other with signed requests, below `/management_api/v1`. */
export const managementApi =
  (deps: Deps) =>
  async (http: FastifyInstance): Promise<void> => {
    await describeManagementApi(http)
    answerErrors(http)
    limitRequests(http, deps)
    nameJson(http)
    revalidate(http)
    checkParameters(http, 422)

    http.get('/swagger_doc', { schema: { hide: true } }, async () => openApiOf(http))
    http.route({
      url: '/swagger_doc',
      method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      schema: { hide: true },
      onRequest: refuseEndpoint,
      handler: refuseEndpoint,
    })
    await http.register(async (signed) => {
      takeEnvelopes(signed)
      logRefusals(signed)
      recordRefusals(signed, deps, { action: 'management.refused', of: ['signer'] })
      signed.setNotFoundHandler({ preValidation: refuseUnknownEndpoint(deps) }, () => {})
      const scope = (name: ManagementScope, routes: (http: FastifyInstance) => Promise<void>) =>
        signed.register(async (closed) => {
          guard(closed, requireSigners(deps, name), 'before parameters')
          await routes(closed)
        })

      await scope('read_accounts', async (closed) => {
        await closed.register(accountReadingRoutes(deps), { prefix: '/accounts' })
      })
      await scope('write_accounts', async (closed) => {
        await closed.register(accountWritingRoutes(deps), { prefix: '/accounts' })
      })
      await scope('erase_accounts', async (closed) => {
        await closed.register(erasureManagementRoutes(deps), { prefix: '/accounts' })
      })
      await scope('read_labels', async (closed) => {
        await closed.register(labelReadingRoutes(deps), { prefix: '/labels' })
      })
      await scope('write_labels', async (closed) => {
        await closed.register(labelWritingRoutes(deps), { prefix: '/labels' })
      })
      await scope('otp_sign', async (closed) => {
        await closed.register(otpRoutes(deps), { prefix: '/otp' })
      })
      await scope('tools', async (closed) => {
        await closed.register(timestampRoutes(deps))
      })
    })
  }
