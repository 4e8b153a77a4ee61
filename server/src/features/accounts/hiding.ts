import type { Deps } from '../../deps.ts'
import { noSoonerThan } from '../../lib/no-sooner-than.ts'

/**
 * Does what must not tell by the time it takes whether an account exists, where BARONG_HIDE_ACCOUNTS wants that hidden.
 * BARONG_HIDING_TIME is more than any of the work takes on a server that is not overloaded, imported hashes apart.
 */
export const inHidingTime = <T>({ config }: Pick<Deps, 'config'>, work: () => Promise<T>): Promise<T> =>
  config.values.BARONG_HIDE_ACCOUNTS ? noSoonerThan(config.values.BARONG_HIDING_TIME, work) : work()
