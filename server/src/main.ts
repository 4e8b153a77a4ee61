import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import manifest from '../package.json' with { type: 'json' }
import { UsageError } from './cli/command.ts'
import { commands } from './cli/commands.ts'
import { likelyName, sayHelp, sayUsage } from './cli/help.ts'
import { complain, say } from './cli/output.ts'
import { heedSignals } from './cli/signals.ts'
import { type Acting, runAs } from './platform/acting/acting.ts'

// What Node made of the sources is kept with the packages, where whoever could change it could change those, too.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/barong', import.meta.url)))

// The database, documents and exports are for this user alone.
process.umask(0o077)

const [name = 'help', ...args] = process.argv.slice(2)
const load = Object.hasOwn(commands, name) ? commands[name] : undefined
// Before anything else of the server is loaded: meanwhile a signal would end the process, whatever it means.
const signals = name === 'start' ? heedSignals() : undefined

if (['help', '--help', '-h'].includes(name)) await sayHelp(commands)
else if (name === '--version') say(manifest.version)
else if (!load) {
  const likely = likelyName(commands, name)
  complain(`There is no command ${name}.${likely ? ` Did you mean ${likely}?` : ''} \`barong help\` lists all.`)
  process.exitCode = 2
} else {
  const command = await load()
  try {
    if (args.includes('--help') || args.includes('-h')) sayUsage(command)
    else await runAs(operator(name, args), () => command.run(args, signals))
  } catch (error) {
    // It knows the errors of everything, and so loads everything: not in a process that only supervises others.
    const { explain } = await import('./cli/explain.ts')
    for (const sentence of explain(error)) complain(sentence)
    if (error instanceof UsageError) complain(`\`barong ${name} --help\` tells how it is called.`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}

/** Who acts by a command: this program, and with what; what the command is about stands in the records themselves. */
function operator(command: string, [word = '']: string[]): Acting {
  const id = /^[a-z][a-z0-9-]*$/.test(word) ? `barong ${command} ${word}` : `barong ${command}`
  return { actor: { kind: 'system', id }, address: null, user_agent: null, request_id: null }
}
