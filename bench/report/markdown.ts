import { type Contender, WORKS, type Work } from '../contenders/contender.ts'
import { boundOf, type Figures } from '../load/figures.ts'

/** One line of a report. */
export interface Row {
  work: Work
  connections: number
  contender: Pick<Contender, 'name' | 'kind'>
  figures: Figures
  generator: number
}

const HEAD =
  '| server | connections | per second | of the floor | p50 ms | p99 ms | CPU ms | database CPU ms | MiB, its own | errors | bound by |'
const RULE = '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|'

/** The rows as a table for each piece of work; ratios are to the bare route of the same run. */
export const tables = (rows: readonly Row[]): string =>
  (Object.keys(WORKS) as Work[])
    .map((work) => rows.filter((row) => row.work === work))
    .filter((group) => group.length > 0)
    .map((group) => [`## ${titleOf(group)}\n`, HEAD, RULE, ...group.map((row) => lineOf(row, rows))].join('\n'))
    .join('\n\n')

const titleOf = ([row]: readonly Row[]): string => (row ? WORKS[row.work] : '')

function lineOf(row: Row, rows: readonly Row[]): string {
  const { contender, connections, figures, generator } = row
  const ratio = ratioToFloor(row, rows)
  const cells = [
    contender.kind === 'ours' ? `**${contender.name}**` : contender.name,
    connections,
    Math.round(figures.rate).toLocaleString('en'),
    ratio === undefined || contender.kind === 'floor' ? '' : `${Math.round(ratio * 100)} %`,
    figures.p50.toFixed(2),
    figures.p99.toFixed(2),
    figures.cpu.toFixed(2),
    figures.database_cpu === 0 ? '' : figures.database_cpu.toFixed(2),
    `${Math.round(figures.memory)}, ${Math.round(figures.own_memory)}`,
    figures.errors || '',
    boundOf(figures, generator),
  ]
  return `| ${cells.join(' | ')} |`
}

/** The row's rate over that of the bare route under the same load. */
function ratioToFloor({ work, connections, figures }: Row, rows: readonly Row[]): number | undefined {
  const floor = rows.find(
    (row) => row.contender.kind === 'floor' && row.work === work && row.connections === connections,
  )
  return floor && figures.rate / floor.figures.rate
}
