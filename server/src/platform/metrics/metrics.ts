import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import type { Passwords } from '../crypto/passwords.ts'
import type { Db } from '../db/db.ts'
import type { PoolWatch } from '../db/pool-watch.ts'
import { backlogs } from '../events/health.ts'
import type { RelayNeeds } from '../events/relay-needs.ts'
import type { Siblings } from '../workers/worker.ts'
import { type Exposition, expositionOf } from './exposition.ts'
import { poolMetrics } from './pool.ts'

/** What Prometheus scrapes of this machine's processes, and of the database that all share. */
export interface Metrics extends Exposition {
  /** Counts an attempt to deliver; `ms` is how long it took. */
  delivery: RelayNeeds['observe']
  /** Counts an answer; `operation` is the pattern of its route, `ms` how long it took. */
  request(method: string, operation: string, status: number, ms: number): void
  /** Counts a use of what is limited. */
  limit(family: string, outcome: 'admitted' | 'refused'): void
  /** Counts keys of limits whose uses were told to the other processes. */
  exchange(outcome: 'done' | 'failed', keys: number): void
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

interface Needs {
  db: Db
  clock: Clock
  passwords: Pick<Passwords, 'load'>
  pool: Pick<PoolWatch, 'state' | 'onWait'>
  siblings: Siblings | undefined
}

/** Metrics of their own for each server, so that two in one process do not mix. */
export function createMetrics(needs: Needs): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const attempts = new Counter({
    name: 'barong_deliveries_total',
    help: 'Attempts to deliver mails, SMS and events, by destination and result (delivered, failed, given_up).',
    labelNames: ['destination', 'result'],
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'barong_delivery_duration_seconds',
    help: 'How long attempts to deliver took.',
    labelNames: ['destination'],
    buckets: BUCKETS,
    registers: [registry],
  })
  const requests = new Histogram({
    name: 'barong_http_request_duration_seconds',
    help: 'How long answers took, by method, route and status.',
    labelNames: ['method', 'operation', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  })
  const requestsOf = keeping((labels: Record<'method' | 'operation' | 'status', string | number>) =>
    requests.labels(labels),
  )
  const limited = new Counter({
    name: 'barong_limited_total',
    help: 'Uses of what is limited, by family and outcome (admitted, refused).',
    labelNames: ['family', 'outcome'],
    registers: [registry],
  })
  const exchanged = new Counter({
    name: 'barong_limits_exchanged_total',
    help: 'Addresses, accounts and API keys whose requests were told to the other processes, by outcome (done, failed).',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const limitedOf = keeping((labels: Record<'family' | 'outcome', string | number>) => limited.labels(labels))
  const refreshPool = poolMetrics(needs.pool, registry)
  const refreshGauges = gauges(needs, registry)
  const refresh = async () => {
    refreshPool()
    await refreshGauges()
  }
  return {
    delivery: (destination, result, ms) => {
      attempts.inc({ destination, result })
      durations.observe({ destination }, ms / 1000)
    },
    request: (method, operation, status, ms) => requestsOf({ method, operation, status }).observe(ms / 1000),
    limit: (family, outcome) => limitedOf({ family, outcome }).inc(),
    exchange: (outcome, keys) => exchanged.inc({ outcome }, keys),
    ...expositionOf(registry, refresh, needs.siblings),
  }
}

/** Finding the series of labels costs more than counting in it, so each is kept once found; there are as many as routes and statuses. */
function keeping<L extends string, T>(find: (labels: Record<L, string | number>) => T) {
  const found = new Map<string, T>()
  return (labels: Record<L, string | number>): T => {
    let key = ''
    for (const name in labels) key += `${labels[name]} `
    const known = found.get(key) ?? find(labels)
    found.set(key, known)
    return known
  }
}

/** Read from the database at each scrape: every process tells the same, so they are not added up. */
function gauges(needs: Needs, registry: Registry): () => Promise<void> {
  const registers = [registry]
  const labelNames = ['destination']
  const lag = new Gauge({
    name: 'barong_outbox_lag_seconds',
    help: 'Age of the oldest message that is not delivered yet.',
    labelNames,
    aggregator: 'max',
    registers,
  })
  const waiting = new Gauge({
    name: 'barong_outbox_waiting',
    help: 'Messages that are not delivered yet.',
    labelNames,
    aggregator: 'max',
    registers,
  })
  const dead = new Gauge({
    name: 'barong_dead_letters',
    help: 'Messages that were given up and wait for somebody to look at them.',
    labelNames,
    aggregator: 'max',
    registers,
  })
  const hashes = new Gauge({
    name: 'barong_password_hashes',
    help: 'Passwords of this process that are being hashed (running) or wait for their turn (waiting).',
    labelNames: ['state'],
    registers,
  })
  const up = new Gauge({
    name: 'barong_database_up',
    help: 'Whether the database answers.',
    aggregator: 'min',
    registers,
  })
  return async () => {
    for (const gauge of [lag, waiting, dead]) gauge.reset()
    for (const [state, count] of Object.entries(needs.passwords.load())) hashes.set({ state }, count)
    try {
      for (const backlog of await backlogs(needs)) {
        const labels = { destination: backlog.kind }
        lag.set(labels, backlog.lag / 1000)
        waiting.set(labels, backlog.waiting)
        dead.set(labels, backlog.dead)
      }
      up.set(1)
    } catch {
      up.set(0)
    }
  }
}
