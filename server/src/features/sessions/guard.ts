import type { FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { parseIso } from '../../lib/clock.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import { actAs } from '../../platform/acting/acting.ts'
import type { Session } from '../../platform/db/schema.ts'
import { CALLER, type Caller } from '../../platform/http/caller.ts'
import type { Guard } from '../../platform/http/guards.ts'
import { parametersOf } from '../../platform/http/v1-bodies.ts'
import { isBarred } from '../accounts/accounts.ts'
import { challengeBy, challenged, checkProof, type NameRequest, takeProof } from '../key-proofs/key-proofs.ts'
import { findSession } from './store.ts'

const errors = defineErrors('sessions', {
  invalid: [401, 'The access token is invalid'],
  expired: [401, 'The access token expired'],
  revoked: [401, 'The access token was revoked'],
  unbound: [401, 'The access token is not bound to a key'],
  noAccount: [401, 'Account does not exist'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'keys'>

/**
 * Lets in whoever bears a token of a session that is neither revoked nor over (RFC 6750), with its key where it is bound to one
 * (RFC 9449); `name` tells what proofs of keys are for.
 */
export function requireAccount(deps: Needs, name: NameRequest): Guard {
  // A request may be asked about twice, before and after its body was read, and its proof counts once.
  const proven = new WeakSet<FastifyRequest>()
  return {
    security: 'BearerToken',
    check: (request) =>
      authenticate(deps, request, async (token, jkt) => {
        if (proven.has(request)) return
        await takeProof(deps, checkProof(deps, name(request), { token, jkt }))
        proven.add(request)
      }),
  }
}

/** Has whoever bears a token that is bound to a key prove that they have it. */
type Prove = (token: string, jkt: string) => Promise<void>

/** Notes on the request whose it is. */
async function authenticate(needs: Needs, request: FastifyRequest, prove: Prove): Promise<void> {
  const { db, clock, config, keys } = needs
  const { token, scheme } = tokenOf(request, config.values.ACCESS_TOKEN_IN_QUERY && config.values.SECRETS_IN_URLS)
  const verified = token === undefined ? undefined : keys.verify(token)
  const jkt = verified?.jkt
  const challenge = jkt === undefined && scheme === 'Bearer' ? byBearer : byKey
  const caller = verified?.sub === 'session' ? await findSession(db, verified.jti) : undefined
  if (!caller || (jkt !== undefined) !== (scheme === 'DPoP')) throw challenge(errors.invalid)
  const { session, account } = caller
  if ((session.jkt ?? jkt) !== jkt) throw challenge(errors.invalid)
  // Also one of before that was asked for.
  if (jkt === undefined && mustBeBound(config, session)) throw byKey(errors.unbound)
  if (session.revoked_at !== null) throw challenge(errors.revoked)
  // A browser's session outlives each of its tokens.
  if (Math.min(parseIso(session.expires_at), verified?.expires_at ?? 0) <= clock.now()) throw challenge(errors.expired)
  if (isBarred(account)) throw errors.noAccount()
  if (token !== undefined && jkt !== undefined) await prove(token, jkt)
  if (session.scopes === null || session.application_id === null) actAs('person', account.id)
  else actAs('application', session.application_id)
  request.setDecorator<Caller | null>(CALLER, caller)
}

/** Whether a token that is bound to no key opens nothing here. */
const mustBeBound = ({ values }: Needs['config'], { oauth_payload }: Session): boolean =>
  values.SESSION_REQUIRE.includes('bound_tokens') ||
  (oauth_payload !== null && values.OAUTH_REQUIRE.includes('bound_tokens'))

interface Shown {
  token: string | undefined
  scheme: 'Bearer' | 'DPoP'
}

const SCHEMES = new Map<string, Shown['scheme']>([
  ['bearer', 'Bearer'],
  ['dpop', 'DPoP'],
])

/** The token of the header; without one, of the parameters that 1.8.26 also took it from. */
function tokenOf(request: FastifyRequest, parametersToo: boolean): Shown {
  const { authorization = '' } = request.headers
  const space = authorization.indexOf(' ')
  const scheme = space < 0 ? undefined : SCHEMES.get(authorization.slice(0, space).toLowerCase())
  if (scheme) {
    const token = authorization.slice(space + 1).trimEnd()
    return { token: token === '' || token.includes(' ') ? undefined : token, scheme }
  }
  const parameters = parametersToo ? parametersOf(request) : {}
  const tokens = [parameters['access_token'], parameters['bearer_token']]
  return { token: tokens.find((each): each is string => typeof each === 'string' && each !== ''), scheme: 'Bearer' }
}

type Challenge = (error: Parameters<typeof challenged>[1]) => Refusal

// The realm is the one that 1.8.26 named.
const byBearer: Challenge = (error) => challenged('Bearer realm="Doorkeeper", error="invalid_token"', error)

const byKey: Challenge = (error) => challengeBy('invalid_token', error)
