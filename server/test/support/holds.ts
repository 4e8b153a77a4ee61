import { imposeHolds } from '../../src/features/holds/holds.ts'
import { DAY, seconds } from '../../src/lib/clock.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import type { TestServer } from './server.ts'

/** Puts the account on hold for a day, as a reset password does; returns what its tokens then tell of it. */
export async function aHold({ deps }: Pick<TestServer, 'deps'>, account: Account): Promise<Record<string, number>> {
  const until = deps.clock.now() + DAY
  await deps.db.transaction().execute((tx) => imposeHolds(deps, tx, account, 'password_reset'))
  return { 'hold:withdraw': seconds(until) }
}
