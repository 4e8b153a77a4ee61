/** Whole numbers as text: `1-3,7`. They must be sorted. */
export function toRanges(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = []
  for (const number of numbers) {
    const range = ranges.at(-1)
    if (range && number === range[1] + 1) range[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

/** The numbers of such a text, at most `limit`; `undefined` when it is none or names more. */
export function fromRanges(text: string, limit: number): number[] | undefined {
  const numbers: number[] = []
  for (const range of text === '' ? [] : text.split(',')) {
    const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(range)
    if (!match) return undefined
    const first = Number(match[1])
    const last = Number(match[2] ?? first)
    if (last < first || numbers.length + last - first >= limit) return undefined
    for (let number = first; number <= last; number += 1) numbers.push(number)
  }
  return numbers
}
