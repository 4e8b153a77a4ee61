import type { Account } from '../../platform/db/schema.ts'

/** Whether none of the account's tokens, keys and mailed links count any more: it was discarded or banned. */
export const isBarred = ({ discarded_at, state }: Pick<Account, 'discarded_at' | 'state'>): boolean =>
  discarded_at !== null || state === 'banned'
