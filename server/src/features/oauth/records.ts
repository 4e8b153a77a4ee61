import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso, parseIso, SECOND, seconds } from '../../lib/clock.ts'
import { behind } from '../../platform/db/prepared.ts'
import type { Row } from '../../platform/db/schema.ts'
import { noteTokenEnded } from '../../platform/events/revocations.ts'
import { digestOf } from './digests.ts'
import { errors } from './engine-package.ts'
import {
  consumeRecord,
  deleteRecord,
  deleteRecordsOfGrant,
  findRecord,
  findRecordByAlias,
  insertRecord,
  upsertRecord,
} from './store.ts'
import { endTokens } from './token-end.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'outbox'>

/** How long a refresh token that was just rotated still works, for two tabs that refresh at once. */
const ROTATION_GRACE = 10 * SECOND

/** Keeps what the engine hands over, sealed, found by a digest of its id. */
export function recordAdapter(needs: Needs, kind: string) {
  const { db, clock, ring } = needs
  const keyOf = (id: string) => digestOf(kind, id)
  const read = (row: Row<'oauth_records'> | undefined) => (row ? payloadOf(needs, row) : undefined)
  return {
    upsert: async (id: string, payload: AdapterPayload, expiresIn?: number) => {
      await upsertRecord(db, recordOf(needs, kind, id, payload, expiresIn))
    },
    find: async (id: string) => read(await findRecord(db, kind, keyOf(id))),
    findByUid: async (uid: string) => read(await findRecordByAlias(db, kind, [keyOf(uid)])),
    findByUserCode: async (userCode: string) =>
      read(await findRecordByAlias(db, kind, ring.digests(USER_CODE, userCode))),
    consume: async (id: string) => {
      const consumed = consumeRecord(db, kind, keyOf(id), iso(clock.now()))
      if (kind === 'RefreshToken') return behind(db, consumed)
      // A code is good once, also for two who bring it at the same moment (RFC 6749, section 4.1.2).
      if (!(await consumed)) throw new errors.InvalidGrant('already used')
    },
    destroy: (id: string) => deleteRecord(db, kind, keyOf(id)),
    revokeByGrantId: async (grantId: string) => {
      await deleteRecordsOfGrant(db, kind, grantId)
      await endTokens(needs, 'grant_id', grantId)
    },
  } satisfies Adapter
}

/** What is remembered so that it is not accepted again is refused by the index when two bring it at once. */
export const onceOnlyAdapter = (needs: Needs, kind: string): Adapter => ({
  ...recordAdapter(needs, kind),
  upsert: async (id, payload, expiresIn) => {
    const first = await insertRecord(needs.db, recordOf(needs, kind, id, payload, expiresIn))
    if (!first) throw new errors.InvalidRequest('This proof was used before.')
  },
})

/** An application's own token has no session; who verifies it without asking here is told by the feed when it is revoked. */
export const clientTokenAdapter = (needs: Needs, kind: string): Adapter => ({
  ...recordAdapter(needs, kind),
  destroy: (jti) =>
    needs.db.transaction().execute(async (tx) => {
      const record = await findRecord(tx, kind, digestOf(kind, jti))
      await deleteRecord(tx, kind, digestOf(kind, jti))
      const now = needs.clock.now()
      const expiry = parseIso(record?.expires_at ?? iso(now))
      if (expiry > now) await noteTokenEnded(tx, jti, expiry, now)
    }),
})

function recordOf(
  needs: Pick<Deps, 'clock' | 'ring'>,
  kind: string,
  id: string,
  payload: AdapterPayload,
  expiresIn?: number,
) {
  const { clock, ring } = needs
  const now = clock.now()
  const key_digest = digestOf(kind, id)
  return {
    kind,
    key_digest,
    payload_sealed: ring.seal('oauth-record', `${kind}:${key_digest}`, JSON.stringify(payload)),
    account_uid: accountOf(payload) ?? null,
    application_uid: payload.clientId ?? clientOf(payload.params) ?? null,
    grant_id: payload.grantId ?? null,
    alias_digest: aliasOf(needs, kind, payload) ?? null,
    created_at: iso(now),
    expires_at: expiresIn ? iso(now + expiresIn * SECOND) : null,
  }
}

/** Whose it is: what ends when the account's sessions end. */
const accountOf = ({ accountId, result, session }: AdapterPayload): string | undefined =>
  accountId ?? result?.login?.accountId ?? session?.accountId

/** Which application a person is on the way to. */
const clientOf = (params: AdapterPayload['params']): string | undefined =>
  typeof params?.['client_id'] === 'string' ? params['client_id'] : undefined

/** What it is found by besides its id. */
function aliasOf({ ring }: Pick<Deps, 'ring'>, kind: string, { userCode, uid }: AdapterPayload): string | undefined {
  if (userCode !== undefined) return ring.digest(USER_CODE, userCode)
  return uid === undefined ? undefined : digestOf(kind, uid)
}

/** A code that people type has so few values that an unkeyed digest could be turned back. */
const USER_CODE = 'oauth-user-code'

function payloadOf(
  { clock, ring }: Pick<Deps, 'clock' | 'ring'>,
  row: Row<'oauth_records'>,
): AdapterPayload | undefined {
  if (row.expires_at !== null && parseIso(row.expires_at) <= clock.now()) return undefined
  const text = ring.open('oauth-record', `${row.kind}:${row.key_digest}`, row.payload_sealed).toString()
  const payload: AdapterPayload = JSON.parse(text)
  if (row.consumed_at === null) return payload
  const consumed = parseIso(row.consumed_at)
  const racing = row.kind === 'RefreshToken' && clock.now() - consumed < ROTATION_GRACE
  return racing ? payload : { ...payload, consumed: seconds(consumed) }
}
