import type Provider from 'oidc-provider'
import type { AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { recordAdapter } from './records.ts'
import { lockPerson } from './store.ts'

type Grant = InstanceType<Provider['Grant']>
type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'keys' | 'outbox'>

const KIND = 'Consent'

/**
 * Remembers what a person let an application do, beyond the browser session it was said in: a grant ends with its
 * tokens, a consent when the person takes it back. What was said in other browsers is part of it, and of the grant from now on.
 */
export async function addConsent(needs: Needs, grant: Grant): Promise<void> {
  await needs.db.transaction().execute(async (db) => {
    await lockPerson(db, grant.accountId ?? '')
    await recallConsent({ ...needs, db }, grant)
    const { accountId, clientId, openid, resources } = grant
    if (accountId === undefined || clientId === undefined) return
    const said = { accountId, clientId, ...(openid ? { openid } : {}), ...(resources ? { resources } : {}) }
    await recordAdapter({ ...needs, db }, KIND).upsert(idOf(accountId, clientId), said)
  })
}

/** Puts into a grant what the person allowed this application before; tells whether that was more than it has. */
export async function recallConsent(needs: Needs, grant: Grant): Promise<boolean> {
  const { accountId = '', clientId = '' } = grant
  const said = await recordAdapter(needs, KIND).find(idOf(accountId, clientId))
  if (!said) return false
  const before = termsOf(grant)
  const { openid, resources }: AdapterPayload & Pick<Grant, 'openid' | 'resources'> = said
  if (openid?.scope) grant.addOIDCScope(openid.scope)
  if (openid?.claims) grant.addOIDCClaims(openid.claims)
  for (const [resource, scope] of Object.entries(resources ?? {})) grant.addResourceScope(resource, scope)
  return termsOf(grant) !== before
}

const termsOf = ({ openid, resources }: Grant): string => JSON.stringify([openid, resources])

const idOf = (account_uid: string, application_uid: string): string => `${account_uid}:${application_uid}`
