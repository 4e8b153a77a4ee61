import { isIP } from 'node:net'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { type Clock, iso, SECOND } from '../../lib/clock.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import { networkOf } from '../../lib/network-of.ts'
import { parseRates, type Rate } from '../../lib/rates.ts'
import { tokenBuckets } from '../../lib/token-buckets.ts'
import type { Config } from '../config/config.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import type { Db } from '../db/db.ts'
import { isIn, networks } from '../http-client/addresses.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { createCounters, type Tally } from './counters.ts'
import { exchanger } from './exchange.ts'
import { type Family, type Limit, limitsIn } from './families.ts'
import { deleteEndedCounters, deleteOverUses } from './store.ts'

export type { Family, Limit } from './families.ts'

const errors = defineErrors('limits', { tooMany: [429, 'Too many requests, please try again later'] })

/** How often something may be done. */
export interface Limits {
  /** What the operator has set. */
  readonly families: Readonly<Record<Family, Limit>>
  /**
   * Counts a use in this process's memory, which costs next to nothing; throws 429 when it is one too many. What other
   * processes counted is known from the last exchange.
   */
  pass(family: 'requests' | 'account_requests' | 'tokens', subject: string): void
  /** The same by rates of the subject's own, as `10/1s,1000/1h`. */
  passOwn(family: string, subject: string, rates: string): void
  /** Exchanges with the other processes what `pass` and `passOwn` counted of those who use much of their rates. */
  exchange(): Promise<void>
  /** Counts a use in the database, for all processes; throws 429 when it is one too many. Not inside of a transaction. */
  spend(limit: Limit, subject: string): Promise<Tally>
  /** Counts a use in the database, and tells what became of it. Not inside of a transaction. */
  count(limit: Limit, subject: string): Promise<Tally>
  /** The same, where only whether it is within the limit matters. */
  allows(limit: Limit, subject: string): Promise<boolean>
  /** Throws 429 when the next use would be one too many, and counts nothing. */
  check(limit: Limit, subject: string): Promise<Tally>
  /** Counts a use and refuses nothing: it has happened. */
  note(limit: Limit, subject: string): Promise<void>
  /** Takes back a use that was counted in the database. */
  giveBack(limit: Limit, subject: string): Promise<void>
  /** Whom an address is counted as; undefined where it is exempt from limits. */
  sourceOf(address: string): string | undefined
}

/** Keys that a process keeps in memory for each limit: 100,000 take some 30 MB. */
const KEYS = 100_000
/** Rates that keys have of their own, as they were read. */
const OWN_RATES = 1000
/** Addresses whose network is remembered: finding it out costs more than counting. */
const ADDRESSES = 10_000
const CLEANED_AT_ONCE = 1000

interface Needs {
  db: Db
  clock: Clock
  ring: KeyRing
  config: Config
  metrics: Pick<Metrics, 'limit' | 'exchange'>
}

/** The limits of one process. */
export function createLimits({ db, clock, ring, config, metrics }: Needs): Limits {
  const families = limitsIn(config.values)
  const counters = createCounters({ db, clock, ring })
  const memory = {
    requests: tokenBuckets(KEYS),
    account_requests: tokenBuckets(KEYS),
    tokens: tokenBuckets(KEYS),
    own: tokenBuckets(KEYS),
  }
  const take = (family: string, wait: number): void => {
    metrics.limit(family, wait === 0 ? 'admitted' : 'refused')
    if (wait > 0) throw tooMany(wait)
  }
  const ownRates = new BoundedMap<string, readonly Rate[]>(OWN_RATES)
  const exempt = config.values.BARONG_LIMIT_EXEMPT
  const exemptions = exempt.length > 0 ? networks(exempt) : undefined
  const judge = ({ family }: Limit, tally: Tally): Tally => {
    metrics.limit(family, tally.admitted ? 'admitted' : 'refused')
    if (!tally.admitted) throw tooMany(tally.wait)
    return tally
  }
  const count = async (limit: Limit, subject: string): Promise<Tally> => {
    const tally = await counters.count(limit, subject)
    metrics.limit(limit.family, tally.admitted ? 'admitted' : 'refused')
    return tally
  }
  const sources = new BoundedMap<string, { source: string | undefined }>(ADDRESSES)
  const sourceOf = (address: string): string | undefined => {
    const [plain = ''] = address.split('%')
    return exemptions && isIP(plain) !== 0 && isIn(exemptions, plain) ? undefined : networkOf(plain)
  }
  return {
    families,
    pass: (family, subject) => {
      const { rates } = families[family]
      if (rates.length > 0) take(family, memory[family].take(subject, rates, clock.now()))
    },
    passOwn: (family, subject, text) => {
      const rates = ownRates.get(text) ?? parseRates(text)
      ownRates.set(text, rates)
      take(family, memory.own.take(`${family} ${text} ${subject}`, rates, clock.now()))
    },
    exchange: exchanger({ db, clock, ring, metrics }, memory),
    count,
    allows: async (limit, subject) => (await count(limit, subject)).admitted,
    spend: async (limit, subject) => judge(limit, await counters.count(limit, subject)),
    check: async (limit, subject) => judge(limit, await counters.look(limit, subject)),
    note: async (limit, subject) => {
      await counters.count(limit, subject)
    },
    giveBack: counters.giveBack,
    sourceOf: (address) => {
      const known = sources.get(address)
      if (known) return known.source
      const source = sourceOf(address)
      sources.set(address, { source })
      return source
    },
  }
}

/** The refusal of what comes too soon; `wait` in milliseconds. Retry-After is in whole seconds (RFC 9110, section 10.2.3). */
const tooMany = (wait: number): Refusal =>
  errors.tooMany({ headers: { 'retry-after': String(Math.max(1, Math.ceil(wait / SECOND))) } })

/** Removes counters whose time is over, a batch at a time; returns how many went. */
export async function cleanLimits({ db, clock }: { db: Db; clock: Clock }): Promise<number> {
  const now = clock.now()
  return (await deleteEndedCounters(db, iso(now), CLEANED_AT_ONCE)) + (await deleteOverUses(db, now))
}
