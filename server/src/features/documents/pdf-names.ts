/** Finds the names whole, each character as it is or as `#` and two hexadecimal digits (ISO 32000-2, 7.3.5). */
export function named(names: readonly string[]): RegExp {
  const spelled = names.map((name) => [...name].map(spelling).join(''))
  return new RegExp(`/(?:${spelled.join('|')})(?=[\\s\\0()<>[\\]{}/%]|$)`)
}

/** How often names that `named` looks for stand in the text. */
export const occurrences = (name: RegExp, text: string): number => text.match(new RegExp(name, 'g'))?.length ?? 0

/** What stands behind each of the names, without white space and comments before it. */
export function valuesOf(name: RegExp, text: string, length: number): string[] {
  return [...text.matchAll(new RegExp(name, 'g'))].map(({ index, 0: found }) =>
    text.slice(index + found.length, index + found.length + length).replace(/^(?:[\s\0]|%[^\r\n]*)+/, ''),
  )
}

function spelling(character: string): string {
  const digits = [...character.charCodeAt(0).toString(16)]
  return `(?:${character}|#${digits.map((digit) => `[${digit}${digit.toUpperCase()}]`).join('')})`
}
