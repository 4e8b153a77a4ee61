import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { accountUid } from '../../lib/ids.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { accountCreated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { audit } from '../audit/audit.ts'
import { setPrivateLabel } from '../labels/labels.ts'
import { insertAccount } from './store.ts'

/** 2 to the power of 4 to 14 rounds; more would let one sign-in occupy the server for seconds. */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/

/** Whether the text is a bcrypt hash that can be verified here; at the next sign-in it is replaced by one of argon2id. */
export const isBcryptHash = (text: string): boolean => BCRYPT.test(text)

/** Adds the account of a person somebody vouches for: active, the e-mail confirmed, no mail sent. */
export async function insertMovedAccount(
  needs: Pick<Deps, 'clock' | 'config' | 'outbox' | 'vault'>,
  tx: Tx,
  {
    role = 'member',
    state = 'active',
    ...identity
  }: Pick<Account, 'email' | 'password_digest'> & Partial<Pick<Account, 'role' | 'state' | 'password_given_at'>>,
): Promise<Account> {
  const now = iso(needs.clock.now())
  const account = await insertAccount(tx, {
    uid: accountUid(),
    email: identity.email,
    password_digest: identity.password_digest,
    password_given_at: identity.password_given_at ?? null,
    role,
    state,
    confirmed_at: now,
    created_at: now,
    updated_at: now,
  })
  await needs.outbox.record(tx, account.id, eventMessage(accountCreated(account)))
  await audit(needs, tx, { action: 'account.created', account_id: account.id, details: { role, state } })
  await setPrivateLabel(needs, tx, account.id, 'email', 'verified')
  return account
}
