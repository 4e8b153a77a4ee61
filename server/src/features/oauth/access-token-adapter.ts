import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso, parseIso, SECOND } from '../../lib/clock.ts'
import { applicationSkipsConsent, findApplication } from '../applications/applications.ts'
import { findAccessToken, insertAccessToken, revokeTokens } from './store.ts'

/** Access tokens are rows of `sessions`, so that one list shows them, one rule ends them and one guard lets them in. */
export function accessTokenAdapter({ db, clock }: Pick<Deps, 'db' | 'clock'>): Adapter {
  return {
    upsert: async (jti, payload, expiresIn = 0) => {
      const now = clock.now()
      await insertAccessToken(
        db,
        {
          jti,
          // Applications that skip consent are the product's own and may do everything.
          scopes: applicationSkipsConsent(await findApplication(db, payload.clientId ?? ''))
            ? null
            : (payload.scope ?? ''),
          grant_id: payload.grantId ?? null,
          browser_session: payload.expiresWithSession ? (payload.sessionUid ?? null) : null,
          oauth_payload: JSON.stringify(payload),
          authenticated_at: iso(now),
          created_at: iso(now),
          expires_at: iso(now + expiresIn * SECOND),
        },
        payload.accountId ?? '',
        payload.clientId ?? '',
      )
    },
    find: async (jti) => {
      const row = await findAccessToken(db, jti)
      if (!row?.oauth_payload || parseIso(row.expires_at) <= clock.now()) return undefined
      const payload: AdapterPayload = JSON.parse(row.oauth_payload)
      return payload
    },
    destroy: (jti) => revokeTokens(db, 'jti', jti, iso(clock.now())),
    revokeByGrantId: (grantId) => revokeTokens(db, 'grant_id', grantId, iso(clock.now())),
    consume: async () => {},
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  }
}
