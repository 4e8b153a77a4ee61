import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments } from './command.ts'
import { say } from './output.ts'
import { plantFromFile } from './seeding.ts'

/** `barong seed`: makes what is missing of SEEDS_FILE, and prints what it made as JSON. */
export const seed: Command = {
  summary: 'Make the levels, accounts and applications of SEEDS_FILE that are missing',
  usage: ['seed'],
  run: async (args) => {
    readArguments(args, {})
    await using deps = await wire(loadConfig(processEnvironment()))
    say(JSON.stringify(await plantFromFile(deps), null, 2))
  },
}
