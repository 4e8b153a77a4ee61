import type { Account } from '../../platform/db/schema.ts'

/** Whether none of the account's passwords, tokens and keys count: it was discarded or banned, or is frozen. */
export const isBarred = ({
  discarded_at,
  frozen_at,
  state,
}: Pick<Account, 'discarded_at' | 'frozen_at' | 'state'>): boolean =>
  discarded_at !== null || frozen_at !== null || state === 'banned'

/** Who froze the account: the staff, whose lock only those end who may set it, or the person, whose new password ends it. */
export function frozenBy({ frozen_at, staff_frozen_at }: Pick<Account, 'frozen_at' | 'staff_frozen_at'>) {
  if (frozen_at === null) return null
  return frozen_at === staff_frozen_at ? 'staff' : 'person'
}

/** Whether the e-mail was never confirmed, which keeps people from signing in until staff let them or they confirm it. */
export const isUnconfirmed = ({ confirmed_at, state }: Pick<Account, 'confirmed_at' | 'state'>): boolean =>
  state === 'pending' && confirmed_at === null
