import { parseArgs } from 'node:util'
import { rotateSigningKeys } from '../features/signing-keys/signing-keys.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import type { Command } from './command.ts'
import { say } from './output.ts'

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

/** `barong key list|rotate`: the keys that sign tokens. */
export const key: Command = {
  summary: 'List the keys that sign tokens, or let new ones follow',
  usage: 'key list | key rotate [--algorithm RS256|ES256|EdDSA]',
  run: async (args) => {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { algorithm: { type: 'string' } },
    })
    const algorithm = ALGORITHMS.find((known) => known === values.algorithm)
    if (values.algorithm !== undefined && !algorithm) throw new Error(`--algorithm is one of ${ALGORITHMS.join(', ')}.`)
    await using deps = await wire(loadConfig(processEnvironment()))
    if (positionals[0] === 'rotate') {
      await rotateSigningKeys(deps, algorithm)
      await deps.keys.refresh()
      say(`New keys are published; they sign in ${deps.config.values.KEY_PUBLISHED_AHEAD} seconds.`)
    } else if (positionals[0] !== 'list') {
      throw new Error('Say `barong key list` or `barong key rotate`.')
    }
    const signing = new Set(ALGORITHMS.map((known) => deps.keys.current(known).kid))
    for (const { kid, algorithm } of deps.keys.all())
      say(`${kid}  ${algorithm.padEnd(5)}  ${signing.has(kid) ? 'signs' : ''}`)
  },
}
