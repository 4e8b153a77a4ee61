import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, Application } from '../../platform/db/schema.ts'
import { noteApplicationNarrowed } from '../../platform/events/revocations.ts'
import { recordRevoked } from '../../platform/events/session-changes.ts'
import { losesResource } from './resources.ts'
import { SCOPES } from './scopes.ts'
import { deleteGrantedRecords, listGrantors, revokeGranted } from './store.ts'

type Terms = Pick<Application, 'scopes' | 'resources' | 'consent_skipped_at' | 'tokens_bound_at'>

/** Whether an application may do less than before: it lost a scope or a resource, has to ask people, or to prove a key. */
export function isNarrowed(before: Terms, after: Terms): boolean {
  const allowed = scopesOf(after)
  const isAsked = before.consent_skipped_at !== null && after.consent_skipped_at === null
  const isBound = before.tokens_bound_at === null && after.tokens_bound_at !== null
  if (isAsked || isBound || losesResource(before.resources, after.resources)) return true
  return scopesOf(before).some((scope) => !allowed.includes(scope))
}

const scopesOf = ({ scopes }: Terms): readonly string[] => (scopes === '' ? SCOPES : scopes.split(' '))

/**
 * Ends what an application was given on its former terms: grants, codes, refresh and access tokens, and those of its own. What
 * people consented to is kept, and bounded by its scopes. Tokens that are being issued at this moment are waited for: whoever
 * issues one holds its account.
 */
export async function endGranted(
  { clock, outbox }: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  application: Application,
): Promise<void> {
  const now = clock.now()
  const accounts = new Map<number, Account>()
  const lock = async (id: number): Promise<Account> => {
    const account = accounts.get(id) ?? (await lockAccount(tx, id))
    accounts.set(id, account)
    return account
  }
  for (const { account_id } of await listGrantors(tx, application)) await lock(account_id)
  await deleteGrantedRecords(tx, application)
  const ended = await revokeGranted(tx, application, iso(now))
  await noteApplicationNarrowed(tx, application.uid, ended, now)
  for (const [account_id, own] of Map.groupBy(ended, (session) => session.account_id))
    await recordRevoked({ clock, outbox }, tx, await lock(account_id), own, { told: Number.POSITIVE_INFINITY })
}
