/** Runs tasks at most `width` at a time, in the order of asking. */
export interface Queue {
  /** Rejects with the queue's refusal when it is too full, or when the task has waited too long for its turn. */
  run<T>(task: () => Promise<T>): Promise<T>
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
  const wait = () =>
    new Promise<void>((enter, reject) => {
      waiting.push({ since: performance.now(), enter, refuse: () => reject(refusal()) })
    })
  const enter = async () => {
    if (running >= width) {
      if (waiting.length >= limit || isStale(waiting[0])) throw refusal()
      // The place is handed over by whoever leaves, so `running` stays as it is.
      await wait()
    } else running += 1
  }
  const isStale = (first: Waiting | undefined) => first !== undefined && performance.now() - first.since > patience
  const leave = () => {
    // Who has waited too long would be answered too late; the place goes to somebody who is still there.
    while (isStale(waiting[0])) waiting.shift()?.refuse()
    const next = waiting.shift()
    if (next) next.enter()
    else running -= 1
  }
  return {
    run: async (task) => {
      await enter()
      try {
        return await task()
      } finally {
        leave()
      }
    },
    load: () => ({ running, waiting: waiting.length }),
  }
}
