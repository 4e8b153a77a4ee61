import type { AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { parseIso, seconds } from '../../lib/clock.ts'
import { applicationSkipsConsent } from '../applications/applications.ts'
import { payloadOfToken } from './access-token-adapter.ts'
import { mustBeBound } from './access-tokens.ts'
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
  if (!verified || verified.jkt !== undefined) return undefined
  const [client, row] = await Promise.all([
    authenticatedClient(needs, authorization),
    findAccessToken(needs.db, verified.jti),
  ])
  if (!client || !row || Math.min(parseIso(row.expires_at), verified.expires_at) <= needs.clock.now()) return undefined
  if (row.application_uid !== client.uid && !applicationSkipsConsent(client)) return undefined
  const payload = payloadOfToken(verified.jti, row)
  if (!Object.keys(payload).every((name) => UNDERSTOOD.has(name)) || mustBeBound(needs.config, payload))
    return undefined
  if (!(await isHeldUp(needs, payload))) return undefined
  return {
    active: true,
    sub: payload.accountId,
    client_id: payload.clientId,
    exp: payload.exp,
    iat: payload.iat,
    iss: needs.config.url,
    jti: verified.jti,
    aud: payload.aud,
    scope: payload.scope || undefined,
    token_type: 'Bearer',
  }
}

/** What the engine may keep of a token that is answered here; of anything else it knows better what to tell. */
const UNDERSTOOD = new Set([
  'kind',
  'format',
  'jti',
  'iat',
  'exp',
  'accountId',
  'clientId',
  'scope',
  'aud',
  'gty',
  'grantId',
  'claims',
  'sessionUid',
  'expiresWithSession',
])

/** Whether what the token hangs on is still there: the grant and, where it does not outlive it, the browser's sign-in. */
async function isHeldUp(needs: Needs, payload: AdapterPayload): Promise<boolean> {
  const { grantId, accountId, clientId, sessionUid, expiresWithSession } = payload
  if (grantId === undefined) return true
  const [grant, session] = await Promise.all([
    recordAdapter(needs, 'Grant').find(grantId),
    expiresWithSession ? recordAdapter(needs, 'Session').findByUid(sessionUid ?? '') : undefined,
  ])
  if (grant?.['accountId'] !== accountId || grant?.['clientId'] !== clientId) return false
  return !expiresWithSession || (session !== undefined && isSessionOf(needs, session, payload))
}

function isSessionOf(
  { clock }: Needs,
  session: AdapterPayload,
  { accountId, clientId, grantId }: AdapterPayload,
): boolean {
  const authorization = session.authorizations?.[clientId ?? '']
  const ended = session.exp !== undefined && session.exp <= seconds(clock.now())
  return !ended && session.accountId === accountId && authorization?.grantId === grantId
}
