import { parseArgs } from 'node:util'
import {
  addEndpoint,
  type EndpointView,
  readEndpoints,
  removeEndpoint,
  rotateEndpointSecret,
  switchEndpoint,
} from '../features/webhooks/webhooks.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import type { Command } from './command.ts'
import { say } from './output.ts'

const USAGE = 'webhook list|add|rotate|enable|disable|remove [URL|UID] [--events PATTERN,…] [--description TEXT]'

/** `barong webhook …`: the endpoints that events are posted to. */
export const webhook: Command = {
  summary: 'List, add, rotate the secret of, switch and remove webhook endpoints',
  usage: USAGE,
  run: async (args) => {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { events: { type: 'string', default: '*' }, description: { type: 'string', default: '' } },
    })
    const [action, subject = ''] = positionals
    await using deps = await wire(loadConfig(processEnvironment()))
    switch (action) {
      case 'list':
        for (const endpoint of await readEndpoints(deps)) say(line(endpoint))
        return
      case 'add': {
        const events = values.events.split(',').map((pattern) => pattern.trim())
        const { endpoint, secret } = await addEndpoint(deps, { url: subject, events, description: values.description })
        say(line(endpoint))
        return say(`Its secret, shown this once: ${secret}`)
      }
      case 'rotate': {
        const { secret } = await rotateEndpointSecret(deps, subject)
        return say(`The new secret, shown this once: ${secret}\nThe former one signs as well for a day.`)
      }
      case 'enable':
      case 'disable':
        return say(line(await switchEndpoint(deps, subject, action === 'enable')))
      case 'remove':
        return removeEndpoint(deps, subject)
      default:
        throw new Error(`Say \`barong ${USAGE}\`.`)
    }
  },
}

const line = ({ uid, url, events, disabled_at, description }: EndpointView): string =>
  [uid, disabled_at === null ? 'on ' : 'off', url, events.join(','), description].join('  ')
