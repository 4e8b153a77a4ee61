import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { applicationAdminRoutes } from '../features/applications/admin-routes.ts'
import { requireAccount } from '../features/sessions/guard.ts'
import { requireScope } from '../features/sessions/scope-guard.ts'
import { revalidate } from '../platform/http/caching.ts'
import { CALLER } from '../platform/http/caller.ts'
import { answerErrorsInV1 } from '../platform/http/error-replies.ts'
import { guard } from '../platform/http/guards.ts'
import { limitingAccounts, limitRequests } from '../platform/http/limits.ts'
import { describeInOpenApi, serveOpenApi } from '../platform/http/openapi.ts'
import { expectNoParameters } from '../platform/http/v1-bodies.ts'
import { refuseWrongVerbs } from '../platform/http/wrong-verbs.ts'

const description = {
  title: 'Barong admin API',
  version: '1',
  description: 'What operators and officers do. It takes JSON; which role may do what stands in one table.',
  tags: [{ name: 'applications', description: 'Who may send people here to sign in' }],
}

/** The API of those who run the server, below `/api/v1/admin`. Other people's applications are kept out. */
export const adminApi =
  (deps: Deps) =>
  async (http: FastifyInstance): Promise<void> => {
    await describeInOpenApi(http, description)
    http.decorateRequest(CALLER, null)
    expectNoParameters(http)
    answerErrorsInV1(http)
    limitRequests(http, deps)
    revalidate(http)
    const refuseOtherVerbs = refuseWrongVerbs(http, http.prefix)
    serveOpenApi(http)
    await http.register(async (closed) => {
      guard(closed, limitingAccounts(deps, requireAccount(deps)), 'before parameters')
      guard(closed, requireScope({ read: [], write: [] }), 'before parameters')
      await closed.register(applicationAdminRoutes(deps), { prefix: '/applications' })
    })
    refuseOtherVerbs()
  }
