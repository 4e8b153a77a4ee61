// `npm run bench:growth`: the same work on databases of one thousand accounts and of a million. Seeding is a step of its own, which
// goes on where it was interrupted: `npm run bench:growth -- --seed`, then `npm run bench:growth -- --measure`.
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadConfig } from '../server/src/platform/config/config.ts'
import { wire } from '../server/src/wire.ts'
import { type Contender, WORKS, type Work } from './contenders/contender.ts'
import { startOurs } from './contenders/ours.ts'
import { startKeptCluster } from './growth/cluster.ts'
import { fill, SESSIONS } from './growth/crowd.ts'
import { seedOfCrowd } from './growth/subjects.ts'
import { type Figures, middleOf } from './load/figures.ts'
import { machineFacts } from './machine/machine.ts'
import { measure } from './measure.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'boolean', default: false },
    measure: { type: 'boolean', default: false },
    clean: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '1000,100000,1000000' },
    databases: { type: 'string', default: 'sqlite,postgres' },
    works: { type: 'string', default: Object.keys(WORKS).join(',') },
    connections: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string', default: join(tmpdir(), 'barong-growth') },
    out: { type: 'string', default: 'growth' },
  },
})
const sizes = values.sizes.split(',').map(Number)
const databases = (['sqlite', 'postgres'] as const).filter((kind) => values.databases.split(',').includes(kind))
const works = (Object.keys(WORKS) as Work[]).filter((work) => values.works.split(',').includes(work))
const both = !values.seed && !values.measure
/** Of an account with all that belongs to it, as measured; PostgreSQL needs as much again for its log. */
const BYTES = { sqlite: 4500, postgres: 7500 }

const say = (text: string) => process.stdout.write(`${text}\n`)

/** The folder and the database of a size; settings by the names operators use. */
interface Place {
  folder: string
  url?: string
}

async function placesOf(kind: 'sqlite' | 'postgres', stack: AsyncDisposableStack): Promise<Map<number, Place>> {
  const cluster = kind === 'postgres' ? stack.use(await startKeptCluster(join(values.folder, kind))) : undefined
  const places = new Map<number, Place>()
  for (const size of sizes) {
    const folder = join(values.folder, `${kind}-${size}`)
    mkdirSync(folder, { recursive: true })
    places.set(size, cluster ? { folder, url: await cluster.urlOf(`growth_${size}`) } : { folder })
  }
  return places
}

async function seed(kind: 'sqlite' | 'postgres', size: number, { folder, url }: Place): Promise<void> {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < size * BYTES[kind])
    throw new Error(`${size} accounts on ${kind} need ${Math.round((size * BYTES[kind]) / 1e9)} GB of disk.`)
  const settings = { BARONG_DATA_DIR: folder, LOG_LEVEL: 'error' }
  await using server = await wire(loadConfig({ ...settings, ...(url === undefined ? {} : { DATABASE_URL: url }) }))
  await fill(server, size, (text) => say(`${kind}: ${text}`))
}

type Measured = Map<Work, Map<number, Figures>>

async function compare(contenders: ReadonlyMap<number, Contender>): Promise<Measured> {
  const cell = { connections: Number(values.connections), seconds: Number(values.seconds) }
  const all: Measured = new Map()
  for (const work of works) {
    const rounds = new Map<number, Figures[]>()
    for (let round = 0; round < Number(values.rounds); round += 1)
      for (const [size, contender] of contenders) {
        const figures = await measure(contender, { work, ...cell })
        if (figures) rounds.set(size, [...(rounds.get(size) ?? []), figures])
      }
    all.set(work, new Map([...rounds].map(([size, figures]) => [size, middleOf(figures)])))
    for (const [size, { rate, p99 }] of all.get(work) ?? [])
      say(`${WORKS[work]} at ${size}: ${Math.round(rate)}/s, p99 ${p99.toFixed(1)} ms`)
  }
  return all
}

function tableOf(kind: string, measured: Measured): string {
  const head = sizes.map((size) => `${size.toLocaleString('en')}: per second | p99 ms | CPU ms`).join(' | ')
  const lines = [...measured].map(([work, figures]) => {
    const cells = sizes.map((size) => {
      const { rate, p99, cpu, database_cpu } = figures.get(size) ?? { rate: 0, p99: 0, cpu: 0, database_cpu: 0 }
      return `${Math.round(rate).toLocaleString('en')} | ${p99.toFixed(1)} | ${(cpu + database_cpu).toFixed(2)}`
    })
    const [small, large] = [figures.get(sizes[0] ?? 0), figures.get(sizes.at(-1) ?? 0)]
    const ratio = small && large ? (small.rate / large.rate).toFixed(2) : ''
    return `| ${WORKS[work]} | ${cells.join(' | ')} | ${ratio} |`
  })
  const rule = `|---|${'--:|'.repeat(sizes.length * 3)}--:|`
  return [`## ${kind}\n`, `| work | ${head} | smallest to largest |`, rule, ...lines].join('\n')
}

async function run(): Promise<void> {
  const tables: string[] = []
  for (const kind of databases) {
    await using stack = new AsyncDisposableStack()
    const places = await placesOf(kind, stack)
    if (both || values.seed) for (const [size, place] of places) await seed(kind, size, place)
    if (!both && !values.measure) continue
    const contenders = new Map<number, Contender>()
    for (const [size, kept] of places) {
      const name = `${kind}, ${size}`
      contenders.set(size, stack.use(await startOurs({ name, database: kind, kept, seeding: seedOfCrowd(size) })))
    }
    tables.push(tableOf(kind === 'sqlite' ? 'SQLite' : 'PostgreSQL', await compare(contenders)))
  }
  if (tables.length > 0) write(tables)
  if (values.clean) rmSync(values.folder, { recursive: true, force: true })
}

function write(tables: readonly string[]): void {
  const many = sizes.map((size) => size.toLocaleString('en')).join(', ')
  const text = [
    '# What growth costs\n',
    `\`npm run bench:growth\`: ${many} accounts, each with ${SESSIONS} sessions, two labels and a document. ${values.rounds} rounds of ${values.seconds} s over ${values.connections} connections, in turns; the median of the rounds. Requests come from 1,000 people all over the crowd. The target: the largest at most 1.3 times slower than the smallest.\n`,
    '| | |\n|---|---|',
    ...Object.entries(machineFacts()).map(([name, value]) => `| ${name} | ${value} |`),
    '',
    tables.join('\n\n'),
  ].join('\n')
  const folder = new URL('results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL(`${values.out}.md`, folder), `${text.trimEnd()}\n`)
  say(`Written to bench/results/${values.out}.md`)
}

await run()
