import type { Logger } from 'pino'

/** Repeats a step: at once while more may wait, else when it is woken or has rested. */
export interface Loop extends AsyncDisposable {
  start(): void
  wake(): void
}

// What wakes a loop is recorded but perhaps not committed yet, so it looks again a few times.
const SOON = [20, 50, 100, 250]
/** Milliseconds in which many wakings become one: as many steps a second cost a busy server next to nothing. */
const SETTLE = 25

/** `step` returns how much it did, 0 where nothing more waits; `rest` is in milliseconds. */
export function createLoop(
  step: () => Promise<number>,
  { name, rest, log }: { name: string; rest: number; log: Logger },
): Loop {
  let stopped = false
  let woken = false
  let looks: number = SOON.length
  let ended: Promise<void> | undefined
  let rise = () => {}
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      rise = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const run = async () => {
    while (!stopped) {
      const more = await step().catch((error: unknown) => {
        log.error({ err: error }, `The relay could not work on ${name}; it tries again`)
        return 0
      })
      if (more > 0 || stopped) continue
      if (!woken) await sleep(SOON[looks] ?? rest)
      looks += 1
      if (!woken || stopped) continue
      looks = 0
      await sleep(SETTLE)
      woken = false
    }
  }
  return {
    start: () => {
      ended ??= run()
    },
    wake: () => {
      // Every event of a busy server wakes it, mostly in vain.
      if (woken) return
      woken = true
      rise()
    },
    [Symbol.asyncDispose]: async () => {
      stopped = true
      rise()
      await ended
    },
  }
}
