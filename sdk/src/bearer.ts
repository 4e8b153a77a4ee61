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

/** Looks at the `Authorization` of a request (RFC 6750): what its token says, or what to answer instead. */
export async function admit(
  verifier: Verifier,
  authorization: string | undefined,
  { scope, people = false }: Demand,
): Promise<{ claims: TokenClaims } | { denial: Denial }> {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) return deny(401, 'Bearer', 'A token is needed')
  const verdict = await verifier.verify(token)
  if ('refused' in verdict) {
    const { refused } = verdict
    if (refused === 'keys_unavailable' || refused === 'revocations_unknown')
      return { denial: { status: 503, headers: { 'retry-after': '1' }, body: { error: 'Try again', reason: refused } } }
    return deny(401, 'Bearer error="invalid_token"', 'The token is not valid', refused)
  }
  if (scope !== undefined && !scopesOf(verdict.claims).includes(scope) && !(people && isPerson(verdict.claims)))
    return deny(403, `Bearer error="insufficient_scope", scope="${scope}"`, 'The token does not allow this')
  return verdict
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
