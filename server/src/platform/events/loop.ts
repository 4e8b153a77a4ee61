import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'

/** Repeats a step: at once while it finds work, else when it is woken or has rested. */
export interface Loop extends AsyncDisposable {
  start(): void
  wake(): void
}

// What wakes a loop is recorded but perhaps not committed yet, so it looks again a few times.
const SOON = [20, 50, 100, 250]
/** Milliseconds in which many wakings become one. */
const SETTLE = 10

/** `step` returns how much it did; `rest` is in milliseconds. */
export function createLoop(
  step: () => Promise<number>,
  { name, rest, log }: { name: string; rest: number; log: Logger },
): Loop {
  const stop = new AbortController()
  let alarm = new AbortController()
  let looks: number = SOON.length
  let ended: Promise<void> | undefined
  const run = async () => {
    while (!stop.signal.aborted) {
      const done = await step().catch((error: unknown) => {
        log.error({ err: error }, `The relay could not work on ${name}; it tries again`)
        return 0
      })
      if (done > 0) continue
      const woken = AbortSignal.any([stop.signal, alarm.signal])
      await sleep(SOON[looks] ?? rest, undefined, { signal: woken }).catch(() => {})
      looks += 1
      if (alarm.signal.aborted) {
        looks = 0
        await sleep(SETTLE, undefined, { signal: stop.signal }).catch(() => {})
        alarm = new AbortController()
      }
    }
  }
  return {
    start: () => {
      ended ??= run()
    },
    wake: () => alarm.abort(),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
    },
  }
}
