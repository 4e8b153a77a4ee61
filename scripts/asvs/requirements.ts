import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How a requirement stands: `operator` is theirs to do, `none` does not apply here. */
const VERDICTS = ['met', 'partly', 'operator', 'unmet', 'none'] as const
export type Verdict = (typeof VERDICTS)[number]

/** A requirement of ASVS 5.0 in our own words, and what we say of it. */
export interface Requirement {
  id: string
  level: number
  asks: string
  verdict: Verdict
  /** How it is met, or why it is not. */
  how: string
}

export interface Chapter {
  /** Number and name. */
  title: string
  requirements: Requirement[]
}

/** The chapters, in order; two lines for each requirement. */
export const readChapters = (): Chapter[] =>
  readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => parseChapter(name, readFileSync(join(import.meta.dirname, name), 'utf8')))

/** Reads `# title`, then `<id> L<level> <what it asks>` and, indented, `<verdict>: <how>`. Throws at anything else. */
export function parseChapter(name: string, text: string): Chapter {
  const [heading = '', ...lines] = text.trimEnd().split('\n')
  const requirements: Requirement[] = []
  for (let at = 0; at < lines.length; at += 2) requirements.push(parseRequirement(name, lines[at], lines[at + 1]))
  return { title: heading.replace(/^# /, ''), requirements }
}

function parseRequirement(name: string, first = '', second = ''): Requirement {
  const [, id, level, asks] = /^(\d+\.\d+\.\d+) L([123]) (.+)$/.exec(first) ?? []
  const [, word, how] = /^ {2}(\w+): (.+)$/.exec(second) ?? []
  const verdict = VERDICTS.find((known) => known === word)
  if (!id || !asks || !how || !verdict) throw new Error(`${name}: ${first} / ${second} is no requirement`)
  return { id, level: Number(level), asks, verdict, how }
}
