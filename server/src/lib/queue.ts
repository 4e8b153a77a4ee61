/** Runs tasks at most `width` at a time, in the order of asking. */
export interface Queue {
  /**
   * Rejects with the queue's refusal when it is too full, or when the task has waited too long for its turn: since `arrived`, as
   * `admit` told it, or else since now.
   */
  run<T>(task: () => Promise<T>, arrived?: number): Promise<T>
  /** Throws the refusal where a task would be turned away now; else tells the present moment, from which its wait counts. */
  admit(): number
  /** How many tasks run and wait. */
  load(): { running: number; waiting: number }
}

export interface QueueLimits {
  /** How many tasks run at a time. */
  width: number
  /** How many may wait. */
  waiting: number
  /** Milliseconds that a task may wait. */
  patience: number
}

interface Waiting {
  since: number
  enter(): void
  refuse(): void
}

/** A queue within limits; `refusal` makes the error for a task that is turned away, which then has not begun. */
export function queueOf({ width, waiting: limit, patience }: QueueLimits, refusal: () => Error): Queue {
  const waiting: Waiting[] = []
  let running = 0
  const wait = (since: number) =>
    new Promise<void>((enter, reject) => {
      waiting.push({ since, enter, refuse: () => reject(refusal()) })
    })
  const isLate = (since: number) => performance.now() - since > patience
  const isStale = (first: Waiting | undefined) => first !== undefined && isLate(first.since)
  const isShut = () => running >= width && (waiting.length >= limit || isStale(waiting[0]))
  const enter = async (since: number) => {
    if (isShut() || isLate(since)) throw refusal()
    // The place is handed over by whoever leaves, so `running` stays as it is.
    if (running >= width) await wait(since)
    else running += 1
  }
  const leave = () => {
    // Who has waited too long would be answered too late; the place goes to somebody who is still there.
    while (isStale(waiting[0])) waiting.shift()?.refuse()
    const next = waiting.shift()
    if (next) next.enter()
    else running -= 1
  }
  return {
    admit: () => {
      if (isShut()) throw refusal()
      return performance.now()
    },
    run: async (task, arrived = performance.now()) => {
      await enter(arrived)
      try {
        return await task()
      } finally {
        leave()
      }
    },
    load: () => ({ running, waiting: waiting.length }),
  }
}
