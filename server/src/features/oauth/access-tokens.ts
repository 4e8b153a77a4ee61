import type Provider from 'oidc-provider'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { seconds } from '../../lib/clock.ts'
import { type Algorithm, signJwtAside } from '../../platform/crypto/jws.ts'
import type { Account } from '../../platform/db/schema.ts'
import { holdsClaim } from '../holds/holds.ts'
import { type AccessTokenDraft, draftAccessToken } from '../signing-keys/signing-keys.ts'
import { ALGORITHMS } from './clients.ts'
import type { Exchanges } from './rotations.ts'

type Needs = Pick<Deps, 'db' | 'keys' | 'clock'>
type AccessToken = InstanceType<Provider['AccessToken']>
type ClientCredentials = InstanceType<Provider['ClientCredentials']>

/**
 * Gives the engine's access tokens the form our relying parties read: what a client gets is a JWT signed by us whose
 * `jti` is the id of what is stored.
 */
export function issueJwts({ AccessToken, ClientCredentials }: Provider, needs: Needs, exchanges: Exchanges): void {
  const saveAccessToken = AccessToken.prototype.save
  AccessToken.prototype.save = async function (this: AccessToken) {
    let signing: Promise<string> | undefined
    // While the transaction that makes it true is written to the disk.
    exchanges().sign = async (tx, account) => {
      signing = draftOf(needs, this, account, await holdsClaim(needs, tx, account.id)).sign()
      // Nobody waits for it where the transaction fails.
      signing.catch(() => {})
    }
    await saveAccessToken.call(this)
    if (!signing) throw new Error('Tokens are issued to requests alone.')
    return signing
  }
  const saveClientCredentials = ClientCredentials.prototype.save
  ClientCredentials.prototype.save = async function (this: ClientCredentials) {
    await saveClientCredentials.call(this)
    const { jti, clientId, scope, aud, jkt, remainingTTL } = this
    return jwtOfClient(needs, { jti, clientId, scope, aud, jkt, remainingTTL, ...algorithmOf(this) })
  }
}

/** The other way round: a JWT that a client brings is verified and looked up by its id. The bare id opens nothing. */
export function findByJwt(adapter: Adapter, { keys, config }: Pick<Deps, 'keys' | 'config'>): Adapter {
  return {
    ...adapter,
    find: async (token) => {
      const verified = keys.verify(token.replaceAll(HIDDEN_DOT, '.'))
      const payload = verified && (await adapter.find(verified.jti))
      if (!payload || verified.jkt !== undefined) return payload && { ...payload, jkt: verified?.jkt }
      return mustBeBound(config, payload) ? undefined : payload
    },
  }
}

/** Whether a token that is bound to no key is none: of sessions of the API, which come by no grant, and of all others. */
export const mustBeBound = ({ values }: Deps['config'], { accountId, grantId }: AdapterPayload): boolean =>
  (accountId !== undefined && grantId === undefined ? values.SESSION_REQUIRE : values.OAUTH_REQUIRE).includes(
    'bound_tokens',
  )

/** Stands for the dots of a JWT where the engine refuses tokens that look like one. */
export const HIDDEN_DOT = '~'

function draftOf(needs: Needs, token: AccessToken, account: Account, holds: object): AccessTokenDraft {
  return draftAccessToken(needs, account, {
    audience: audienceOf(token),
    lifetime: token.remainingTTL,
    jti: token.jti,
    ...algorithmOf(token),
    extra: { client_id: token.clientId, scope: token.scope ?? '', ...confirmationOf(token), ...holds },
  })
}

/** What is told of a client's own token. */
export interface ClientToken {
  jti: string
  clientId?: string | undefined
  scope?: string | undefined
  aud?: string | string[] | undefined
  jkt?: unknown
  remainingTTL: number
  algorithm?: Algorithm | undefined
}

/** A client's own token (RFC 6749, section 4.4): nobody's account, so none of an account's claims. */
export function jwtOfClient({ keys, clock }: Pick<Deps, 'keys' | 'clock'>, token: ClientToken): Promise<string> {
  const iat = seconds(clock.now())
  return signJwtAside(keys.current(token.algorithm), {
    iat,
    exp: iat + token.remainingTTL,
    sub: token.clientId,
    iss: 'barong',
    aud: audienceOf(token),
    jti: token.jti,
    client_id: token.clientId,
    scope: token.scope ?? '',
    ...confirmationOf(token),
  })
}

/** The algorithm an application asked for, for all its tokens. */
function algorithmOf({ client }: AccessToken | ClientCredentials): { algorithm?: Algorithm } {
  const algorithm = ALGORITHMS.find((known) => known === client?.idTokenSignedResponseAlg)
  return algorithm === undefined ? {} : { algorithm }
}

/** The resource it is for (RFC 8707); otherwise its scopes, as tokens of Barong 1.8 have it. */
function audienceOf({ aud, scope }: Pick<ClientToken, 'aud' | 'scope'>): string | string[] {
  if (aud !== undefined && aud.length > 0) return aud
  return scope ? scope.split(' ') : []
}

/** The key a token is bound to (RFC 9449, section 6.1). */
const confirmationOf = ({ jkt }: Pick<ClientToken, 'jkt'>): Record<string, unknown> =>
  typeof jkt === 'string' ? { cnf: { jkt } } : {}
