import type { Deps } from '../../deps.ts'
import { iso, isoSeconds, parseIso, SECOND, seconds } from '../../lib/clock.ts'
import type { HoldEvent } from '../../platform/config/hold-rules.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { AccountFacts, Label } from '../../platform/db/schema.ts'
import { isInForce, listTimedLabels, setTimedPrivateLabel } from '../labels/labels.ts'
import { notify } from '../notices/notices.ts'
import type { HoldView } from './schema.ts'

type Needs = Pick<Deps, 'clock' | 'config' | 'outbox' | 'ring'>

/**
 * Puts the account on hold as BARONG_HOLDS says for what just happened: private labels for a time, which is prolonged
 * where they are set already. Its owner is told by mail. In the transaction of what happened.
 */
export async function imposeHolds(needs: Needs, tx: Tx, account: AccountFacts, event: HoldEvent): Promise<void> {
  for (const { key, value, duration } of needs.config.values.BARONG_HOLDS.filter((rule) => rule.event === event)) {
    const expires_at = iso(needs.clock.now() + duration)
    const hold = { key, value, reason: event, actor: 'system', expires_at }
    if (await setTimedPrivateLabel(needs, tx, account.id, hold))
      await notify(needs, tx, account, 'hold_set', `${key}:${value}`, endText(expires_at))
  }
}

/** The account's holds in force. */
export async function listHolds({ db, clock }: Pick<Deps, 'db' | 'clock'>, account: AccountFacts): Promise<HoldView[]> {
  const labels = await listTimedLabels(db, account.id)
  return labels.filter((label) => isInForce({ clock }, label)).map((label) => holdView(clock.now(), label))
}

/** The claim `holds` of a token: each label in force with the time it ends (NumericDate); none where there is none. */
export async function holdsClaim(
  { clock }: Pick<Deps, 'clock'>,
  db: Db,
  account_id: number,
): Promise<{ holds?: Record<string, number> }> {
  const labels = (await listTimedLabels(db, account_id)).filter((label) => isInForce({ clock }, label))
  if (labels.length === 0) return {}
  return { holds: Object.fromEntries(labels.map((label) => [nameOf(label), seconds(endOf(label))])) }
}

const holdView = (now: number, label: Label): HoldView => ({
  label: nameOf(label),
  reason: label.reason ?? '',
  since: isoSeconds(label.created_at),
  until: isoSeconds(iso(endOf(label))),
  seconds_left: Math.ceil((endOf(label) - now) / SECOND),
})

const nameOf = ({ key, value }: Label): string => `${key}:${value}`
const endOf = ({ expires_at }: Label): number => parseIso(expires_at ?? '')
const endText = (expires_at: string): string => isoSeconds(expires_at).replace('T', ' ').replace('Z', ' UTC')
