import type { FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { parseIso } from '../../lib/clock.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import { CALLER, type Caller } from '../../platform/http/caller.ts'
import type { Guard } from '../../platform/http/guards.ts'
import { parametersOf } from '../../platform/http/v1-bodies.ts'
import { isBarred } from '../accounts/accounts.ts'
import { createTokenVerifier, type TokenVerifier } from '../signing-keys/signing-keys.ts'
import { findSession } from './store.ts'

const errors = defineErrors('sessions', {
  invalid: [401, 'The access token is invalid'],
  expired: [401, 'The access token expired'],
  revoked: [401, 'The access token was revoked'],
  noAccount: [401, 'Account does not exist'],
})

/** Lets in whoever bears a token of a session that is neither revoked nor over (RFC 6750). */
export function requireAccount(deps: Pick<Deps, 'db' | 'clock' | 'keys' | 'config'>): Guard {
  const verifier = createTokenVerifier(deps)
  return {
    security: 'BearerToken',
    check: async (request) => {
      request.setDecorator<Caller | null>(CALLER, await authenticate(deps, verifier, request))
    },
  }
}

async function authenticate(
  { db, clock, config }: Pick<Deps, 'db' | 'clock' | 'config'>,
  verifier: TokenVerifier,
  request: FastifyRequest,
): Promise<Caller> {
  const token = bearerOf(request, config.values.ACCESS_TOKEN_IN_QUERY)
  const verified = token === undefined ? undefined : verifier.verify(token)
  const caller = verified?.sub === 'session' ? await findSession(db, verified.jti) : undefined
  if (!caller) throw challenge(errors.invalid)
  const { session, account } = caller
  if (session.revoked_at !== null) throw challenge(errors.revoked)
  if (parseIso(session.expires_at) <= clock.now()) throw challenge(errors.expired)
  if (isBarred(account)) throw errors.noAccount()
  return caller
}

/** The token of a Bearer header; without one, of the parameters that 1.8.26 also took it from. */
function bearerOf(request: FastifyRequest, parametersToo: boolean): string | undefined {
  const { authorization = '' } = request.headers
  if (/^bearer /i.test(authorization)) return /^bearer (\S+)\s*$/i.exec(authorization)?.[1]
  if (!parametersToo) return undefined
  const parameters = parametersOf(request)
  const tokens = [parameters['access_token'], parameters['bearer_token']]
  return tokens.find((token): token is string => typeof token === 'string' && token !== '')
}

function challenge(error: (options: { headers: Record<string, string> }) => Refusal): Refusal {
  const refusal = error({ headers: { 'cache-control': 'no-store', pragma: 'no-cache' } })
  // The realm is the one that 1.8.26 named.
  refusal.headers['www-authenticate'] =
    `Bearer realm="Doorkeeper", error="invalid_token", error_description="${refusal.message}"`
  return refusal
}
