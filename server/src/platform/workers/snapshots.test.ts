import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { addUp } from './snapshots.ts'

/** The metrics of somebody who counted so much. */
async function aSnapshot(requests: Record<string, number>, seconds: number) {
  const registers = [new Registry()]
  const counter = new Counter({ name: 'requests', help: 'r', labelNames: ['status'], registers })
  for (const [status, count] of Object.entries(requests)) counter.inc({ status }, count)
  new Gauge({ name: 'memory', help: 'm', registers }).set(1)
  new Histogram({ name: 'waits', help: 'w', buckets: [1, 10], registers }).observe(seconds)
  return registers[0]?.getMetricsAsJSON() ?? []
}

test('what grew is added up by its labels, and what rises and falls is left out', async () => {
  const sum = addUp(await aSnapshot({ 200: 3 }, 0.5), await aSnapshot({ 200: 4, 404: 1 }, 5))
  const values = Object.fromEntries(
    JSON.parse(JSON.stringify(sum)).map(({ name, values }: { name: string; values: { value: number }[] }) => [
      name,
      values.map(({ value }) => value),
    ]),
  )
  // Of the histogram: at most 1, at most 10, all, the sum of seconds, their count.
  deepEqual(values, { requests: [7, 1], waits: [1, 2, 2, 5.5, 2] })
  deepEqual(addUp([], []), [])
})
