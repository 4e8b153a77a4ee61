import type { Account } from '../../platform/db/schema.ts'

/** Whether none of the account's passwords, tokens and keys count: it was discarded or banned, or is frozen. */
export const isBarred = ({
  discarded_at,
  frozen_at,
  state,
}: Pick<Account, 'discarded_at' | 'frozen_at' | 'state'>): boolean =>
  discarded_at !== null || frozen_at !== null || state === 'banned'
