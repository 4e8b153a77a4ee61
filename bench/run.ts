// `npm run bench`: ours, floors and peers on the same work, in turns, in one run.
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BETTER_AUTH, startBetterAuth } from './contenders/better-auth.ts'
import { type Contender, WORKS, type Work } from './contenders/contender.ts'
import { startFloors } from './contenders/floors.ts'
import { glewlwydVersion, startGlewlwyd } from './contenders/glewlwyd.ts'
import { startOidcProvider } from './contenders/oidc-provider.ts'
import { startOurs } from './contenders/ours.ts'
import { type Figures, median, middleOf } from './load/figures.ts'
import { machineFacts } from './machine/machine.ts'
import { measure } from './measure.ts'
import { mixedLoads, mixedTables } from './mixed.ts'
import { rawRates } from './raw.ts'
import { type Row, tables } from './report/markdown.ts'
import { plot } from './report/svg.ts'
import { targetTable } from './report/targets.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    connections: { type: 'string', default: '1,16,64' },
    works: { type: 'string', default: Object.keys(WORKS).join(',') },
    only: { type: 'string', default: '' },
    out: { type: 'string', default: 'latest' },
  },
})
const seconds = Number(values.seconds ?? (values.quick ? 1.5 : 5))
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))
const levels = values.connections.split(',').map(Number)
const works = (Object.keys(WORKS) as Work[]).filter((work) => values.works.split(',').includes(work))

const say = (text: string) => process.stdout.write(`${text}\n`)

await using stack = new AsyncDisposableStack()
const contenders: Contender[] = []
for (const [name, start] of Object.entries({
  floors: startFloors,
  sqlite: () => startOurs({ name: 'Barong, SQLite', database: 'sqlite' }),
  workers: () =>
    startOurs({ name: 'Barong, SQLite, 2 workers', database: 'sqlite', environment: { BARONG_WORKERS: '2' } }),
  postgres: () => startOurs({ name: 'Barong, PostgreSQL', database: 'postgres' }),
  'oidc-provider': startOidcProvider,
  'better-auth': startBetterAuth,
  glewlwyd: startGlewlwyd,
})) {
  if (values.only !== '' && !values.only.split(',').includes(name)) continue
  const contender = await start()
  if (contender) contenders.push(stack.use(contender))
  say(contender ? `${contender.name} is ready` : `${name} cannot be installed here and is left out`)
}

/** Seconds of each work before it is measured: servers differ in how much of them is to be compiled by then, and none is asked for the first time. */
const WARM = 2

const rows: Row[] = []
for (const work of works) {
  for (const contender of contenders) await measure(contender, { work, connections: 16, seconds: WARM })
  for (const connections of levels) {
    const measured = new Map<Contender, (Figures & { generator: number })[]>()
    for (let round = 0; round < rounds; round += 1)
      for (const contender of contenders) {
        const figures = await measure(contender, { work, connections, seconds })
        if (figures) measured.set(contender, [...(measured.get(contender) ?? []), figures])
      }
    for (const [contender, all] of measured) {
      const generator = median(all.map((figures) => figures.generator))
      const row = { work, connections, contender, figures: middleOf(all), generator }
      rows.push(row)
      const { rate, p50, p99 } = row.figures
      say(
        `${WORKS[work]} × ${connections}: ${contender.name} ${Math.round(rate)}/s, p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)} ms`,
      )
    }
  }
}

const mixed =
  works.includes('sign_in') && works.includes('read')
    ? await mixedLoads(contenders, seconds)
    : { readers: [], crowds: [] }
const facts = { ...machineFacts(), 'better-auth': BETTER_AUTH, Glewlwyd: glewlwydVersion(), ...(await rawRates()) }
const ours = contenders.filter(({ kind }) => kind === 'ours')
const starts = Object.fromEntries(ours.map(({ name, ready_after = 0 }) => [name, ready_after]))
const report = [
  '# What was measured\n',
  `\`npm run bench\`: ${rounds} round${rounds === 1 ? '' : 's'} of ${seconds} s for each cell, in turns; the median of the rounds; ${WARM} s of the same work came before. Generator, servers and databases shared this machine.\n`,
  '| | |\n|---|---|',
  ...Object.entries(facts).map(([name, value]) => `| ${name} | ${value} |`),
  `\n${targetTable(rows, mixed, starts)}`,
  `\n${tables(rows)}`,
  mixedTables(mixed),
].join('\n')
const folder = new URL('results/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL(`${values.out}.md`, folder), `${report.trimEnd()}\n`)
writeFileSync(new URL(`${values.out}.svg`, folder), plot(rows, levels.includes(16) ? 16 : (levels[0] ?? 1)))
say(`Written to bench/results/${values.out}.md and .svg`)
