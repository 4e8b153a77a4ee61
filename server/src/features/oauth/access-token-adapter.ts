import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso, parseIso, SECOND, seconds } from '../../lib/clock.ts'
import { sessionEvent } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { applicationSkipsConsent, findApplication } from '../applications/applications.ts'
import { browserSessionOf, keepGrant } from './grant-sessions.ts'
import { recordAdapter } from './records.ts'
import type { Exchanges } from './rotations.ts'
import { SESSION_SCOPES } from './scopes.ts'
import { findAccessToken, insertAccessToken } from './store.ts'
import { endTokens } from './token-end.ts'
import { userApi } from './urls.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'outbox'>

/** Access tokens are rows of `sessions`, so that one list shows them, one rule ends them and one guard lets them in. */
export function accessTokenAdapter(needs: Needs, exchanges: Exchanges): Adapter {
  const { db, clock, outbox } = needs
  return {
    upsert: async (jti, payload, expiresIn = 0) => {
      const now = clock.now()
      const expires_at = iso(now + expiresIn * SECOND)
      const { used, next, sign } = exchanges()
      const row = {
        jti,
        scopes: await scopesOf(needs, payload),
        grant_id: payload.grantId ?? null,
        browser_session: browserSessionOf(payload),
        oauth_payload: JSON.stringify(payload),
        jkt: typeof payload['jkt'] === 'string' ? payload['jkt'] : null,
        created_at: iso(now),
        expires_at,
      }
      await db.transaction().execute(async (tx) => {
        const lasting = iso(now + Math.max(expiresIn, next?.lifetime ?? 0) * SECOND)
        const { account, grant } = await keepGrant(needs, tx, payload, lasting)
        await sign?.(tx, account)
        const { account_id, application_id, authenticated_at } = grant
        await insertAccessToken(tx, { ...row, account_id, application_id, authenticated_at })
        const refreshing = recordAdapter({ ...needs, db: tx }, 'RefreshToken')
        if (used !== undefined) await refreshing.consume(used)
        if (next) await refreshing.upsert(next.id, next.payload, next.lifetime)
        const event = sessionEvent('created', account, { ...row, revoked_at: null })
        await outbox.record(tx, account.id, eventMessage(event))
      })
    },
    find: async (jti) => {
      const row = await findAccessToken(db, jti)
      if (!row || parseIso(row.expires_at) <= clock.now()) return undefined
      return payloadOfToken(jti, row)
    },
    destroy: (jti) => endTokens(needs, 'jti', jti),
    revokeByGrantId: (grantId) => endTokens(needs, 'grant_id', grantId),
    consume: async () => {},
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  }
}

/**
 * What the token opens at the user API: everything (null) for the product's own applications, which skip consent, and
 * nothing when it is meant for another server (RFC 8707).
 */
async function scopesOf({ db, config }: Needs, payload: AdapterPayload): Promise<string | null> {
  const { aud, scope = '', clientId = '' } = payload
  if (aud !== undefined && aud !== userApi(config)) return ''
  return applicationSkipsConsent(await findApplication(db, clientId)) ? null : scope
}

type TokenRow = NonNullable<Awaited<ReturnType<typeof findAccessToken>>>

/** What the engine kept of a token, or would have kept. */
export function payloadOfToken(jti: string, row: TokenRow): AdapterPayload {
  if (row.oauth_payload === null) return sessionPayload(jti, row)
  const payload: AdapterPayload = JSON.parse(row.oauth_payload)
  return payload
}

/** A session that was begun at the API, as the engine would have kept it: its application may look at it and end it. */
function sessionPayload(jti: string, row: TokenRow): AdapterPayload {
  return {
    kind: 'AccessToken',
    format: 'opaque',
    jti,
    accountId: row.account_uid,
    clientId: row.application_uid,
    scope: SESSION_SCOPES,
    iat: seconds(parseIso(row.created_at)),
    exp: seconds(parseIso(row.expires_at)),
  }
}
