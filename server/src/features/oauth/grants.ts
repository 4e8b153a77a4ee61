import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { applicationSkipsConsent, findApplication } from '../applications/applications.ts'
import { recallConsent } from './consents.ts'

type Grant = InstanceType<Provider['Grant']>
type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'keys' | 'outbox'>

/**
 * The grant under which a request goes on. Each browser session has its own for each application, so that what ends
 * one family of tokens leaves the person's other devices alone; a new one starts with what the person consented to
 * before, in other browsers since then, too, and, for an application that skips consent, with all it asks for.
 */
export async function grantFor(needs: Needs, context: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, provider } = context.oidc
  const accountId = session?.accountId
  if (!client || accountId === undefined) return undefined
  const current = await currentGrant(context, accountId, client.clientId)
  if (applicationSkipsConsent(await findApplication(needs.db, client.clientId)))
    return grantEverything(context, current ?? new provider.Grant({ accountId, clientId: client.clientId }))
  const grant = current ?? new provider.Grant({ accountId, clientId: client.clientId })
  if (!(await recallConsent(needs, grant))) return current
  await grant.save()
  return grant
}

async function currentGrant({ oidc }: KoaContextWithOIDC, accountId: string, clientId: string) {
  const { Grant } = oidc.provider
  const given = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(clientId)
  const grant = given === undefined ? undefined : await Grant.find(given)
  return grant?.accountId === accountId && grant.clientId === clientId ? grant : undefined
}

async function grantEverything({ oidc }: KoaContextWithOIDC, grant: Grant): Promise<Grant> {
  grant.addOIDCScope([...oidc.requestParamScopes].join(' '))
  grant.addOIDCClaims([...oidc.requestParamClaims])
  for (const [resource, server] of Object.entries(oidc.resourceServers ?? {}))
    grant.addResourceScope(resource, server.scope)
  await grant.save()
  return grant
}
