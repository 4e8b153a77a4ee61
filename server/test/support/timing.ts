/** How the times of two kinds of calls differ. */
export interface TimeDifference {
  /** How likely ranks this far apart are by chance, where the two do not differ (Mann-Whitney, normal approximation). */
  p: number
  /** Of the second kind against the first; milliseconds. */
  median: number
}

type Work = (index: number) => Promise<unknown>

/** Calls both in turns, several pairs at a time, so that what slows the machine down slows both. */
export async function compareTimes(pairs: number, at_once: number, first: Work, second: Work): Promise<TimeDifference> {
  const times: [first: number[], second: number[]] = [[], []]
  let next = 0
  const measure = async (work: Work, index: number, into: number[]) => {
    const started = performance.now()
    await work(index)
    into.push(performance.now() - started)
  }
  const lane = async () => {
    while (next < pairs) {
      const index = next++
      const turns: [Work, number[]][] = [
        [first, times[0]],
        [second, times[1]],
      ]
      if (index % 2 === 1) turns.reverse()
      for (const [work, into] of turns) await measure(work, index, into)
    }
  }
  await Promise.all(Array.from({ length: at_once }, lane))
  return { p: mannWhitney(...times), median: medianOf(times[1]) - medianOf(times[0]) }
}

/** Whether somebody who measures learns from such a difference: it is no chance, and more than a network hides. */
export const tells = ({ p, median }: TimeDifference, bound: number): boolean => p < 0.001 && Math.abs(median) > bound

function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const wins = a.reduce((sum, x) => sum + b.filter((y) => x > y).length + b.filter((y) => x === y).length / 2, 0)
  const mean = (a.length * b.length) / 2
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  return 2 * (1 - normal(Math.abs(wins - mean) / deviation))
}

/** The standard normal distribution function, to four places or better (Abramowitz and Stegun, 26.2.17). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const tail = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153].reduce((sum, c) => (sum + c) * t, 0)
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return ((sorted[middle] ?? 0) + (sorted[Math.ceil(sorted.length / 2 - 0.5)] ?? 0)) / 2
}
