import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { isObject } from '../../lib/json.ts'
import { applicationSkipsConsent, findApplication } from '../applications/applications.ts'
import { findGrantRecord } from './store.ts'

type Grant = InstanceType<Provider['Grant']>
type Needs = Pick<Deps, 'db' | 'clock' | 'ring'>

/**
 * The consent under which a request goes on: the one just given, the one the account gave this application before, or,
 * for an application that skips consent, one made now.
 */
export async function grantFor(needs: Needs, context: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session } = context.oidc
  const accountId = session?.accountId
  if (!client || accountId === undefined) return undefined
  const grant = await knownGrant(needs, context, accountId, client.clientId)
  if (!applicationSkipsConsent(await findApplication(needs.db, client.clientId))) return grant
  return grantEverything(context, grant ?? new context.oidc.provider.Grant({ accountId, clientId: client.clientId }))
}

async function knownGrant(needs: Needs, { oidc }: KoaContextWithOIDC, accountId: string, clientId: string) {
  const { Grant } = oidc.provider
  const given = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(clientId)
  const current = given === undefined ? undefined : await Grant.find(given)
  if (current?.accountId === accountId) return current
  const id = await storedGrantId(needs, accountId, clientId)
  return id === undefined ? undefined : Grant.find(id)
}

async function storedGrantId({ db, clock, ring }: Needs, accountId: string, clientId: string) {
  const row = await findGrantRecord(db, accountId, clientId, iso(clock.now()))
  if (!row) return undefined
  const payload: unknown = JSON.parse(
    ring.open('oauth-record', `Grant:${row.key_digest}`, row.payload_sealed).toString(),
  )
  return isObject(payload) && typeof payload['jti'] === 'string' ? payload['jti'] : undefined
}

async function grantEverything({ oidc }: KoaContextWithOIDC, grant: Grant): Promise<Grant> {
  grant.addOIDCScope([...oidc.requestParamScopes].join(' '))
  grant.addOIDCClaims([...oidc.requestParamClaims])
  for (const [resource, server] of Object.entries(oidc.resourceServers ?? {}))
    grant.addResourceScope(resource, server.scope)
  await grant.save()
  return grant
}
