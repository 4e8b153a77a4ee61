import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { iso, isoSeconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Account, AccountFacts } from '../../platform/db/schema.ts'
import { recordRevoked } from '../../platform/events/session-changes.ts'
import type { AuthorizedApplication } from './schema.ts'
import { scopesOfClaims } from './scopes.ts'
import { deleteApplicationRecords, listConsents, revokeApplicationTokens } from './store.ts'

const errors = defineErrors('oauth', { notFound: [404, 'Record is not found'] })

type Needs = Pick<Deps, 'db' | 'clock' | 'ring'>

/** The applications that a person let in, and what they may do. */
export async function listAuthorizedApplications(
  { db, ring }: Needs,
  { uid }: Pick<Account, 'uid'>,
): Promise<Static<typeof AuthorizedApplication>[]> {
  const rows = await listConsents(db, uid)
  return rows.map((row) => {
    const sealed = ring.open('oauth-record', `Consent:${row.key_digest}`, row.payload_sealed)
    return {
      uid: row.application_uid,
      name: row.application_name,
      scopes: scopesOf(JSON.parse(sealed.toString())),
      authorized_at: isoSeconds(row.created_at),
    }
  })
}

/** Takes back what a person allowed an application; its tokens end with it. */
export async function revokeAuthorizedApplication(
  { db, clock, outbox }: Needs & Pick<Deps, 'outbox'>,
  account: AccountFacts,
  uid: string,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockAccount(tx, account.id)
    const known = (await listConsents(tx, account.uid)).some((row) => row.application_uid === uid)
    if (!known) throw errors.notFound()
    await deleteApplicationRecords(tx, account.uid, uid)
    await recordRevoked(
      { clock, outbox },
      tx,
      account,
      await revokeApplicationTokens(tx, account.id, uid, iso(clock.now())),
    )
  })
}

function scopesOf(payload: unknown): string[] {
  if (!isObject(payload)) return []
  const { openid, resources } = payload
  const claims = [isObject(openid) ? openid['claims'] : []].flat().filter((claim) => typeof claim === 'string')
  const texts = [
    isObject(openid) ? openid['scope'] : undefined,
    ...(isObject(resources) ? Object.values(resources) : []),
  ]
  const scopes = texts.filter((text) => typeof text === 'string').flatMap((text) => text.split(' '))
  return [...new Set([...scopes, ...scopesOfClaims(claims)])]
}
