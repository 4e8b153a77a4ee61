import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A test that says above it which requirements it shows. */
export interface Shown {
  ids: readonly string[]
  /** From the root of the repository. */
  file: string
  /** Of its suite and its own. */
  title: string
}

const TESTS = ['server/**/*.test.ts', 'sdk/**/*.test.ts', 'web/**/*.test.ts', 'scripts/**/*.test.ts']
const MARK = /^\s*\/\/ ASVS ([\d., ]+)$/
const TEST = /^\s*test\(\s*(['"`])(.+?)\1/
const SUITE = /^(?:describe|onEachDatabase)\(\s*(['"`])(.+?)\1/

/** Every annotation of the repository's tests. Throws where one stands above no test. */
export const readAnnotations = (root: string): Shown[] =>
  TESTS.flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] }))
    .sort()
    .flatMap((file) => annotationsOf(file, readFileSync(join(root, file), 'utf8')))

/** The annotations of one test file. */
export function annotationsOf(file: string, text: string): Shown[] {
  const lines = text.split('\n')
  let suite = ''
  return lines.flatMap((line, at) => {
    suite = SUITE.exec(line)?.[2] ?? suite
    const marked = MARK.exec(line)?.[1]
    if (marked === undefined) return []
    const title = TEST.exec(`${lines[at + 1]}${lines[at + 2]}`)?.[2]
    if (title === undefined) throw new Error(`${file}:${at + 1}: no test stands below "${line.trim()}"`)
    const isInSuite = /^\s/.test(line) && suite !== ''
    return [{ ids: marked.split(/[, ]+/), file, title: isInSuite ? `${suite}: ${title}` : title }]
  })
}
