import { WORKS, type Work } from '../contenders/contender.ts'
import type { Mixed } from '../mixed.ts'
import type { Row } from './markdown.ts'

interface Verdict {
  target: string
  measured: string
  met: boolean
}

const LEVEL = 16
const percent = (share: number): string => `${Math.round(share * 100)} %`

/** What was aimed at, against what was measured in this run; a target is left out where its rows were not measured. */
export function targetTable(rows: readonly Row[], mixed: Mixed, starts: Readonly<Record<string, number>>): string {
  const verdicts = [
    ...shares(rows),
    ...againstPeers(rows),
    ...mixed.readers
      .filter(({ ours }) => ours)
      .map(({ name, p50, p99 }) => ({
        target: `${name}: read while 32 sign in, p50 under 0.4 ms, p99 under 17 ms`,
        measured: `${p50.toFixed(2)} / ${p99.toFixed(1)} ms`,
        met: p50 < 0.4 && p99 < 17,
      })),
    ...mixed.crowds.map(({ name, p99, others }) => ({
      target: `${name}: at 10 × overload p99 under 1 s, nobody refused as wrong`,
      measured: `${p99.toFixed(0)} ms, ${others} wrong`,
      met: p99 < 1000 && others === 0,
    })),
    ...Object.entries(starts).map(([name, ms]) => ({
      target: `${name}: start to ready under 1.5 s`,
      measured: `${(ms / 1000).toFixed(2)} s`,
      met: ms < 1500,
    })),
    ...memory(rows),
  ]
  const lines = verdicts.map(({ target, measured, met }) => `| ${target} | ${measured} | ${met ? 'yes' : '**no**'} |`)
  return ['## Targets\n', '| target | measured | met |', '|---|--:|---|', ...lines].join('\n')
}

const find = (rows: readonly Row[], work: Work, name: string): Row | undefined =>
  rows.find((row) => row.work === work && row.connections === LEVEL && row.contender.name === name)

/** Shares of the bare route, or of another contender. */
const SHARES: readonly (readonly [work: Work, ours: string, least: number, of: string])[] = [
  ['sign_in', 'Barong, SQLite', 0.95, 'bare route'],
  ['sign_in', 'Barong, PostgreSQL', 0.95, 'bare route'],
  ['read', 'Barong, SQLite', 0.45, 'bare route'],
  ['read', 'Barong, SQLite, 2 workers', 0.7, 'bare route'],
  ['read', 'Barong, PostgreSQL', 0.25, 'bare route'],
  ['renew', 'Barong, SQLite', 0.9, 'bare route'],
  ['exchange', 'Barong, SQLite', 0.9, 'bare route'],
  ['client_credentials', 'Barong, SQLite', 0.9, 'oidc-provider, in memory'],
]

const shares = (rows: readonly Row[]): Verdict[] =>
  SHARES.flatMap(([work, name, least, of]) => {
    const [ours, other] = [find(rows, work, name), find(rows, work, of)]
    if (!ours || !other) return []
    const share = ours.figures.rate / other.figures.rate
    const target = `${name}: ${WORKS[work]} at least ${percent(least)} of ${of}`
    return [{ target, measured: percent(share), met: share >= least }]
  })

/** Our slowest variant against each peer, on every row the peer has. */
function againstPeers(rows: readonly Row[]): Verdict[] {
  const peers = [...new Set(rows.filter(({ contender }) => contender.kind === 'peer').map((row) => row.contender.name))]
  return peers.flatMap((peer) =>
    (Object.keys(WORKS) as Work[]).flatMap((work) => {
      const theirs = find(rows, work, peer)
      const ours = find(rows, work, 'Barong, SQLite')
      if (!theirs || !ours) return []
      const times = ours.figures.rate / theirs.figures.rate
      const target = `Barong, SQLite: ${WORKS[work]} ahead of ${peer}`
      // Who refuses most of what is asked is not slow at the work, and cannot be compared.
      const { errors } = theirs.figures
      if (errors > 0) return [{ target, measured: `not comparable: ${errors} errors there`, met: false }]
      return [{ target, measured: `${times.toFixed(times < 10 ? 2 : 0)} times`, met: times > 1 }]
    }),
  )
}

/** The most that any measurement saw in one process; what it maps of the program is shared by all of them. */
function memory(rows: readonly Row[]): Verdict[] {
  const names = [...new Set(rows.filter(({ contender }) => contender.kind === 'ours').map((row) => row.contender.name))]
  return names.map((name) => {
    const mine = rows.filter((row) => row.contender.name === name).map(({ figures }) => figures)
    const [own, resident] = [
      Math.max(...mine.map((each) => each.own_memory)),
      Math.max(...mine.map((each) => each.memory)),
    ]
    return {
      target: `${name}: under 110 MiB a process`,
      measured: `${Math.round(own)} MiB of its own, ${Math.round(resident)} MiB with what it shares`,
      met: resident < 110,
    }
  })
}
