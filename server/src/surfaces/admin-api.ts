import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { applicationAdminRoutes } from '../features/applications/admin-routes.ts'
import { auditAdminRoutes } from '../features/audit/admin-routes.ts'
import { recordRefusals } from '../features/audit/audit.ts'
import { dashboardRoutes } from '../features/dashboard/admin-routes.ts'
import { deliveryAdminRoutes } from '../features/deliveries/delivery-admin-routes.ts'
import { eventAdminRoutes } from '../features/deliveries/event-admin-routes.ts'
import { accountActionRoutes, dangerousAccountRoutes } from '../features/directory/action-routes.ts'
import { directoryRoutes } from '../features/directory/admin-routes.ts'
import { accountLabelRoutes } from '../features/directory/label-routes.ts'
import { requireNoDuty } from '../features/duties/guard.ts'
import { erasureAdminRoutes } from '../features/erasure/admin-routes.ts'
import { ownNames } from '../features/key-proofs/key-proofs.ts'
import { labelOverviewRoutes, levelChangeRoutes, levelRoutes } from '../features/labels/admin-routes.ts'
import { permissionAdminRoutes } from '../features/permissions/admin-routes.ts'
import { isStaff, requireStaffSecondFactor } from '../features/permissions/permissions.ts'
import { reviewAdminRoutes, reviewDecisionRoutes } from '../features/reviews/admin-routes.ts'
import { documentViewRoutes } from '../features/reviews/document-routes.ts'
import { requireFresh, requireFreshStaff } from '../features/sessions/fresh-guard.ts'
import { requireAccount } from '../features/sessions/guard.ts'
import { requireScope } from '../features/sessions/scope-guard.ts'
import { keyAdminRoutes, keyRotationRoutes } from '../features/signing-keys/admin-routes.ts'
import { webhookAdminRoutes } from '../features/webhooks/admin-routes.ts'
import { websiteAdminRoutes } from '../features/websites/admin-routes.ts'
import type { Websites } from '../features/websites/websites.ts'
import { actAs } from '../platform/acting/acting.ts'
import { revalidate } from '../platform/http/caching.ts'
import { CALLER, callerOf } from '../platform/http/caller.ts'
import { answerErrorsInV1 } from '../platform/http/error-replies.ts'
import { type Guard, guard } from '../platform/http/guards.ts'
import { refuseUnknownParameters } from '../platform/http/known-parameters.ts'
import { limitingAccounts, limitRequests } from '../platform/http/limits.ts'
import { describeInOpenApi, serveOpenApi } from '../platform/http/openapi.ts'
import { refusePersonalInAddresses } from '../platform/http/searches.ts'
import { refuseUnstorable } from '../platform/http/storable.ts'
import { expectNoParameters } from '../platform/http/v1-bodies.ts'
import { refuseWrongVerbs } from '../platform/http/wrong-verbs.ts'

const description = {
  title: 'Barong admin API',
  version: '1',
  description: 'What operators and officers do. It takes JSON; which role may do what stands in one table.',
  tags: [
    { name: 'permissions', description: 'What the caller may do' },
    { name: 'accounts', description: 'People: finding them, looking at them, acting on them' },
    { name: 'reviews', description: 'People who wait for their documents to be looked at' },
    { name: 'levels', description: 'How far people can rise, and by which labels' },
    { name: 'keys', description: 'Keys that sign tokens' },
    { name: 'dashboard', description: 'Figures' },
    { name: 'websites', description: 'How pages and mails look under each domain' },
    { name: 'applications', description: 'Who may send people here to sign in' },
    { name: 'audit', description: 'The audit log, and whether it is whole' },
    { name: 'webhooks', description: 'Where events are posted to' },
    { name: 'events', description: 'The log of events and their deliveries' },
  ],
}

/** The API of those who run the server, below `/api/v1/admin`. Other people's applications are kept out. */
export const adminApi =
  (deps: Deps, websites: Websites) =>
  async (http: FastifyInstance): Promise<void> => {
    await describeInOpenApi(http, description)
    http.decorateRequest(CALLER, null)
    expectNoParameters(http)
    answerErrorsInV1(http)
    limitRequests(http, deps)
    refuseUnstorable(http)
    revalidate(http)
    refuseWrongVerbs(http, http.prefix)
    serveOpenApi(http)
    await http.register(async (closed) => {
      recordRefusals(closed, deps, {
        action: 'staff.refused',
        of: ['person', 'administrator', 'application'],
        status: 403,
      })
      const name = ownNames(deps, (host) => websites.find(host)?.website.domain)
      guard(closed, asAdministrator(limitingAccounts(deps, requireAccount(deps, name))), 'before parameters')
      guard(closed, requireScope({ read: [], write: [] }), 'before parameters')
      guard(closed, requireNoDuty(deps), 'before parameters')
      refuseUnknownParameters(closed)
      if (!deps.config.values.SECRETS_IN_URLS) refusePersonalInAddresses(closed)
      await closed.register(permissionAdminRoutes, { prefix: '/permissions' })
      guard(closed, requireStaffSecondFactor(deps), 'before parameters')
      await closed.register(directoryRoutes(deps), { prefix: '/accounts' })
      await closed.register(reviewAdminRoutes(deps), { prefix: '/reviews' })
      await closed.register(documentViewRoutes(deps), { prefix: '/documents' })
      await closed.register(levelRoutes(deps), { prefix: '/levels' })
      await closed.register(labelOverviewRoutes(deps), { prefix: '/labels' })
      await closed.register(keyAdminRoutes(deps), { prefix: '/keys' })
      await closed.register(dashboardRoutes(deps), { prefix: '/dashboard' })
      // What officers do day by day, and whoever finds their desk unattended could do as well.
      await closed.register(async (daily) => {
        guard(daily, requireFreshStaff(deps), 'before parameters')
        await daily.register(accountActionRoutes(deps), { prefix: '/accounts' })
        await daily.register(accountLabelRoutes(deps), { prefix: '/accounts' })
        await daily.register(reviewDecisionRoutes(deps), { prefix: '/reviews' })
      })
      await closed.register(async (dangerous) => {
        guard(dangerous, requireFresh(deps), 'before parameters')
        await dangerous.register(levelChangeRoutes(deps), { prefix: '/levels' })
        await dangerous.register(keyRotationRoutes(deps), { prefix: '/keys' })
        await dangerous.register(dangerousAccountRoutes(deps), { prefix: '/accounts' })
        await dangerous.register(erasureAdminRoutes(deps), { prefix: '/accounts' })
        // Whoever changes these gets at people's data from outside, or at what applications prove themselves by. Reading asks for nothing.
        await dangerous.register(applicationAdminRoutes(deps), { prefix: '/applications' })
        await dangerous.register(webhookAdminRoutes(deps), { prefix: '/webhooks' })
        await dangerous.register(eventAdminRoutes(deps), { prefix: '/events' })
        await dangerous.register(deliveryAdminRoutes(deps), { prefix: '/deliveries' })
      })
      await closed.register(auditAdminRoutes(deps), { prefix: '/audit' })
      await closed.register(websiteAdminRoutes(deps, websites), { prefix: '/websites' })
    })
  }

/** Those of the staff who proved who they are act as such here, not on their own account. */
const asAdministrator = ({ check, security }: Guard): Guard => ({
  security,
  check: async (request) => {
    await check(request)
    const { account } = callerOf(request)
    if (isStaff(account.role)) actAs('administrator', account.id)
  },
})
