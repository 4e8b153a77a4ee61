/** Lets one in at a time, in the order of asking. */
export interface Turns {
  /** Resolves when it is one's turn, which ends with `leave`. */
  enter(): Promise<void>
  leave(): void
  /** Does something in a turn of its own. */
  take(task: () => void): Promise<void>
}

/** Nobody has the turn yet. */
export function createTurns(): Turns {
  const waiting: (() => void)[] = []
  let taken = false
  const enter = async () => {
    if (taken) await new Promise<void>((resolve) => waiting.push(resolve))
    taken = true
  }
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else taken = false
  }
  return {
    enter,
    leave,
    take: async (task) => {
      await enter()
      try {
        task()
      } finally {
        leave()
      }
    },
  }
}
