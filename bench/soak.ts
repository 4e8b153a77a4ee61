// `npm run soak -- --minutes 20`: mixed traffic at a share of what the server can do, and whether it stays as it was.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Work } from './contenders/contender.ts'
import { startOurs } from './contenders/ours.ts'
import { drive } from './load/drive.ts'
import { errorsIn, percentile } from './load/figures.ts'
import { slopeOf } from './load/slope.ts'
import { memoryOf, usageOf } from './machine/usage.ts'

/** Seconds in which it is seen how busy the mix keeps the machine. */
const CALIBRATION = 8

/** What people and applications do, in shares of all requests. */
const MIX: readonly (readonly [work: Work, part: number])[] = [
  ['read', 0.6],
  ['labels', 0.2],
  ['introspection', 0.08],
  ['renew', 0.05],
  ['client_credentials', 0.04],
  ['sign_in', 0.025],
  ['sign_up', 0.005],
]
/** More connections than answers take: a request that is due finds an idle one. */
const CONNECTIONS = 16

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    share: { type: 'string', default: '0.7' },
    database: { type: 'string', default: 'sqlite' },
    workers: { type: 'string', default: '0' },
  },
})
const minutes = Number(values.minutes)
const share = Number(values.share)
const database = values.database === 'postgres' ? 'postgres' : 'sqlite'

const say = (text: string) => process.stdout.write(`${text}\n`)

await using server = await startOurs({
  name: `Barong, ${database}`,
  database,
  environment: { BARONG_WORKERS: values.workers },
})

interface Part {
  work: Work
  /** Requests a second. */
  rate: number
}

/** One kind of request for some seconds: at a rate, or as fast as it goes. */
async function load(work: Work, seconds: number, rate?: number) {
  const traffic = server.works[work]
  if (!traffic) throw new Error(`There is no ${work}.`)
  const conversations = await traffic.prepare(CONNECTIONS, 0)
  const all = { port: server.port, conversations, good: traffic.good, seconds, warmup: 0.2 }
  const outcome = await drive({ ...all, ...(rate === undefined ? {} : { rate }) })
  return { outcome, errors: errorsIn(outcome, traffic.good) }
}

/** The rate of each part of the mix, of that share of what the mix could do at most. */
async function plan(): Promise<Part[]> {
  let seconds = 0
  for (const [work, part] of MIX) {
    const { outcome } = await load(work, 4)
    const most = outcome.latencies.length / outcome.seconds
    say(`${work.padEnd(20)} ${most.toFixed(0)} a second alone`)
    seconds += part / most
  }
  return MIX.map(([work, part]) => ({ work, rate: (share * part) / seconds }))
}

/** A window of the mix at those rates. */
const loadAll = (parts: readonly Part[], seconds: number) =>
  Promise.all(parts.map(({ work, rate }) => load(work, seconds, rate)))

/**
 * The same parts, slower where they keep the machine busier than the share: works that are measured one by one, each with the
 * cores to itself, do less beside each other.
 */
async function calibrated(parts: Part[]): Promise<Part[]> {
  const before = usageOf([]).machine
  await loadAll(parts, CALIBRATION)
  const busy = (usageOf([]).machine - before) / CALIBRATION / availableParallelism()
  say(`${'all together'.padEnd(20)} keep the machine ${(busy * 100).toFixed(0)} % busy`)
  return parts.map(({ work, rate }) => ({ work, rate: rate * Math.min(1, share / busy) }))
}

const parts = await calibrated(await plan())
const total = parts.reduce((sum, { rate }) => sum + rate, 0)
say(
  `${total.toFixed(0)} requests a second for ${minutes} minutes: ${share * 100} % of what this machine can do at most\n`,
)
say('| minute | answers a second | errors | read p99 ms | MiB of the largest process |\n|--:|--:|--:|--:|--:|')
const memory: number[] = []
let wrong = 0
for (let minute = 1; minute <= minutes; minute += 1) {
  const windows = await loadAll(parts, 60)
  const errors = windows.reduce((sum, window) => sum + window.errors, 0)
  const rate = windows.reduce((sum, { outcome }) => sum + outcome.latencies.length / outcome.seconds, 0)
  const p99 = percentile(windows[0]?.outcome.latencies ?? [], 0.99)
  memory.push(memoryOf(server.pids()))
  wrong += errors
  say(`| ${minute} | ${rate.toFixed(0)} | ${errors} | ${p99.toFixed(1)} | ${(memory.at(-1) ?? 0).toFixed(0)} |`)
  for (const { outcome } of windows) if (outcome.wrong !== undefined) say(`  ${outcome.wrong}`)
}
// What is loaded and compiled in the first quarter is no leak.
const settled = memory.slice(Math.floor(memory.length / 4))
say(`\nmemory: ${slopeOf(settled).toFixed(2)} MiB a minute after the first quarter; errors: ${wrong}`)
if (wrong > 0) process.exitCode = 1
