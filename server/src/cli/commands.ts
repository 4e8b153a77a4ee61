import type { Command } from './command.ts'
import { start } from './start.ts'

/** Every command by its name. */
export const commands: Readonly<Record<string, Command>> = { start }
