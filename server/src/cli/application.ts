import { readFileSync } from 'node:fs'
import type { Deps } from '../deps.ts'
import {
  createApplication,
  GRANTS,
  listApplications,
  SCOPES,
  unknownScope,
} from '../features/applications/applications.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import type { Application } from '../platform/db/schema.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { say, sayFacts } from './output.ts'

const OPTIONS = {
  name: { type: 'string' },
  'redirect-uri': { type: 'string', multiple: true },
  scopes: { type: 'string' },
  grant: { type: 'string', multiple: true },
  'skip-consent': { type: 'boolean' },
  public: { type: 'boolean' },
  jwks: { type: 'string' },
  'jwks-uri': { type: 'string' },
} as const

/** The grants by what they are called here: the last part of a long name is enough. */
const GRANT_OF = new Map(GRANTS.map((grant) => [grant.split(':').at(-1) ?? grant, grant] as const))
const GRANT_NAMES = [...GRANT_OF.keys()].join(', ')

type Options = ReturnType<typeof readArguments<typeof OPTIONS>>['values']

/** `barong application`: the applications people sign in through. */
export const application: Command = {
  summary: 'List the applications people sign in through, or add one',
  usage: [
    'application list',
    'application create --name <name> --redirect-uri <uri>… [--scopes "<scope> …"] [--skip-consent]',
    'application create … [--grant authorization_code|refresh_token|client_credentials|device_code]…',
    'application create … --public   (a page or an app, which could not keep a secret)',
    'application create … --jwks <file with its public keys> | --jwks-uri <where it publishes them>',
  ],
  run: async (args) => {
    const { values, words } = readArguments(args, OPTIONS, 1)
    const [action = 'list'] = words
    if (action !== 'list' && action !== 'create') throw new UsageError(`There is no \`application ${action}\`.`)
    await using deps = await wire(loadConfig(processEnvironment()))
    if (action === 'list') for (const one of await listApplications(deps.db)) say(line(one))
    else await create(deps, values)
  },
}

async function create(deps: Deps, options: Options) {
  const {
    name,
    'redirect-uri': uris = [],
    scopes: scope,
    grant = [],
    'skip-consent': skipauth,
    public: isPublic,
    jwks: file,
    'jwks-uri': jwks_uri,
  } = options
  const grants = grant.map(grantOf)
  const isForPeople = grants.length === 0 || grants.includes('authorization_code')
  if (!name || (isForPeople && uris.length === 0))
    throw new UsageError('An application needs --name and at least one --redirect-uri.')
  const scopes = scope === undefined ? undefined : scopesOf(scope)
  const grant_types = grants.length === 0 ? undefined : grants.join(' ')
  const jwks = file === undefined ? undefined : readKeys(file)
  const made = await createApplication(deps, {
    name,
    redirect_uri: uris.join('\n'),
    scopes,
    grant_types,
    skipauth,
    public: isPublic,
    jwks,
    jwks_uri,
  })
  const { application, secret } = made
  if (secret === undefined) {
    say(`The application was added. It ${isPublic ? 'has no secret' : 'proves who it is by its keys'}:\n`)
    sayFacts(factsOf(application))
  } else {
    say('The application was added. Its secret is shown only now:\n')
    sayFacts({ ...factsOf(application), Secret: secret })
  }
}

function grantOf(name: string): string {
  const grant = GRANT_OF.get(name) ?? GRANTS.find((known) => known === name)
  if (grant === undefined) throw new UsageError(`There is no grant ${name}; there are ${GRANT_NAMES}.`)
  return grant
}

function scopesOf(text: string): string {
  const words = text.split(/\s+/).filter((word) => word !== '')
  const unknown = unknownScope(words)
  if (unknown !== undefined) throw new UsageError(`There is no scope ${unknown}; there are ${SCOPES.join(', ')}.`)
  return words.join(' ')
}

const factsOf = ({ name, uid, redirect_uri, scopes, grant_types }: Application) => ({
  Name: name,
  Id: uid,
  'Redirect URIs': redirect_uri.split('\n').join(' ') || 'none',
  Scopes: scopes || 'any',
  Grants: grant_types,
})

const line = (application: Application): string => {
  const { Name, Id, Scopes, Grants, 'Redirect URIs': uris } = factsOf(application)
  return `${Id}  ${Name}  redirects: ${uris}  scopes: ${Scopes}  grants: ${Grants}`
}

/** A JWK Set of a file. */
function readKeys(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new UsageError(`--jwks: ${file} is no file with a JWK Set.`, { cause })
  }
}
