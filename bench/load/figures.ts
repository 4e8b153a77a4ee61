import type { Outcome } from './drive.ts'

/** What a measurement says, for one server, one piece of work and one number of connections. */
export interface Figures {
  /** Good answers a second. */
  rate: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** Milliseconds of CPU, of all processes of the server, for each good answer. */
  cpu: number
  /** The same for its database server, where it has one. */
  database_cpu: number
  /** Mebibytes of the largest process. */
  memory: number
  /** Of that, what it does not share with other processes of the same program. */
  own_memory: number
  /** Answers that were not good. */
  errors: number
  /** The share of a core that the busiest thread of the server used, and of the machine that everything used. */
  thread: number
  machine: number
}

/** The value below which that share of the ascending numbers lies. */
export const percentile = (ascending: readonly number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0

/** The middle one. */
export const median = (values: readonly number[]): number => {
  const ascending = [...values].sort((a, b) => a - b)
  return ascending[Math.floor(ascending.length / 2)] ?? 0
}

/** How many answers were of another status. */
export const errorsIn = ({ statuses }: Outcome, good: number): number =>
  [...statuses].reduce((sum, [status, count]) => (status === good ? sum : sum + count), 0)

/** The rounds of one cell as one: the median of each figure. Errors add up. */
export function middleOf(rounds: readonly Figures[]): Figures {
  const of = (name: keyof Figures) => median(rounds.map((figures) => figures[name]))
  return {
    rate: of('rate'),
    p50: of('p50'),
    p99: of('p99'),
    cpu: of('cpu'),
    database_cpu: of('database_cpu'),
    memory: of('memory'),
    own_memory: of('own_memory'),
    thread: of('thread'),
    machine: of('machine'),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
  }
}

/** Which resource keeps the figure from being larger. */
export function boundOf({ thread, machine }: Figures, generator: number): string {
  if (machine >= 0.92) return thread >= 0.85 ? 'cores, shared with the generator' : 'all cores'
  if (thread >= 0.85) return 'one core: the event loop'
  if (generator >= 0.9) return 'the generator'
  return 'waiting: disk, or too few connections'
}
