import type { Deps } from '../../deps.ts'
import { parseIso } from '../../lib/clock.ts'
import { isObject } from '../../lib/json.ts'
import { applicationSkipsConsent } from '../applications/applications.ts'
import { payloadOfToken } from './access-token-adapter.ts'
import { authenticatedClient } from './client-authentication.ts'
import { recordAdapter } from './records.ts'
import { findAccessToken } from './store.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'keys' | 'outbox'>

/**
 * What introspection (RFC 7662) tells of a person's access token that is good, as the engine would tell it, to a client that
 * proves itself by the Authorization header: what services ask all day. `undefined`: it is for the engine to answer.
 */
export async function introspect(
  needs: Needs,
  authorization: string | undefined,
  form: URLSearchParams,
): Promise<Record<string, unknown> | undefined> {
  const token = form.get('token')
  const names = [...form.keys()]
  if (token === null || names.length !== 1) return undefined
  const verified = needs.keys.verify(token)
  const client = verified && (await authenticatedClient(needs, authorization))
  if (!verified || verified.jkt !== undefined || !client) return undefined
  const row = await findAccessToken(needs.db, verified.jti)
  if (!row || parseIso(row.expires_at) <= needs.clock.now()) return undefined
  if (row.application_uid !== client.uid && !applicationSkipsConsent(client)) return undefined
  const { grantId, accountId, clientId, scope, aud, iat, exp, ...more } = payloadOfToken(verified.jti, row)
  if ('extra' in more || 'rar' in more || 'x5t#S256' in more) return undefined
  if (grantId !== undefined && !(await isGrantOf(needs, grantId, { accountId, clientId }))) return undefined
  return {
    active: true,
    sub: accountId,
    client_id: clientId,
    exp,
    iat,
    iss: needs.config.url,
    jti: verified.jti,
    aud,
    scope: scope || undefined,
    token_type: 'Bearer',
  }
}

async function isGrantOf(
  needs: Needs,
  grantId: string,
  of: { accountId?: string | undefined; clientId?: string | undefined },
): Promise<boolean> {
  const grant = await recordAdapter(needs, 'Grant').find(grantId)
  return isObject(grant) && grant['accountId'] === of.accountId && grant['clientId'] === of.clientId
}
