import type { Deps } from '../../deps.ts'
import { isoSeconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, Passkey } from '../../platform/db/schema.ts'
import { passkeyEvent } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { type Asking, endAccess, lockCaller } from '../accounts/accounts.ts'
import { audit } from '../audit/audit.ts'
import { imposeHolds } from '../holds/holds.ts'
import { notify, plainName } from '../notices/notices.ts'
import { nameOf } from './registration.ts'
import type { PasskeyView } from './schema.ts'
import { deletePasskeys, deleteRecoveryCodes, hasPasskeys, listPasskeyRows, setPasskeyName } from './store.ts'

export { checkPasskey, type PasskeyProof, requestOptions, usePasskey } from './assertion.ts'
export { cleanChallenges } from './challenges.ts'
export type { Credential } from './credentials.ts'
export { addPasskey, startRegistration } from './registration.ts'
export { countPasskeys, hasPasskeys } from './store.ts'

const errors = defineErrors('passkeys', { notFound: [404, 'Record is not found'] })

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring'>

/** The account's passkeys, oldest first. */
export const listPasskeys = async ({ db }: Pick<Deps, 'db'>, { id }: Pick<Account, 'id'>): Promise<PasskeyView[]> =>
  (await listPasskeyRows(db, id)).map(passkeyView)

/** Gives a passkey another name. */
export function renamePasskey(needs: Needs, caller: Asking, uid: string, input: string): Promise<Passkey> {
  const name = nameOf(input)
  return needs.db.transaction().execute(async (tx) => {
    const { id } = await lockCaller(tx, caller)
    const passkey = await setPasskeyName(tx, id, uid, name)
    if (!passkey) throw errors.notFound()
    await audit(needs, tx, { action: 'passkey.renamed', account_id: id, details: { id: uid } })
    return passkey
  })
}

/** Removes a passkey, and ends what may have been opened with it: all but the session that asks. */
export async function removePasskey(needs: Needs, caller: Asking, uid: string): Promise<void> {
  await needs.db.transaction().execute(async (tx) => {
    const holder = await lockCaller(tx, caller)
    const removed = await deletePasskeys(tx, holder.id, uid)
    if (removed.length === 0) throw errors.notFound()
    await follow(needs, tx, holder, removed)
    await endAccess(needs, tx, holder, caller.session.jti)
  })
}

/** Removes all of them, as for somebody who lost them; returns how many there were. */
export async function removeAllPasskeys(needs: Omit<Needs, 'db'>, tx: Tx, account: Account): Promise<number> {
  const removed = await deletePasskeys(tx, account.id)
  await follow(needs, tx, account, removed)
  return removed.length
}

async function follow(needs: Omit<Needs, 'db'>, tx: Tx, account: Account, removed: readonly Passkey[]): Promise<void> {
  for (const passkey of removed) {
    await needs.outbox.record(tx, account.id, eventMessage(passkeyEvent('deleted', account, passkey)))
    await audit(needs, tx, { action: 'passkey.removed', account_id: account.id, details: { id: passkey.uid } })
    await notify(needs, tx, account, 'passkey_removed', plainName(passkey.name))
    await imposeHolds(needs, tx, account, 'second_factor_removed')
  }
  const factorLeft = account.otp_enabled_at !== null || (await hasPasskeys(tx, account.id))
  if (!factorLeft) await deleteRecoveryCodes(tx, account.id)
}

/** A passkey as its owner sees it. */
export const passkeyView = ({ uid, name, device, created_at, last_used_at }: Passkey): PasskeyView => ({
  id: uid,
  name,
  synced: device === 'multiDevice',
  created_at: isoSeconds(created_at),
  last_used_at: last_used_at === null ? null : isoSeconds(last_used_at),
})
