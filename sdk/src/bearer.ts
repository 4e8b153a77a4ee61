import { PROOF_ALGORITHMS } from './proofs.ts'
import { audiencesOf, type TokenClaims, type TokenRefusal, type Verifier } from './verifier.ts'

/** What a route asks of a token besides being good. */
export interface Demand {
  /** A scope that the token must have; those of people who signed in at Barong itself have none. */
  scope?: string
  /** Lets these people in without the scope, as they may do whatever their account may. */
  people?: boolean
}

/** What to answer instead of serving a request. */
export interface Denial {
  status: 401 | 403 | 503
  headers: Readonly<Record<string, string>>
  body: { error: string; reason?: TokenRefusal }
}

/** What of a request tells who makes it. */
export interface Asked {
  method: string
  /** Path and query as they came. */
  target: string
  authorization: string | undefined
  dpop: string | readonly string[] | undefined
}

/** Looks at the token of a request (RFC 6750, RFC 9449): what it says, or what to answer instead. */
export async function admit(
  verifier: Verifier,
  { method, target, authorization, dpop }: Asked,
  { scope, people = false }: Demand,
): Promise<{ claims: TokenClaims } | { denial: Denial }> {
  const [, scheme = '', token] = /^(Bearer|DPoP) +(\S+) *$/i.exec(authorization ?? '') ?? []
  const isProven = /^dpop$/i.test(scheme)
  if (token === undefined || (isProven && !verifier.schemes.includes('DPoP')))
    return deny(401, challengeOf(verifier), 'A token is needed')
  // Several proofs are none.
  const request = { method, target, proof: dpop === undefined ? undefined : String(dpop) }
  const verdict = await (isProven ? verifier.verify(token, request) : verifier.verify(token))
  if ('refused' in verdict) {
    const { refused } = verdict
    if (refused === 'keys_unavailable' || refused === 'revocations_unknown' || refused === 'proofs_unavailable')
      return { denial: { status: 503, headers: { 'retry-after': '1' }, body: { error: 'Try again', reason: refused } } }
    const code = refused === 'wrong_proof' || refused === 'used_proof' ? 'invalid_dpop_proof' : 'invalid_token'
    return deny(401, challengeOf(verifier, code), 'The token is not valid', refused)
  }
  if (scope !== undefined && !scopesOf(verdict.claims).includes(scope) && !(people && isPerson(verdict.claims)))
    return deny(403, `Bearer error="insufficient_scope", scope="${scope}"`, 'The token does not allow this')
  return verdict
}

/** By which schemes one would be let in (RFC 9449, section 7.1); the error is told with each. */
function challengeOf({ schemes }: Verifier, code?: 'invalid_token' | 'invalid_dpop_proof'): string {
  const error = code === undefined ? [] : [`error="${code}"`]
  const parameters = { Bearer: error, DPoP: [`algs="${PROOF_ALGORITHMS}"`, ...error] }
  return schemes.map((scheme) => [scheme, parameters[scheme].join(', ')].join(' ').trim()).join(', ')
}

/** Tokens that API keys are exchanged for tell the key's scopes as their audience, as Barong 1.8 had it. */
function scopesOf(claims: TokenClaims): string[] {
  if (claims.scope !== undefined) return claims.scope.split(' ')
  return claims.api_kid === undefined ? [] : audiencesOf(claims)
}

/** Whether the token is that of somebody who signed in, and no application's or API key's. */
const isPerson = ({ uid, scope, client_id, api_kid }: TokenClaims): boolean =>
  uid !== undefined && scope === undefined && client_id === undefined && api_kid === undefined

function deny(status: 401 | 403, challenge: string, error: string, reason?: TokenRefusal): { denial: Denial } {
  const body = reason === undefined ? { error } : { error, reason }
  return { denial: { status, headers: { 'www-authenticate': challenge, 'cache-control': 'no-store' }, body } }
}

const known = new WeakMap<object, TokenClaims>()

/** Remembers what the token of a request said. */
export function noteClaims(request: object, claims: TokenClaims): void {
  known.set(request, claims)
}

/** What the token of a request says, behind `requireToken`. In Hono the request is its context. */
export function tokenOf(request: object): TokenClaims {
  const claims = known.get(request)
  if (!claims) throw new Error('The request asks for its token, but stands behind no requireToken().')
  return claims
}
