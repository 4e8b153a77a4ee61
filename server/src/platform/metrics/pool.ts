import { Gauge, Histogram, type Registry } from 'prom-client'
import type { PoolWatch } from '../db/pool-watch.ts'

const BUCKETS = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10]

/** Measures the connections to PostgreSQL of this process; returns what brings the gauges up to date. */
export function poolMetrics(pool: Pick<PoolWatch, 'state' | 'onWait'>, registry: Registry): () => void {
  const registers = [registry]
  const size = new Gauge({
    name: 'barong_database_pool_size',
    help: 'Connections to PostgreSQL that there may be.',
    registers,
  })
  const connections = new Gauge({
    name: 'barong_database_pool_connections',
    help: 'Connections to PostgreSQL that there are, in use (busy) or not (idle).',
    labelNames: ['state'],
    registers,
  })
  const waiting = new Gauge({
    name: 'barong_database_pool_waiting',
    help: 'Statements and transactions that wait for a connection to PostgreSQL.',
    registers,
  })
  const waits = new Histogram({
    name: 'barong_database_pool_wait_seconds',
    help: 'How long statements and transactions waited for their connection to PostgreSQL.',
    buckets: BUCKETS,
    registers,
  })
  pool.onWait((ms) => waits.observe(ms / 1000))
  return () => {
    const state = pool.state()
    if (!state) return
    size.set(state.size)
    connections.set({ state: 'busy' }, state.open - state.idle)
    connections.set({ state: 'idle' }, state.idle)
    waiting.set(state.waiting)
  }
}
