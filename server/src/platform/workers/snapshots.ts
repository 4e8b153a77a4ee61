import { isObject } from '../../lib/json.ts'
import type { Snapshot } from './messages.ts'

interface Sample {
  value: number
  labels: object
  metricName?: string
}

/** A metric that only ever grows. */
interface Growing {
  name: string
  values: Sample[]
}

/**
 * What grew in both, added up. Thus what workers counted before they ended goes on counting: a sum that falls back would look
 * like a new beginning to Prometheus.
 */
export function addUp(one: Snapshot, other: Snapshot): Snapshot {
  const sums = new Map<string, Growing>()
  for (const metric of [...one, ...other].filter(isGrowing)) {
    const sum = sums.get(metric.name)
    sums.set(metric.name, sum ? { ...sum, values: added(sum.values, metric.values) } : metric)
  }
  return [...sums.values()]
}

const isGrowing = (metric: object): metric is Growing =>
  isObject(metric) && (metric['type'] === 'counter' || metric['type'] === 'histogram') && metric['aggregator'] === 'sum'

function added(one: readonly Sample[], other: readonly Sample[]): Sample[] {
  const sums = new Map(one.map((sample) => [keyOf(sample), sample]))
  for (const sample of other) {
    const key = keyOf(sample)
    sums.set(key, { ...sample, value: sample.value + (sums.get(key)?.value ?? 0) })
  }
  return [...sums.values()]
}

const keyOf = ({ metricName = '', labels }: Sample): string =>
  JSON.stringify([metricName, Object.entries(labels).sort()])
