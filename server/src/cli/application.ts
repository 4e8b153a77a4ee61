import type { Deps } from '../deps.ts'
import { createApplication, listApplications } from '../features/applications/applications.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { say, sayFacts } from './output.ts'

const OPTIONS = {
  name: { type: 'string' },
  'redirect-uri': { type: 'string', multiple: true },
  scopes: { type: 'string' },
  'skip-consent': { type: 'boolean' },
} as const

type Options = ReturnType<typeof readArguments<typeof OPTIONS>>['values']

/** `barong application`: the applications people sign in through. */
export const application: Command = {
  summary: 'List the applications people sign in through, or add one',
  usage: [
    'application list',
    'application create --name <name> --redirect-uri <uri>… [--scopes "<scope> …"] [--skip-consent]',
  ],
  run: async (args) => {
    const { values, words } = readArguments(args, OPTIONS, 1)
    const [action = 'list'] = words
    if (action !== 'list' && action !== 'create') throw new UsageError(`There is no \`application ${action}\`.`)
    await using deps = await wire(loadConfig(processEnvironment()))
    if (action === 'list') for (const { uid, name } of await listApplications(deps.db)) say(`${uid}  ${name}`)
    else await create(deps, values)
  },
}

async function create(deps: Deps, { name, 'redirect-uri': uris = [], scopes, 'skip-consent': skipauth }: Options) {
  if (!name || uris.length === 0) throw new UsageError('An application needs --name and at least one --redirect-uri.')
  const made = await createApplication(deps, { name, redirect_uri: uris.join('\n'), scopes, skipauth })
  say('The application was added. Its secret is shown only now:\n')
  sayFacts({ Name: made.application.name, Id: made.application.uid, Secret: made.secret })
}
