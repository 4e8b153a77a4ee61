/** Runs tasks at most `width` at a time, in the order of asking. */
export interface Queue {
  /** Rejects with the queue's refusal when it is too full for the task, or when the task has waited too long for its turn. */
  run<T>(task: () => Promise<T>, turn?: Turn): Promise<T>
  /** Throws the refusal where a task would be turned away now; else tells the present moment, from which its wait counts. */
  admit(): number
  /** How many tasks run and wait. */
  load(): { running: number; waiting: number }
}

/** How a task takes its turn. */
interface Turn {
  /** Since when it waits, as `admit` told it; or else since now. */
  arrived?: number | undefined
  /** Whose it is, where everybody has so many places only. */
  of?: number | string
  /** Whether it goes before those that do not, which then take none of its places. */
  ahead?: boolean
}

export interface QueueLimits {
  /** How many tasks run at a time. */
  width: number
  /** How many may wait, and as many again of those that go ahead. */
  waiting: number
  /** Milliseconds that a task may wait. */
  patience: number
  /** How many of one asker may run and wait together; any number where it is left out. */
  each?: number
}

/** Why a task is turned away: there are too many, or too many of whoever asks. */
export type Fullness = 'full' | 'own'

interface Waiting {
  since: number
  enter(): void
  refuse(): void
}

/** A queue within limits; `refusal` makes the error for a task that is turned away, which then has not begun. */
export function queueOf(
  { width, waiting: limit, patience, each = Number.POSITIVE_INFINITY }: QueueLimits,
  refusal: (why: Fullness) => Error,
): Queue {
  const first: Waiting[] = []
  const others: Waiting[] = []
  const places = placesOf(each, () => refusal('own'))
  let running = 0
  const wait = (line: Waiting[], since: number) =>
    new Promise<void>((enter, reject) => {
      line.push({ since, enter, refuse: () => reject(refusal('full')) })
    })
  const isLate = (since: number) => performance.now() - since > patience
  const isStale = (next: Waiting | undefined) => next !== undefined && isLate(next.since)
  const isShut = (line: readonly Waiting[]) => running >= width && (line.length >= limit || isStale(line[0]))
  const enter = async (line: Waiting[], since: number) => {
    if (isShut(line) || isLate(since)) throw refusal('full')
    // The place is handed over by whoever leaves, so `running` stays as it is.
    if (running >= width) await wait(line, since)
    else running += 1
  }
  const leave = () => {
    // Who has waited too long would be answered too late; the place goes to somebody who is still there.
    for (const line of [first, others]) while (isStale(line[0])) line.shift()?.refuse()
    const next = first.shift() ?? others.shift()
    if (next) next.enter()
    else running -= 1
  }
  return {
    admit: () => {
      if (isShut(others)) throw refusal('full')
      return performance.now()
    },
    run: (task, { arrived = performance.now(), of, ahead = false } = {}) =>
      places.hold(of, async () => {
        await enter(ahead ? first : others, arrived)
        try {
          return await task()
        } finally {
          leave()
        }
      }),
    load: () => ({ running, waiting: first.length + others.length }),
  }
}

/** Counts what each asker has under way; who is not named has any number. */
function placesOf(each: number, refusal: () => Error) {
  const taken = new Map<number | string, number>()
  return {
    hold: async <T>(of: number | string | undefined, use: () => Promise<T>): Promise<T> => {
      if (of === undefined) return use()
      const count = taken.get(of) ?? 0
      if (count >= each) throw refusal()
      taken.set(of, count + 1)
      try {
        return await use()
      } finally {
        const left = (taken.get(of) ?? 0) - 1
        if (left > 0) taken.set(of, left)
        else taken.delete(of)
      }
    },
  }
}
