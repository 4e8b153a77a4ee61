import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Signals } from './signals.ts'

/** One command of the command line. */
export interface Command {
  /** What it does, in a line of the help. */
  summary: string
  /** How it is called, after `barong`; one line for each form. */
  usage: readonly string[]
  /**
   * Resolves when it is done; a thrown error ends the program with status 1, a `UsageError` with 2. `signals` are heeded for who
   * serves; others end as the system ends them.
   */
  run(args: string[], signals?: Signals): Promise<void>
}

/** The command was called in a way it does not know; its message is one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads options and, up to `words`, plain words; throws a `UsageError` for anything else. */
export function readArguments<const O extends ParseArgsOptionsConfig>(args: string[], options: O, words = 0) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: words > 0, strict: true })
    if (positionals.length <= words) return { values, words: positionals }
  } catch (error) {
    throw new UsageError(error instanceof Error ? `${error.message.split('. ')[0]}.` : 'The arguments are wrong.')
  }
  throw new UsageError(words === 1 ? 'At most one word is expected.' : `At most ${words} words are expected.`)
}
