import { exportAccounts } from '../features/imports/imports.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { complain } from './output.ts'

/** `barong export`: everybody, for another installation or another program. */
export const exportCommand: Command = {
  summary: 'Write all accounts with their password hashes and second factors to a file',
  usage: ['export accounts <file.ndjson>', 'export accounts -'],
  run: async (args) => {
    const { words } = readArguments(args, {}, 2)
    const [what, file] = words
    if (what !== 'accounts') throw new UsageError(what ? `There is no \`export ${what}\`.` : 'What to export?')
    if (file === undefined) throw new UsageError('`export accounts` needs a file, or - for standard output.')
    await using deps = await wire(loadConfig(processEnvironment()))
    const count = await exportAccounts(deps, file)
    complain(`${count} accounts were written. The file holds secrets: keep it closed, and delete it when it is used.`)
  },
}
