import type { Command } from './command.ts'
import type { commands } from './commands.ts'
import { say } from './output.ts'

type Commands = typeof commands

/** Lists what there is to do. */
export async function sayHelp(commands: Commands): Promise<void> {
  const width = Math.max(...Object.keys(commands).map((name) => name.length))
  say('Usage: barong <command>\n')
  for (const [name, load] of Object.entries(commands)) say(`  ${name.padEnd(width)}  ${(await load()).summary}`)
  say('\n`barong <command> --help` tells more. Settings come from the environment: docs/reference/configuration.md.')
}

/** Tells how one command is called. */
export function sayUsage({ summary, usage }: Command): void {
  say(`${summary}.\n`)
  for (const [index, form] of usage.entries()) say(`${index === 0 ? 'Usage:' : '      '} barong ${form}`)
}

/** The known name that was probably meant: it begins alike. */
export const likelyName = (commands: Commands, name: string): string | undefined =>
  Object.keys(commands).find((known) => known.startsWith(name.slice(0, 2)) && name.length > 1)
