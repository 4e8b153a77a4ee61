import type { Deps } from '../deps.ts'
import { countUnderFormerKeys, rotateMasterKey } from '../features/master-keys/master-keys.ts'
import { KEYS_CACHED, revokeSigningKey, rotateSigningKeys } from '../features/signing-keys/signing-keys.ts'
import { listSigningKeys } from '../features/signing-keys/store.ts'
import { parseIso } from '../lib/clock.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { say } from './output.ts'

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

/** `barong key list|rotate|revoke`: the keys that sign tokens; `barong key rotate-master`: what everything is sealed under. */
export const key: Command = {
  summary: 'List the keys that sign tokens, let new ones follow, revoke one, or go over to another master key',
  usage: ['key list', 'key rotate [--algorithm RS256|ES256|EdDSA]', 'key revoke KID --yes', 'key rotate-master'],
  run: async (args) => {
    const options = { algorithm: { type: 'string' }, yes: { type: 'boolean' } } as const
    const { words, values } = readArguments(idsLast(args), options, 2)
    const [action = 'list', kid] = words
    if (action !== 'list' && action !== 'rotate' && action !== 'revoke' && action !== 'rotate-master')
      throw new UsageError(`There is no \`key ${action}\`.`)
    const algorithm = ALGORITHMS.find((known) => known === values.algorithm)
    if (values.algorithm !== undefined && !algorithm)
      throw new UsageError(`--algorithm is one of ${ALGORITHMS.join(', ')}.`)
    if (action === 'revoke' && kid === undefined)
      throw new UsageError('`key revoke` needs the id of a key; `key list` names them.')
    if (action === 'revoke' && !values.yes)
      throw new UsageError('`key revoke` signs out whoever has a token of the key; say --yes.')
    if (action !== 'revoke' && kid !== undefined) throw new UsageError(`\`key ${action}\` takes no further word.`)
    await using deps = await wire(loadConfig(processEnvironment()))
    if (action === 'rotate-master') {
      await rotateMaster(deps)
      return
    }
    if (action === 'rotate') {
      await rotateSigningKeys(deps, algorithm)
      await deps.keys.refresh()
      say(`New keys are published; they sign in ${deps.config.values.KEY_PUBLISHED_AHEAD} seconds.`)
    }
    if (kid !== undefined) {
      await revokeSigningKey(deps, kid)
      await deps.keys.refresh()
      say(`${kid} is revoked, and with it every token it signed. Other processes follow within 20 seconds.`)
      say(
        `Verifiers elsewhere may keep the published keys for ${KEYS_CACHED} seconds, or longer where they do so of their own accord.`,
      )
    }
    for (const line of await lines(deps)) say(line)
  },
}

/** An id of a key (RFC 7638: base64url of a SHA-256) may begin with a dash, as options do, and is read as it is behind `--`. */
function idsLast(args: readonly string[]): string[] {
  const isId = (arg: string) => /^[\w-]{43}$/.test(arg)
  return [...args.filter((arg) => !isId(arg)), '--', ...args.filter(isId)]
}

/** Each key with what it does: it signs, it will, or it only verifies what it signed. */
async function lines({ db, clock, keys }: Deps): Promise<string[]> {
  const signing = new Set(ALGORITHMS.map((known) => keys.current(known).kid))
  const starts = new Map((await listSigningKeys(db)).map(({ kid, active_from }) => [kid, active_from]))
  const stateOf = (kid: string): string => {
    const start = starts.get(kid)
    if (signing.has(kid)) return 'signs'
    return start !== undefined && parseIso(start) > clock.now() ? `will sign from ${start}` : 'verifies only'
  }
  return keys.all().map(({ kid, algorithm }) => `${kid}  ${algorithm.padEnd(5)}  ${stateOf(kid)}`)
}

async function rotateMaster(deps: Deps): Promise<void> {
  const sealed = await rotateMasterKey(deps, ({ place, done, total }) => say(`${place}: ${done} of ${total}`))
  const left = await countUnderFormerKeys(deps)
  say(`${sealed} values were sealed anew under the master key ${deps.ring.id}.`)
  if (left > 0)
    say(`${left} more came under a former key meanwhile: give all servers the new key first, then run this again.`)
  else say('Nothing is sealed under another one.')
}
