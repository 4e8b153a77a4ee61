import { commands } from './cli/commands.ts'
import { complain, say } from './cli/output.ts'
import { ConfigError } from './platform/config/config.ts'

const [name = 'help', ...args] = process.argv.slice(2)
const command = commands[name]

if (command) {
  try {
    await command.run(args)
  } catch (error) {
    explain(error)
    process.exitCode = 1
  }
} else {
  for (const [known, { usage, summary }] of Object.entries(commands))
    say(`barong ${(usage || known).padEnd(40)} ${summary}`)
  process.exitCode = name === 'help' ? 0 : 2
}

function explain(error: unknown): void {
  if (error instanceof ConfigError) for (const sentence of error.sentences) complain(sentence)
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error))
}
