import type { Deps } from '../../deps.ts'
import { seconds } from '../../lib/clock.ts'
import { urlToken } from '../../lib/ids.ts'
import type { Application } from '../../platform/db/schema.ts'
import { SCOPES } from '../applications/applications.ts'
import { jwtOfClient } from './access-tokens.ts'
import { authenticatedClient } from './client-authentication.ts'
import { algorithmOfClient, scopesOfClient } from './clients.ts'
import { recordAdapter } from './records.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'keys' | 'outbox'>

const KIND = 'ClientCredentials'

/**
 * A client's own token (RFC 6749, section 4.4), as the engine would make it, for a client that proves itself by the Authorization
 * header and names nothing but scopes that it may have. `undefined`: it is for the engine to answer.
 */
export async function issueClientToken(
  needs: Needs,
  authorization: string | undefined,
  form: URLSearchParams,
): Promise<Record<string, unknown> | undefined> {
  // Only the engine binds tokens to keys.
  if (needs.config.values.OAUTH_REQUIRE.includes('bound_tokens')) return undefined
  if (form.get('grant_type') !== KIND_OF_GRANT || !hasOnly(form, ['grant_type', 'scope'])) return undefined
  const client = await authenticatedClient(needs, authorization)
  if (!client?.grant_types.split(' ').includes(KIND_OF_GRANT) || client.tokens_bound_at !== null) return undefined
  const scope = scopeFor(client, form.get('scope') ?? undefined)
  if (scope === undefined) return undefined
  const lifetime = client.access_token_lifetime ?? needs.config.values.JWT_LIFETIME
  const iat = seconds(needs.clock.now())
  const token = { jti: urlToken(32), clientId: client.uid, ...(scope === '' ? {} : { scope }) }
  const terms = { ...token, remainingTTL: lifetime, algorithm: algorithmOfClient(client) }
  const [access_token] = await Promise.all([
    jwtOfClient(needs, terms),
    recordAdapter(needs, KIND).upsert(token.jti, { iat, exp: iat + lifetime, kind: KIND, ...token }, lifetime),
  ])
  return {
    access_token,
    expires_in: lifetime,
    token_type: 'Bearer',
    ...(scope === '' ? {} : { scope }),
    created_at: iat,
  }
}

const KIND_OF_GRANT = 'client_credentials'

/** Whether the form has these parameters alone, and each once. */
function hasOnly(form: URLSearchParams, allowed: readonly string[]): boolean {
  const names = [...form.keys()]
  return names.every((name) => allowed.includes(name)) && new Set(names).size === names.length
}

/** The scopes that were asked for, each once; `undefined` where the client may not have all of them. */
function scopeFor(client: Application, asked: string | undefined): string | undefined {
  if (asked === undefined) return ''
  const known: readonly string[] = SCOPES
  const allowed = scopesOfClient(client).split(' ')
  const wanted = asked.split(' ')
  return wanted.every((scope) => known.includes(scope) && allowed.includes(scope))
    ? [...new Set(wanted)].join(' ')
    : undefined
}
