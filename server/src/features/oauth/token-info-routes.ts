import type { FastifyInstance } from 'fastify'
import type { Deps } from '../../deps.ts'
import { parseIso, SECOND, seconds } from '../../lib/clock.ts'
import { Refusal } from '../../lib/errors.ts'
import type { Session } from '../../platform/db/schema.ts'
import { CALLER, type Caller, callerOf } from '../../platform/http/caller.ts'
import type { Guard } from '../../platform/http/guards.ts'
import { sendJson } from '../../platform/http/replies.ts'
import { takeV1Parameters } from '../../platform/http/v1-bodies.ts'
import { answerInOauth } from './engine-routes.ts'
import { SESSION_SCOPES } from './scopes.ts'
import { findApplicationUid } from './store.ts'

const REFUSED = {
  error: 'invalid_request',
  error_description:
    'The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed.',
}

/** What a bearer of a token may learn of it, as in Barong 1.8; `check` is the guard of the account. */
export const tokenInfoRoutes =
  (deps: Pick<Deps, 'db' | 'clock'>, { check }: Guard) =>
  async (http: FastifyInstance): Promise<void> => {
    http.decorateRequest(CALLER, null)
    takeV1Parameters(http)
    http.setErrorHandler(answerInOauth)
    http.get('/oauth/token/info', async (request, reply) => {
      try {
        await check(request)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return sendJson(
          reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache', 'www-authenticate': challenge(REFUSED) }),
          401,
          REFUSED,
        )
      }
      return sendJson(reply.header('cache-control', 'no-store'), 200, await infoOf(deps, callerOf(request)))
    })
  }

async function infoOf({ db, clock }: Pick<Deps, 'db' | 'clock'>, { account, session }: Caller) {
  return {
    resource_owner_id: account.id,
    scopes: scopesOf(session),
    expires_in_seconds: Math.ceil((parseIso(session.expires_at) - clock.now()) / SECOND),
    application: { uid: session.application_id === null ? null : await findApplicationUid(db, session.application_id) },
    created_at: seconds(parseIso(session.created_at)),
  }
}

const scopesOf = ({ scopes }: Session): string[] =>
  (scopes ?? SESSION_SCOPES).split(' ').filter((scope) => scope !== '')

const challenge = ({ error, error_description }: typeof REFUSED): string =>
  `Bearer realm="Doorkeeper", error="${error}", error_description="${error_description}"`
