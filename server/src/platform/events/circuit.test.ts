import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { fakeClock, HOUR, SECOND } from '../../lib/clock.ts'
import { createCircuit } from './circuit.ts'

/** Probes a receiver that is away for so long; milliseconds that its return then goes unnoticed, and how often it was probed. */
function anOutage(away: number, longest_pause: number) {
  const clock = fakeClock('2030-01-01T00:00:00Z')
  const circuit = createCircuit({ width: 200, patience: 1, longest_pause }, clock)
  const back = clock.now() + away
  circuit.note(0, 7)
  for (let probes = 0; ; ) {
    while (circuit.width() === 0) clock.advance(SECOND / 10)
    equal(circuit.width(), 1)
    probes += 1
    if (clock.now() < back) circuit.note(0, 1)
    else {
      equal(circuit.note(1, 0), true)
      equal(circuit.width(), 200)
      return { unnoticed: clock.now() - back, probes }
    }
  }
}

test('A receiver that is back goes unnoticed for a third of the time that it was away at most, and a little more than a second', () => {
  for (const away of [1, 5, 10, 20, 30].map((count) => count * SECOND)) {
    const { unnoticed } = anOutage(away, 10 * SECOND)
    ok(unnoticed <= away / 3 + 1.4 * SECOND, `${unnoticed} ms after ${away} ms`)
  }
})

test('A receiver that is away for long is probed ever more rarely', () => {
  const { unnoticed, probes } = anOutage(HOUR, 300 * SECOND)
  ok(unnoticed <= 360 * SECOND)
  ok(probes < 50, `${probes} probes`)
})
