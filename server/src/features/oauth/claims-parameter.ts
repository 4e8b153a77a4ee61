import type { ClaimsParameter, Client, KoaContextWithOIDC } from 'oidc-provider'
import { claimsOfScopes } from './scopes.ts'

/** What is of the protocol and tells nothing of a person. */
const OF_NO_SCOPE = ['iss', 'sid']

/**
 * Leaves out of the claims that are asked for one by one those that no scope of the application tells: nobody is asked for
 * them. What is not told is no error (OpenID Connect Core, section 5.5.1).
 */
export function keepToScopes({ oidc }: KoaContextWithOIDC, claims: ClaimsParameter, { scope = '' }: Client): void {
  const allowed = [...OF_NO_SCOPE, ...claimsOfScopes(scope.split(' '))]
  const kept = (part: object | null | undefined) =>
    part && Object.fromEntries(Object.entries(part).filter(([claim]) => allowed.includes(claim)))
  const { userinfo, id_token } = claims
  // The engine reads them anew from the parameters, and so do the steps after this one.
  if (oidc.params) oidc.params['claims'] = JSON.stringify({ userinfo: kept(userinfo), id_token: kept(id_token) })
}
