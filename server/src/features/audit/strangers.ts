import type { Deps } from '../../deps.ts'
import { type Entry, recordAct } from './recording.ts'

/**
 * Records what somebody was refused that concerns nobody's account, as far as BARONG_LIMIT_STRANGER_RECORDS goes: the log is kept for
 * good, and whoever makes up e-mails must not fill it. The last of a time says so.
 */
export async function recordStranger(
  needs: Pick<Deps, 'db' | 'clock' | 'limits'>,
  { action, refused }: Pick<Entry, 'action' | 'refused'>,
): Promise<void> {
  const limit = needs.limits.families.stranger_records
  const { admitted, count } = await needs.limits.count(limit, 'everybody')
  if (!admitted) return
  const details = count === limit.rates[0]?.count ? { last_for_now: true } : undefined
  await recordAct(needs, { action, account_id: null, ...(refused ? { refused } : {}), details })
}
