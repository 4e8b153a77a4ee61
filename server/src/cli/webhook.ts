import {
  addEndpoint,
  changeEndpoint,
  countUnsent,
  type EndpointView,
  readEndpoints,
  removeEndpoint,
  rotateEndpointSecret,
} from '../features/webhooks/webhooks.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { say } from './output.ts'

/** `barong webhook …`: the endpoints that events are posted to. */
export const webhook: Command = {
  summary: 'List, add, switch and remove the endpoints that events are posted to',
  usage: [
    'webhook list',
    'webhook add URL [--events PATTERN,PATTERN] [--description TEXT]',
    'webhook rotate|enable|disable UID',
    'webhook remove UID --yes',
  ],
  run: async (args) => {
    const { words, values } = readArguments(
      args,
      {
        events: { type: 'string', default: '*' },
        description: { type: 'string', default: '' },
        yes: { type: 'boolean' },
      },
      2,
    )
    const [action = 'list', subject] = words
    if (!['list', 'add', 'rotate', 'enable', 'disable', 'remove'].includes(action))
      throw new UsageError(`There is no \`webhook ${action}\`.`)
    if (action !== 'list' && subject === undefined)
      throw new UsageError(`\`webhook ${action}\` needs ${action === 'add' ? 'a URL' : 'the uid of an endpoint'}.`)
    await using deps = await wire(loadConfig(processEnvironment()))
    if (subject === undefined) {
      for (const endpoint of await readEndpoints(deps)) say(line(endpoint))
    } else if (action === 'add') {
      const events = values.events.split(',').map((pattern) => pattern.trim())
      const { endpoint, secret } = await addEndpoint(deps, { url: subject, events, description: values.description })
      say(line(endpoint))
      say(`Its secret, shown this once: ${secret}`)
    } else if (action === 'rotate') {
      const { secret } = await rotateEndpointSecret(deps, subject)
      say(`The new secret, shown this once: ${secret}`)
      say('The former one signs as well for a day.')
    } else if (action === 'remove') {
      const unsent = await countUnsent(deps, subject)
      if (!values.yes)
        throw new UsageError(`\`webhook remove\` drops ${unsent} deliveries that were not sent; say --yes.`)
      await removeEndpoint(deps, subject)
      say(`It is removed, and ${unsent} deliveries that were not sent with it.`)
    } else {
      say(line(await changeEndpoint(deps, subject, { enabled: action === 'enable' })))
    }
  },
}

const line = ({ uid, url, events, disabled_at, description }: EndpointView): string =>
  [uid, disabled_at === null ? 'on ' : 'off', url, events.join(','), description].join('  ').trimEnd()
