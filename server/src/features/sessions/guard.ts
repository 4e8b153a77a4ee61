import type { FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { iso, parseIso } from '../../lib/clock.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import { actAs } from '../../platform/acting/acting.ts'
import { CALLER, type Caller } from '../../platform/http/caller.ts'
import type { Guard } from '../../platform/http/guards.ts'
import { parametersOf } from '../../platform/http/v1-bodies.ts'
import { isBarred } from '../accounts/accounts.ts'
import { PROOF_ALGORITHMS, verifyProof } from './dpop.ts'
import { findSession, insertDpopProof } from './store.ts'

const errors = defineErrors('sessions', {
  invalid: [401, 'The access token is invalid'],
  expired: [401, 'The access token expired'],
  revoked: [401, 'The access token was revoked'],
  unbound: [401, 'The access token is not bound to a key'],
  noAccount: [401, 'Account does not exist'],
  noProof: [401, 'The DPoP proof is missing or invalid'],
  usedProof: [401, 'The DPoP proof was used before'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'keys'>

/** Lets in whoever bears a token of a session that is neither revoked nor over (RFC 6750), with its key where it is bound to one (RFC 9449). */
export function requireAccount(deps: Needs): Guard {
  // A request may be asked about twice, before and after its body was read, and its proof counts once.
  const proven = new WeakSet<FastifyRequest>()
  return {
    security: 'BearerToken',
    check: (request) => authenticate(deps, request, proven),
  }
}

/** Notes on the request whose it is. */
async function authenticate(needs: Needs, request: FastifyRequest, proven: WeakSet<FastifyRequest>): Promise<void> {
  const { db, clock, config, keys } = needs
  const { token, scheme } = tokenOf(request, config.values.ACCESS_TOKEN_IN_QUERY)
  const verified = token === undefined ? undefined : keys.verify(token)
  const jkt = verified?.jkt
  const challenge = jkt === undefined && scheme === 'Bearer' ? bearerChallenge : dpopChallenge('invalid_token')
  const caller = verified?.sub === 'session' ? await findSession(db, verified.jti) : undefined
  if (!caller || (jkt !== undefined) !== (scheme === 'DPoP')) throw challenge(errors.invalid)
  const { session, account } = caller
  // Also one of before that was asked for.
  if (jkt === undefined && session.oauth_payload !== null && config.values.OAUTH_REQUIRE.includes('bound_tokens'))
    throw dpopChallenge('invalid_token')(errors.unbound)
  if (session.revoked_at !== null) throw challenge(errors.revoked)
  // A browser's session outlives each of its tokens.
  if (Math.min(parseIso(session.expires_at), verified?.expires_at ?? 0) <= clock.now()) throw challenge(errors.expired)
  if (isBarred(account)) throw errors.noAccount()
  if (token !== undefined && jkt !== undefined && !proven.has(request)) {
    await takeProof(needs, request, token, jkt)
    proven.add(request)
  }
  if (session.scopes === null || session.application_id === null) actAs('person', account.id)
  else actAs('application', session.application_id)
  request.setDecorator<Caller | null>(CALLER, caller)
}

/** Makes sure that the request was made by the holder of the key, and is made once (RFC 9449, sections 7.1 and 11.1). */
async function takeProof({ db, clock, config }: Needs, request: FastifyRequest, token: string, jkt: string) {
  const { method, headers } = request
  const challenge = dpopChallenge('invalid_dpop_proof')
  const url = `${config.url}${request.url}`
  const proof = verifyProof(String(headers['dpop'] ?? ''), { method, url, token, jkt, now: clock.now() })
  if (!proof) throw challenge(errors.noProof)
  const first = await insertDpopProof(db, proof.digest, iso(clock.now()), iso(proof.forgotten_at))
  if (!first) throw challenge(errors.usedProof)
}

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

type Challenge = (error: (options: { headers: Record<string, string> }) => Refusal) => Refusal

// The realm is the one that 1.8.26 named.
const bearerChallenge: Challenge = (error) => challenged(error, 'Bearer realm="Doorkeeper", error="invalid_token"')

const dpopChallenge =
  (code: 'invalid_token' | 'invalid_dpop_proof'): Challenge =>
  (error) =>
    challenged(error, `DPoP algs="${PROOF_ALGORITHMS.join(' ')}", error="${code}"`)

function challenged(error: Parameters<Challenge>[0], start: string): Refusal {
  const refusal = error({ headers: { 'cache-control': 'no-store', pragma: 'no-cache' } })
  refusal.headers['www-authenticate'] = `${start}, error_description="${refusal.message}"`
  return refusal
}
