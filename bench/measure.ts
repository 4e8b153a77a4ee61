import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender, Work } from './contenders/contender.ts'
import type { Traffic } from './load/conversations.ts'
import { drive } from './load/drive.ts'
import { errorsIn, type Figures, percentile } from './load/figures.ts'
import { memoryOf, type Usage, usageOf } from './machine/usage.ts'

/** A measurement of one server: the work, over so many connections, for so many seconds. */
export interface Cell {
  work: Work
  connections: number
  seconds: number
  /** Requests a second to begin; without it as many as are answered. */
  rate?: number
}

const WARMUP = 0.5
/** No server of this stack answers more a second of what must be prepared beforehand. */
const FASTEST_PREPARED = 4000

/** Measures; `undefined` where the server does not do that work. */
export async function measure(
  contender: Contender,
  cell: Cell,
): Promise<(Figures & { generator: number }) | undefined> {
  const traffic = contender.works[cell.work]
  return traffic && measureTraffic(contender, traffic, cell)
}

async function measureTraffic(contender: Contender, traffic: Traffic, { connections, seconds, rate }: Cell) {
  const conversations = await traffic.prepare(connections, Math.ceil((seconds + 2 * WARMUP) * FASTEST_PREPARED))
  await untilIdle(contender)
  const before = readAll(contender)
  const started = performance.now()
  const load = { port: contender.port, conversations, good: traffic.good, seconds, warmup: WARMUP }
  const outcome = await drive({ ...load, ...(rate === undefined ? {} : { rate }) })
  const elapsed = (performance.now() - started) / 1000
  const after = readAll(contender)
  const share = outcome.seconds / elapsed
  const good = outcome.latencies.length
  if (outcome.wrong) process.stdout.write(`  ${contender.name} also answered: ${outcome.wrong}\n`)
  const perAnswer = (used: number) => (good === 0 ? 0 : (used * share * 1000) / good)
  return {
    rate: good / outcome.seconds,
    p50: percentile(outcome.latencies, 0.5),
    p99: percentile(outcome.latencies, 0.99),
    cpu: perAnswer(after.server.all - before.server.all),
    database_cpu: perAnswer(after.database.all - before.database.all),
    memory: memoryOf(contender.pids()),
    own_memory: memoryOf(contender.pids(), true),
    errors: errorsIn(outcome, traffic.good),
    thread:
      Math.max(0, ...after.server.threads.map((used, index) => used - (before.server.threads[index] ?? 0))) / elapsed,
    machine: (after.server.machine - before.server.machine) / elapsed / availableParallelism(),
    generator: (after.own - before.own) / elapsed,
  }
}

const readAll = (contender: Contender) => ({
  server: usageOf(contender.pids()),
  database: usageOf(contender.database_pids?.() ?? []),
  own: usageOf([process.pid]).threads[0] ?? 0,
})

/** What was written before is still delivered for a while; no figure shall pay for the one before it. */
async function untilIdle(contender: Contender): Promise<void> {
  const used = (): Usage => usageOf([...contender.pids(), ...(contender.database_pids?.() ?? [])])
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const before = used().all
    await sleep(100)
    if (used().all - before <= 0.01) return
  }
}
