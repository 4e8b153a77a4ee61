import type { Adapter, AdapterPayload } from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso, parseIso, SECOND, seconds } from '../../lib/clock.ts'
import type { Row } from '../../platform/db/schema.ts'
import { accessTokenAdapter } from './access-token-adapter.ts'
import { findByJwt } from './access-tokens.ts'
import { clientAdapter } from './clients.ts'
import {
  consumeRecord,
  deleteRecord,
  deleteRecordsOfGrant,
  findRecord,
  findRecordByAlias,
  revokeTokens,
  upsertRecord,
} from './store.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'keys'>

/** How long a refresh token that was just rotated still works, for two tabs that refresh at once. */
const ROTATION_GRACE = 10 * SECOND

/** Where the engine keeps each kind of its state: clients are applications, access tokens are sessions, the rest are records. */
export function adapterFor(needs: Needs): (kind: string) => Adapter {
  return (kind) => {
    if (kind === 'Client') return clientAdapter(needs)
    if (kind === 'AccessToken') return findByJwt(accessTokenAdapter(needs), needs)
    if (kind === 'ClientCredentials') return findByJwt(recordAdapter(needs, kind), needs)
    return recordAdapter(needs, kind)
  }
}

function recordAdapter(needs: Needs, kind: string): Adapter {
  const { db, clock, ring } = needs
  const keyOf = (id: string) => ring.digest(`oauth:${kind}`, id)
  const aliasOf = (alias: string) => ring.digest(`oauth-alias:${kind}`, alias)
  const read = (row: Row<'oauth_records'> | undefined) => (row ? payloadOf(needs, row) : undefined)
  return {
    upsert: async (id, payload, expiresIn) => {
      const now = clock.now()
      const key_digest = keyOf(id)
      const alias = payload.userCode ?? payload.uid
      await upsertRecord(db, {
        kind,
        key_digest,
        payload_sealed: ring.seal('oauth-record', `${kind}:${key_digest}`, JSON.stringify(payload)),
        account_uid: payload.accountId ?? null,
        application_uid: payload.clientId ?? null,
        grant_id: payload.grantId ?? null,
        alias_digest: alias === undefined ? null : aliasOf(alias),
        created_at: iso(now),
        expires_at: expiresIn ? iso(now + expiresIn * SECOND) : null,
      })
    },
    find: async (id) => read(await findRecord(db, kind, keyOf(id))),
    findByUid: async (uid) => read(await findRecordByAlias(db, kind, aliasOf(uid))),
    findByUserCode: async (userCode) => read(await findRecordByAlias(db, kind, aliasOf(userCode))),
    consume: async (id) => {
      const first = await consumeRecord(db, kind, keyOf(id), iso(clock.now()))
      // A code is good once, also for two who bring it at the same moment (RFC 6749, section 4.1.2).
      if (!first && kind !== 'RefreshToken') throw new errors.InvalidGrant('already used')
    },
    destroy: (id) => deleteRecord(db, kind, keyOf(id)),
    revokeByGrantId: async (grantId) => {
      await deleteRecordsOfGrant(db, kind, grantId)
      await revokeTokens(db, 'grant_id', grantId, iso(clock.now()))
    },
  }
}

function payloadOf({ clock, ring }: Needs, row: Row<'oauth_records'>): AdapterPayload | undefined {
  if (row.expires_at !== null && parseIso(row.expires_at) <= clock.now()) return undefined
  const text = ring.open('oauth-record', `${row.kind}:${row.key_digest}`, row.payload_sealed).toString()
  const payload: AdapterPayload = JSON.parse(text)
  if (row.consumed_at === null) return payload
  const consumed = parseIso(row.consumed_at)
  const racing = row.kind === 'RefreshToken' && clock.now() - consumed < ROTATION_GRACE
  return racing ? payload : { ...payload, consumed: seconds(consumed) }
}
