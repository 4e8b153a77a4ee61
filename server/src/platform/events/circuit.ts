import { type Clock, SECOND } from '../../lib/clock.ts'
import { backOff } from './back-off.ts'
import type { Destination } from './destinations.ts'

/** Of each pause: the next is a quarter of the time that the receiver was away, whose return goes unnoticed no longer. */
const GROWTH = 1.25

/** Keeps this process from hammering a receiver that is down: after some failures in a row it only probes, ever more rarely. */
export interface Circuit {
  /** How many events may be sent now: all, one to probe, or none. */
  width(): number
  /** Counts a batch; returns whether the receiver has just come back. */
  note(delivered: number, failed: number): boolean
}

/** A closed circuit: everything may pass. */
export function createCircuit(
  { width, patience, longest_pause }: Pick<Destination, 'width' | 'patience' | 'longest_pause'>,
  clock: Clock,
): Circuit {
  let failures = 0
  let pauses = 0
  let until = 0
  const down = () => failures >= patience
  return {
    width: () => {
      if (!down()) return width
      return clock.now() >= until ? 1 : 0
    },
    note: (delivered, failed) => {
      if (delivered > 0) {
        const cameBack = down()
        failures = 0
        pauses = 0
        return cameBack
      }
      failures += failed
      if (down()) until = clock.now() + backOff(++pauses, SECOND, GROWTH, longest_pause)
      return false
    },
  }
}
