import { join } from 'node:path'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Deps } from '../deps.ts'
import { emailChangeRoutes, emailConfirmationRoutes } from '../features/accounts/email-change-routes.ts'
import {
  accountDoorRoutes,
  noticeRoutes,
  passwordResetRoutes,
  passwordRoutes,
} from '../features/accounts/user-routes.ts'
import { apiKeyRoutes, apiKeyStateRoutes, tokenExchangeRoutes } from '../features/api-keys/user-routes.ts'
import { activityRoutes } from '../features/audit/user-routes.ts'
import { documentRoutes } from '../features/documents/user-routes.ts'
import { requireNoDuty } from '../features/duties/guard.ts'
import { accountRoutes } from '../features/duties/user-routes.ts'
import { gatewayRoutes } from '../features/gateway/routes.ts'
import { holdRoutes } from '../features/holds/user-routes.ts'
import { type NameRequest, ownNames } from '../features/key-proofs/key-proofs.ts'
import { labelRoutes } from '../features/labels/user-routes.ts'
import { browserSessionRoutes, browserTokenRoutes } from '../features/oauth/browser-routes.ts'
import type { Engine } from '../features/oauth/engine.ts'
import { interactionRoutes } from '../features/oauth/interaction-routes.ts'
import { browserRenewal } from '../features/oauth/oauth.ts'
import { authorizedApplicationRoutes } from '../features/oauth/user-routes.ts'
import { passkeyRoutes } from '../features/passkeys/user-routes.ts'
import { phoneRoutes } from '../features/phones/user-routes.ts'
import { profileRoutes } from '../features/profiles/user-routes.ts'
import { reviewRoutes } from '../features/reviews/user-routes.ts'
import { requireFresh } from '../features/sessions/fresh-guard.ts'
import { requireAccount } from '../features/sessions/guard.ts'
import { requireScope, type ScopeRule } from '../features/sessions/scope-guard.ts'
import { confirmationRoutes, renewRoutes, sessionRoutes, signInRoutes } from '../features/sessions/user-routes.ts'
import { requireOtp } from '../features/two-factor/guard.ts'
import { recoveryRoutes, twoFactorRoutes } from '../features/two-factor/user-routes.ts'
import { websiteRoutes } from '../features/websites/user-routes.ts'
import type { Websites } from '../features/websites/websites.ts'
import { revalidate } from '../platform/http/caching.ts'
import { CALLER } from '../platform/http/caller.ts'
import { allowOrigins, type CorsSettings } from '../platform/http/cors.ts'
import { answerErrorsInV1 } from '../platform/http/error-replies.ts'
import { type Guard, guard, letsIn } from '../platform/http/guards.ts'
import { limitingAccounts, limitRequests, limitRoutes } from '../platform/http/limits.ts'
import { nameJson } from '../platform/http/media-type.ts'
import { describeInOpenApi, serveOpenApi } from '../platform/http/openapi.ts'
import { fieldOf } from '../platform/http/pages.ts'
import { openSpool } from '../platform/http/spool.ts'
import { takeV1Parameters } from '../platform/http/v1-bodies.ts'
import { refuseWrongVerbs } from '../platform/http/wrong-verbs.ts'
import { limitedRoutes } from './limited-routes.ts'

const description = {
  title: 'Barong user API',
  version: '1.8.26',
  description: 'Accounts, sessions, second factors, phones, profiles, documents, labels and API keys.',
  tags: [
    { name: 'accounts', description: 'Signing up, confirming, unlocking, the account itself' },
    { name: 'sessions', description: 'Signing in with a password or an API key' },
    { name: 'security', description: 'Renewal, second factor, forgotten password' },
    { name: 'profiles', description: 'Who the person is' },
    { name: 'phones', description: 'Numbers verified by SMS' },
    { name: 'documents', description: 'Papers that prove it' },
    { name: 'labels', description: 'What is known about an account' },
    { name: 'api_keys', description: 'Keys for programs' },
    { name: 'authorized_applications', description: 'Applications that were let in' },
    { name: 'interactions', description: 'Signing in at an application, for pages of one’s own' },
    { name: 'website', description: 'How pages look under a host' },
    { name: 'activities', description: 'What happened to the account' },
  ],
}

/** Who somebody is: any application that they signed in at may ask. */
const WHO = { read: ['profile', 'peatio', 'barong'], write: [] }
const PROFILE = { read: ['profile'], write: ['profile.write'] }
const KYC = { read: ['kyc'], write: ['kyc.write'] }
/** For the product's own applications alone. */
const OURS = { read: [], write: [] }

/** Whoever ends the session that asks, signs out, and is not asked who they are. */
const unlessSigningOut = (guard: Guard): Guard => ({
  ...guard,
  check: (request) => (fieldOf(request.params, 'id') === 'current' ? undefined : guard.check(request)),
})

/** Which browsers' pages may call the API. */
export const corsSettingsOf = ({ config: { values } }: Pick<Deps, 'config'>): CorsSettings => ({
  origins: values.API_CORS_ORIGINS,
  credentials: values.API_CORS_ALLOW_CREDENTIALS,
})

