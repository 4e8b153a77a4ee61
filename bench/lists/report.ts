/** Milliseconds of each list, by its name: of the small number of accounts, and of the large one. */
export type Measured = Record<string, readonly [number, number]>

/** Below a millisecond a request is mostly what is the same for all of them, and the clock's own error. */
const FLOOR = 1

/** The table of one database. */
export function table(kind: string, [small, large]: readonly [string, string], measured: Measured): string[] {
  const rows = Object.entries(measured).map(
    ([name, [before, after]]) => `| ${name} | ${before.toFixed(1)} | ${after.toFixed(1)} | ${ratio(before, after)} |`,
  )
  return [`## ${kind}`, '', `| list | ${small} | ${large} | ratio |`, '|---|---|---|---|', ...rows, '']
}

const ratio = (before: number, after: number) => (Math.max(after, FLOOR) / Math.max(before, FLOOR)).toFixed(1)
