import type { FastifyInstance } from 'fastify'
import type { Deps } from '../../deps.ts'
import { parseIso, SECOND, seconds } from '../../lib/clock.ts'
import { Refusal } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import type { Session } from '../../platform/db/schema.ts'
import { CALLER, type Caller, callerOf } from '../../platform/http/caller.ts'
import type { Guard } from '../../platform/http/guards.ts'
import { takeV1Parameters } from '../../platform/http/v1-bodies.ts'
import { answerInOauth } from './engine-routes.ts'
import { challengeOf, NOT_KEPT, TEXTS } from './refusals.ts'
import { SESSION_SCOPES } from './scopes.ts'
import { findApplicationUid } from './store.ts'

const REFUSED = { error: 'invalid_request', error_description: TEXTS.invalid_request }

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
        return reply
          .code(401)
          .headers({ ...NOT_KEPT, 'www-authenticate': challengeOf(REFUSED) })
          .send(REFUSED)
      }
      return reply.header('cache-control', 'no-store').send(await infoOf(deps, callerOf(request)))
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

/** What the token was given; for the product's own applications it opens more than that. */
function scopesOf({ scopes, oauth_payload }: Session): string[] {
  const granted: unknown = oauth_payload === null ? undefined : JSON.parse(oauth_payload)
  const given = isObject(granted) ? String(granted['scope'] ?? '') : SESSION_SCOPES
  return (scopes ?? given).split(' ').filter((scope) => scope !== '')
}
