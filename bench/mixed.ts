import { type Contender, WORKS } from './contenders/contender.ts'
import { drive, type Outcome } from './load/drive.ts'
import { percentile } from './load/figures.ts'

const SIGNING_IN = 32
const LINES = 1024

/** Reads while others sign in without pause, and ten times more sign-ins than can be hashed. */
export async function mixedLoads(contenders: readonly Contender[], seconds: number): Promise<string> {
  const able = contenders.filter(({ kind, works }) => kind !== 'floor' && works.read && works.sign_in)
  const readers: string[] = []
  const crowds: string[] = []
  for (const contender of able) {
    readers.push(await reads(contender, seconds))
    if (contender.kind === 'ours') crowds.push(await overload(contender, seconds))
  }
  return [
    `\n## ${WORKS.read} while ${SIGNING_IN} connections sign in without pause\n`,
    '| server | reads per second | p50 ms | p99 ms | sign-ins per second |\n|---|--:|--:|--:|--:|',
    ...readers,
    '\n## ten times more sign-ins than can be hashed\n',
    '| server | accepted per second | p50 ms | p99 ms | answered 503 | anything else |\n|---|--:|--:|--:|--:|--:|',
    ...crowds,
  ].join('\n')
}

async function load(
  contender: Contender,
  work: 'read' | 'sign_in',
  connections: number,
  seconds: number,
  rate?: number,
): Promise<Outcome> {
  const traffic = contender.works[work]
  if (!traffic) throw new Error(`${contender.name} does no such work.`)
  const conversations = await traffic.prepare(connections, 0)
  const all = { port: contender.port, conversations, good: traffic.good, seconds, warmup: 0.5 }
  return drive({ ...all, ...(rate === undefined ? {} : { rate }) })
}

async function reads(contender: Contender, seconds: number): Promise<string> {
  const [read, signIn] = await Promise.all([
    load(contender, 'read', 1, seconds),
    load(contender, 'sign_in', SIGNING_IN, seconds),
  ])
  const figures = [
    read.latencies.length / read.seconds,
    percentile(read.latencies, 0.5),
    percentile(read.latencies, 0.99),
  ]
  const signIns = signIn.latencies.length / signIn.seconds
  return `| ${contender.name} | ${figures.map((figure) => figure.toFixed(2)).join(' | ')} | ${signIns.toFixed(0)} |`
}

async function overload(contender: Contender, seconds: number): Promise<string> {
  const usual = await load(contender, 'sign_in', 16, seconds)
  const rate = (10 * usual.latencies.length) / usual.seconds
  const { latencies, statuses, seconds: took } = await load(contender, 'sign_in', LINES, 2 * seconds, rate)
  const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)]
  const good = latencies.length
  const busy = statuses.get(503) ?? 0
  const others = [...statuses.values()].reduce((sum, count) => sum + count, 0) - good - busy
  return `| ${contender.name} | ${(good / took).toFixed(0)} | ${p50.toFixed(0)} | ${p99.toFixed(0)} | ${busy} | ${others} |`
}
