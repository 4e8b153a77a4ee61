import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso, parseIso, SECOND, seconds } from '../../lib/clock.ts'
import { sessionEvent } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { applicationSkipsConsent, findApplication } from '../applications/applications.ts'
import { digestOf } from './digests.ts'
import { SESSION_SCOPES } from './scopes.ts'
import { findAccessToken, insertAccessToken } from './store.ts'
import { endTokens } from './token-end.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox'>

/** Access tokens are rows of `sessions`, so that one list shows them, one rule ends them and one guard lets them in. */
export function accessTokenAdapter(needs: Needs): Adapter {
  const { db, clock, outbox } = needs
  return {
    upsert: async (jti, payload, expiresIn = 0) => {
      const now = clock.now()
      const row = {
        jti,
        scopes: await scopesOf(needs, payload),
        grant_id: payload.grantId ?? null,
        browser_session:
          payload.expiresWithSession && payload.sessionUid ? digestOf('Session', payload.sessionUid) : null,
        oauth_payload: JSON.stringify(payload),
        authenticated_at: iso(now),
        created_at: iso(now),
        expires_at: iso(now + expiresIn * SECOND),
      }
      const { accountId: uid = '', clientId = '' } = payload
      await db.transaction().execute(async (tx) => {
        const session = await insertAccessToken(tx, row, uid, clientId)
        const event = sessionEvent('created', { id: session.account_id, uid }, session)
        await outbox.record(tx, session.account_id, eventMessage(event))
      })
    },
    find: async (jti) => {
      const row = await findAccessToken(db, jti)
      if (!row || parseIso(row.expires_at) <= clock.now()) return undefined
      if (row.oauth_payload === null) return sessionPayload(jti, row)
      const payload: AdapterPayload = JSON.parse(row.oauth_payload)
      return payload
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
  if (aud !== undefined && aud !== `${config.url}/api/v1`) return ''
  return applicationSkipsConsent(await findApplication(db, clientId)) ? null : scope
}

/** A session that was begun at the API, as the engine would have kept it: its application may look at it and end it. */
function sessionPayload(jti: string, row: NonNullable<Awaited<ReturnType<typeof findAccessToken>>>): AdapterPayload {
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
