import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import type { Refusal } from '../../lib/errors.ts'
import { type Acting, whoActs } from '../../platform/acting/acting.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Action } from './actions.ts'
import { commitmentTo, newSalt, valuesOf } from './chain.ts'
import { insertRecord } from './store.ts'

/** What is told of an action; who acts and from where is known already. */
export interface Entry {
  action: Action
  /** On whom; null for what concerns nobody. */
  account_id: number | null
  /** Why it was refused, when it was. */
  refused?: Pick<Refusal, 'code'>
  /** Never a secret, and nothing that stands elsewhere and must be erasable there. */
  details?: Readonly<Record<string, string | number | boolean | null>> | undefined
}

/** Records an action in the transaction that makes it true, or in the one that counts the failure. */
export const audit = (needs: Pick<Deps, 'clock'>, tx: Tx, entry: Entry): Promise<void> =>
  auditAs(needs, tx, whoActs(), entry)

/** Records an action that changes nothing in the database, in a transaction of its own. */
export const recordAct = (needs: Pick<Deps, 'db' | 'clock'>, entry: Entry): Promise<void> =>
  needs.db.transaction().execute((tx) => audit(needs, tx, entry))

/** Records what somebody else than the one who acts now did. */
export async function auditAs(
  { clock }: Pick<Deps, 'clock'>,
  tx: Tx,
  { actor, address, user_agent, request_id, reason }: Acting,
  { action, account_id, refused, details: told }: Entry,
): Promise<void> {
  const details = reason === undefined ? told : { ...told, reason }
  const actor_salt = newSalt()
  const subject_salt = newSalt()
  const personal = {
    actor_id: actor.id,
    address,
    user_agent,
    account_id,
    details: details === undefined ? null : JSON.stringify(details),
  }
  await insertRecord(tx, {
    ...personal,
    created_at: iso(clock.now()),
    action,
    result: refused === undefined ? 'ok' : 'refused',
    code: refused?.code ?? null,
    request_id,
    actor_kind: actor.kind,
    actor_salt,
    actor_commitment: commitmentTo(actor_salt, valuesOf.actor(personal)),
    subject_salt,
    subject_commitment: commitmentTo(subject_salt, valuesOf.subject(personal)),
  })
}
