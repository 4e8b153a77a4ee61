import { readFileSync } from 'node:fs'
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
  jwks: { type: 'string' },
  'jwks-uri': { type: 'string' },
} as const

type Options = ReturnType<typeof readArguments<typeof OPTIONS>>['values']

/** `barong application`: the applications people sign in through. */
export const application: Command = {
  summary: 'List the applications people sign in through, or add one',
  usage: [
    'application list',
    'application create --name <name> --redirect-uri <uri>… [--scopes "<scope> …"] [--skip-consent]',
    'application create … --jwks <file with its public keys> | --jwks-uri <where it publishes them>',
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

async function create(deps: Deps, options: Options) {
  const {
    name,
    'redirect-uri': uris = [],
    scopes,
    'skip-consent': skipauth,
    jwks: file,
    'jwks-uri': jwks_uri,
  } = options
  if (!name || uris.length === 0) throw new UsageError('An application needs --name and at least one --redirect-uri.')
  const jwks = file === undefined ? undefined : readKeys(file)
  const made = await createApplication(deps, { name, redirect_uri: uris.join('\n'), scopes, skipauth, jwks, jwks_uri })
  const { application, secret } = made
  if (secret === undefined) {
    say('The application was added. It proves who it is by its keys:\n')
    sayFacts({ Name: application.name, Id: application.uid })
  } else {
    say('The application was added. Its secret is shown only now:\n')
    sayFacts({ Name: application.name, Id: application.uid, Secret: secret })
  }
}

/** A JWK Set of a file. */
function readKeys(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new UsageError(`--jwks: ${file} is no file with a JWK Set.`, { cause })
  }
}
