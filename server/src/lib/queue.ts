/** Runs tasks at most `width` at a time, in the order of asking. */
export interface Queue {
  /** Rejects with the queue's refusal when too many are waiting already. */
  run<T>(task: () => Promise<T>): Promise<T>
  /** How many tasks run and wait. */
  load(): { running: number; waiting: number }
}

/** A queue that lets `width` tasks run and `limit` wait; `refusal` makes the error for one more. */
export function queueOf(width: number, limit: number, refusal: () => Error): Queue {
  const waiting: (() => void)[] = []
  let running = 0
  const enter = async () => {
    if (running < width) {
      running += 1
      return
    }
    if (waiting.length >= limit) throw refusal()
    // The place is handed over by whoever leaves, so `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
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
