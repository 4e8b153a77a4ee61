import type { Deps } from '../../deps.ts'
import { iso, parseIso } from '../../lib/clock.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Label } from '../../platform/db/schema.ts'
import { labelEvent, labelUpdated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { auditLabel } from './label-audit.ts'
import { recomputeLevel } from './levels.ts'
import { deleteOverdueLabel, findLabel, insertLabel, listOverdueLabels, setTimedLabel } from './store.ts'

type Needs = Pick<Deps, 'clock' | 'outbox'>

/** A private label for a time, and why. */
export interface TimedLabel {
  key: string
  value: string
  reason: string
  /** Who set it. */
  actor: string
  /** ISO 8601. */
  expires_at: string
}

const LIFTED_AT_ONCE = 100

/**
 * Sets a private label that ends by itself, or gives the one that is there more time. Returns it, or nothing where one
 * stands that lasts longer, such as one that was set for good.
 */
export async function setTimedPrivateLabel(
  needs: Needs,
  tx: Tx,
  account_id: number,
  { key, ...patch }: TimedLabel,
): Promise<Label | undefined> {
  const account = await lockAccount(tx, account_id)
  const before = await findLabel(tx, account_id, key, 'private')
  const now = iso(needs.clock.now())
  if (before && outlasts(before, patch)) return undefined
  const label = before
    ? await setTimedLabel(tx, before.id, { ...patch, updated_at: now })
    : await insertLabel(tx, { ...patch, key, account_id, scope: 'private', created_at: now, updated_at: now })
  const event = before ? labelUpdated(account, before, label) : labelEvent('created', account, label)
  await needs.outbox.record(tx, account_id, eventMessage(event))
  await auditLabel(needs, tx, 'label.set', label)
  await recomputeLevel(needs, tx, account_id)
  return label
}

const outlasts = ({ value, expires_at }: Label, wanted: Pick<TimedLabel, 'value' | 'expires_at'>): boolean =>
  expires_at === null || (value === wanted.value && parseIso(expires_at) >= parseIso(wanted.expires_at))

/** Lifts labels whose time is over, a batch at a time, each with its event; returns how many. */
export async function liftTimedLabels(needs: Needs & Pick<Deps, 'db'>): Promise<number> {
  const overdue = await listOverdueLabels(needs.db, iso(needs.clock.now()), LIFTED_AT_ONCE)
  for (const { id, account_id } of overdue)
    await needs.db.transaction().execute(async (tx) => {
      const account = await lockAccount(tx, account_id)
      const label = await deleteOverdueLabel(tx, id, iso(needs.clock.now()))
      if (!label) return
      await needs.outbox.record(tx, account_id, eventMessage(labelEvent('deleted', account, label)))
      await auditLabel(needs, tx, 'label.deleted', label)
      await recomputeLevel(needs, tx, account_id)
    })
  return overdue.length
}

/** Whether the label still counts: one whose time is over waits only to be lifted. */
export const isInForce = ({ clock }: Pick<Deps, 'clock'>, { expires_at }: Label): boolean =>
  expires_at === null || parseIso(expires_at) > clock.now()
