import type { Deps } from '../../deps.ts'
import { HOUR, parseIso } from '../../lib/clock.ts'
import { isKnownDevice } from '../devices/devices.ts'
import { findAnyAccountByEmail } from './store.ts'

type Kind = 'confirmation' | 'reset' | 'unlock'

/** A link that was mailed within this time will do. */
const RECENT = 3 * HOUR

/**
 * Counts a mail that is asked for, and tells whether its recipient gets one each time that somebody asks. Devices known to the account
 * have a budget of their own, which strangers do not use up. Not inside of a transaction.
 */
export async function isWithinBudget(
  needs: Pick<Deps, 'db' | 'ring' | 'limits'>,
  kind: Kind,
  email: string,
): Promise<boolean> {
  const account = await findAnyAccountByEmail(needs.db, email)
  if (!account) return true
  const isKnown = await isKnownDevice(needs, needs.db, account.id)
  return needs.limits.allows(needs.limits.families.mail_recipient, `${kind}:${isKnown ? account.id : email}`)
}

/**
 * Whether a link was mailed so lately that another one can be left out. Beyond the budget nobody is refused, for a stranger may have
 * used it up: the link that is out stays good, and once it is older a new one is mailed.
 */
export const isRecent = ({ clock }: Pick<Deps, 'clock'>, sent_at: string | null): boolean =>
  sent_at !== null && clock.now() - parseIso(sent_at) < RECENT
