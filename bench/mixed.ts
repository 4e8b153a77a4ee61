import { type Contender, WORKS } from './contenders/contender.ts'
import { drive, type Outcome } from './load/drive.ts'
import { percentile } from './load/figures.ts'

const SIGNING_IN = 32
const LINES = 1024

/** Reads of somebody while others sign in. */
interface Reader {
  name: string
  ours: boolean
  rate: number
  p50: number
  p99: number
  sign_ins: number
}

/** Those who were let in of a crowd. */
interface Crowd {
  name: string
  rate: number
  p50: number
  p99: number
  busy: number
  /** Answers that are neither a token nor 503. */
  others: number
}

export interface Mixed {
  readers: readonly Reader[]
  crowds: readonly Crowd[]
}

/** Reads while others sign in without pause, and ten times more sign-ins than can be hashed. */
export async function mixedLoads(contenders: readonly Contender[], seconds: number): Promise<Mixed> {
  const able = contenders.filter(({ kind, works }) => kind !== 'floor' && works.read && works.sign_in)
  const readers: Reader[] = []
  const crowds: Crowd[] = []
  for (const contender of able) {
    readers.push(await reads(contender, seconds))
    if (contender.kind === 'ours') crowds.push(await overload(contender, seconds))
  }
  return { readers, crowds }
}

/** Both as tables; nothing where nobody was measured. */
export const mixedTables = ({ readers, crowds }: Mixed): string =>
  readers.length === 0
    ? ''
    : [
        `\n## ${WORKS.read} while ${SIGNING_IN} connections sign in without pause\n`,
        '| server | reads per second | p50 ms | p99 ms | sign-ins per second |\n|---|--:|--:|--:|--:|',
        ...readers.map(
          ({ name, rate, p50, p99, sign_ins }) =>
            `| ${name} | ${[rate, p50, p99].map((figure) => figure.toFixed(2)).join(' | ')} | ${sign_ins.toFixed(0)} |`,
        ),
        '\n## ten times more sign-ins than can be hashed\n',
        '| server | accepted per second | p50 ms | p99 ms | answered 503 | anything else |\n|---|--:|--:|--:|--:|--:|',
        ...crowds.map(
          ({ name, rate, p50, p99, busy, others }) =>
            `| ${name} | ${rate.toFixed(0)} | ${p50.toFixed(0)} | ${p99.toFixed(0)} | ${busy} | ${others} |`,
        ),
      ].join('\n')

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

async function reads(contender: Contender, seconds: number): Promise<Reader> {
  const [read, signIn] = await Promise.all([
    load(contender, 'read', 1, seconds),
    load(contender, 'sign_in', SIGNING_IN, seconds),
  ])
  return {
    name: contender.name,
    ours: contender.kind === 'ours',
    rate: read.latencies.length / read.seconds,
    p50: percentile(read.latencies, 0.5),
    p99: percentile(read.latencies, 0.99),
    sign_ins: signIn.latencies.length / signIn.seconds,
  }
}

async function overload(contender: Contender, seconds: number): Promise<Crowd> {
  const usual = await load(contender, 'sign_in', 16, seconds)
  const rate = (10 * usual.latencies.length) / usual.seconds
  const { latencies, statuses, seconds: took } = await load(contender, 'sign_in', LINES, 2 * seconds, rate)
  const good = latencies.length
  const busy = statuses.get(503) ?? 0
  return {
    name: contender.name,
    rate: good / took,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    busy,
    others: [...statuses.values()].reduce((sum, count) => sum + count, 0) - good - busy,
  }
}
