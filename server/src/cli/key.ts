import { rotateSigningKeys } from '../features/signing-keys/signing-keys.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { say } from './output.ts'

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

/** `barong key list|rotate`: the keys that sign tokens. */
export const key: Command = {
  summary: 'List the keys that sign tokens, or let new ones follow',
  usage: ['key list', 'key rotate [--algorithm RS256|ES256|EdDSA]'],
  run: async (args) => {
    const { words, values } = readArguments(args, { algorithm: { type: 'string' } }, 1)
    const [action = 'list'] = words
    if (action !== 'list' && action !== 'rotate') throw new UsageError(`There is no \`key ${action}\`.`)
    const algorithm = ALGORITHMS.find((known) => known === values.algorithm)
    if (values.algorithm !== undefined && !algorithm)
      throw new UsageError(`--algorithm is one of ${ALGORITHMS.join(', ')}.`)
    await using deps = await wire(loadConfig(processEnvironment()))
    if (action === 'rotate') {
      await rotateSigningKeys(deps, algorithm)
      await deps.keys.refresh()
      say(`New keys are published; they sign in ${deps.config.values.KEY_PUBLISHED_AHEAD} seconds.`)
    }
    const signing = new Set(ALGORITHMS.map((known) => deps.keys.current(known).kid))
    for (const { kid, algorithm } of deps.keys.all())
      say(`${kid}  ${algorithm.padEnd(5)}  ${signing.has(kid) ? 'signs' : ''}`)
  },
}
