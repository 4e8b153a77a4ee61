/** One command of the command line. */
export interface Command {
  /** What it does, in a line of the help. */
  summary: string
  /** How it is called, after `barong`. */
  usage: string
  /** Resolves when it is done; a thrown error ends the program with status 1. */
  run(args: string[]): Promise<void>
}
