import { parameters, titles } from '../generated/parameters.ts'

/** What was said of single parameters, by their names. */
export type Fields = Readonly<Record<string, readonly string[]>>

const wordsOf = (name: string): string => name.replaceAll('_', ' ').toLowerCase()
let names: ReadonlyMap<string, string> | undefined
let beginning: string | undefined

/** Sorts what the server said by the parameters that it begins with; what is about none of them is left out. */
export function fieldsOf(said: unknown): Fields {
  if (typeof said === 'object' && said !== null && !Array.isArray(said)) return listsOf(said)
  const fields: Record<string, string[]> = {}
  for (const sentence of [said].flat().flatMap((text) => (typeof text === 'string' ? apart(text) : []))) {
    const name = parameterOf(sentence)
    if (name !== undefined) fields[name] = [...(fields[name] ?? []), sentence]
  }
  return fields
}

/** The labels' way: lists by names. */
function listsOf(said: object): Fields {
  const lists = Object.entries(said).map(([name, texts]): [string, string[]] => [
    name,
    [texts].flat().filter((text): text is string => typeof text === 'string'),
  ])
  return Object.fromEntries(lists.filter(([, texts]) => texts.length > 0))
}

const parameterOf = (sentence: string): string | undefined => {
  const [start = ''] = new RegExp(`^${beginnings()}`, 'i').exec(sentence) ?? []
  return known().get(wordsOf(start))
}

/** The server joins sentences by commas, and as prose does. */
function apart(text: string): string[] {
  return text.split(new RegExp(`(?:, and |, | and )(?=${beginnings()})`, 'i'))
}

function known(): ReadonlyMap<string, string> {
  names ??= new Map([
    ...parameters.map((name): [string, string] => [wordsOf(name), name]),
    ...Object.entries(titles).map(([title, name]): [string, string] => [wordsOf(title), name]),
  ])
  return names
}

/** Where in a parameter a fault is: `redirect_uris[0]`, `jwks.keys[0].kty`. */
const INNER = '(?:\\[\\d+\\]|\\.\\w+)*'

/** Longer names first, so that `Email Change Token` is not about `Email`. */
function beginnings(): string {
  const longest = [...known().keys()].toSorted((one, other) => other.length - one.length)
  beginning ??= `(?:${longest.map((words) => words.replaceAll(' ', '[ _]')).join('|')})(?=${INNER} )`
  return beginning
}