/** The API of account holders and their programs, below `/api/v1`. */
export const userApi =
  (deps: Deps, engine: Engine, websites: Websites) =>
  async (http: FastifyInstance): Promise<void> => {
    await describeInOpenApi(http, description)
    http.decorateRequest(CALLER, null)
    answerErrorsInV1(http)
    allowOrigins(http, corsSettingsOf(deps))
    limitRequests(http, deps)
    limitRoutes(http, deps, limitedRoutes)
    const name = ownNames(deps, (host) => websites.find(host)?.website.domain)
    const accountFor = (names: NameRequest) => limitingAccounts(deps, requireAccount(deps, names))
    const account = accountFor(name)
    const { SECRETS_IN_URLS } = deps.config.values
    takeV1Parameters(http, {
      uploads: {
        spool: openSpool(join(deps.config.data_dir, 'tmp')),
        mayUpload: (request) => letsIn(account, request),
      },
      ...(SECRETS_IN_URLS ? {} : { inQuery: (name, hasBody) => !hasBody && name !== 'totp_code' }),
    })
    nameJson(http)
    revalidate(http)
    refuseWrongVerbs(http, http.prefix)
    serveOpenApi(http)

    await http.register(async (open) => {
      await open.register(accountDoorRoutes(deps), { prefix: '/accounts' })
      await open.register(emailConfirmationRoutes(deps), { prefix: '/accounts/email' })
      await open.register(passwordResetRoutes(deps), { prefix: '/security' })
      await open.register(noticeRoutes(deps), { prefix: '/security' })
      await open.register(apiKeyStateRoutes(deps), { prefix: '/security' })
      await open.register(signInRoutes(deps, name), { prefix: '/sessions' })
      await open.register(tokenExchangeRoutes(deps, name), { prefix: '/sessions' })
      await open.register(interactionRoutes(deps, engine), { prefix: '/interactions' })
      await open.register(browserSessionRoutes(deps), { prefix: '/browser_session' })
      await open.register(browserTokenRoutes(deps, name), { prefix: '/sessions' })
      await open.register(gatewayRoutes(deps, accountFor))
      await open.register(websiteRoutes(deps, websites), { prefix: '/website' })
    })
    /** Registers routes behind the account's guard, open to applications that were allowed what `rule` says. */
    const behindAccount = (rule: ScopeRule, routes: FastifyPluginAsync, prefix: string, ...more: Guard[]) =>
      http.register(async (closed) => {
        for (const each of [account, requireScope(rule), ...more]) guard(closed, each)
        await closed.register(routes, { prefix })
      })
    /** For those who have nothing to do first: neither a password to replace nor a second factor to set up. */
    const free = requireNoDuty(deps)
    /** For what sets up a second factor. */
    const ownPassword = requireNoDuty(deps, ['set_up_second_factor'])
    /** For what 1.8.26 let be changed without a fresh proof. */
    const perhapsFresh = deps.config.values.SUDO_FOR_ALL ? [requireFresh(deps)] : []
    /** Registers routes of dangerous changes, for those who proved a moment ago who they are. */
    const behindFreshProof = (duty: Guard, routes: FastifyPluginAsync, prefix: string) =>
      http.register(async (closed) => {
        guard(closed, account)
        guard(closed, requireScope(OURS))
        guard(closed, duty)
        guard(closed, requireFresh(deps))
        await closed.register(routes, { prefix })
      })
    await behindAccount(WHO, accountRoutes(deps), '/accounts')
    await behindAccount(OURS, passwordRoutes(deps), '/accounts')
    await behindAccount(OURS, renewRoutes(deps, name), '/security', free)
    await behindAccount(OURS, twoFactorRoutes(deps), '/security', ownPassword, ...perhapsFresh)
    await behindAccount(OURS, confirmationRoutes(deps, browserRenewal(deps)), '/security', ownPassword)
    await behindAccount(PROFILE, holdRoutes(deps), '/security/holds', free)
    await behindFreshProof(ownPassword, recoveryRoutes(deps), '/security')
    await behindFreshProof(ownPassword, passkeyRoutes(deps), '/security/passkeys')
    await behindFreshProof(free, emailChangeRoutes(deps), '/accounts/email')
    await behindAccount(OURS, sessionRoutes(deps), '/sessions', ...perhapsFresh.map(unlessSigningOut))
    await behindAccount(OURS, authorizedApplicationRoutes(deps), '/authorized_applications', free)
    await behindAccount(OURS, activityRoutes(deps), '/activities', free)
    await behindAccount(PROFILE, profileRoutes(deps), '/profiles', free)
    await behindAccount(PROFILE, labelRoutes(deps), '/labels', free)
    await behindAccount(KYC, phoneRoutes(deps), '/phones', free, ...perhapsFresh)
    await behindAccount(KYC, documentRoutes(deps), '/documents', free)
    await behindAccount(KYC, reviewRoutes(deps), '/reviews', free)
    await http.register(async (closed) => {
      guard(closed, account, 'before parameters')
      guard(closed, requireScope({ read: ['api_keys'], write: ['api_keys'] }), 'before parameters')
      for (const each of [free, ...perhapsFresh]) guard(closed, each, 'before parameters')
      guard(closed, requireOtp(deps), 'before parameters')
      await closed.register(apiKeyRoutes(deps), { prefix: '/api_keys' })
    })
  }
