import { readFileSync } from 'node:fs'
import type { Deps } from '../deps.ts'
import {
  changeApplication,
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
  resource: { type: 'string', multiple: true },
  tokens: { type: 'string' },
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
  summary: 'List the applications people sign in through, add one, or change what one may do',
  usage: [
    'application list',
    'application create --name <name> --redirect-uri <uri>… [--scopes "<scope> …"] [--skip-consent]',
    'application create … [--grant authorization_code|refresh_token|client_credentials|device_code]…',
    'application create … --public   (a page or an app, which could not keep a secret)',
    'application create … --jwks <file with its public keys> | --jwks-uri <where it publishes them>',
    'application create … [--resource <uri>]… [--tokens bound]   (what its tokens may be for, and that all are bound to its key)',
    'application change <id> [--name …] [--redirect-uri …]… [--scopes …] [--grant …]… [--resource <uri>… | none] [--tokens bound|any]',
  ],
  run: async (args) => {
    const { values, words } = readArguments(args, OPTIONS, 2)
    const [action = 'list', uid] = words
    const run = actions.get(action)
    if (!run) throw new UsageError(`There is no \`application ${action}\`.`)
    if ((uid !== undefined) !== (action === 'change'))
      throw new UsageError('`application change` needs the id of one application, and nothing else does.')
    await using deps = await wire(loadConfig(processEnvironment()))
    await run(deps, values, uid ?? '')
  },
}

const actions = new Map<string, (deps: Deps, options: Options, uid: string) => Promise<void>>([
  ['list', list],
  ['create', create],
  ['change', change],
])

async function list({ db }: Deps) {
  for (const one of await listApplications(db)) say(line(one))
}

async function create(deps: Deps, options: Options) {
  const { name, 'redirect-uri': uris = [], grant = [], public: isPublic } = options
  const grants = grant.map(grantOf)
  const isForPeople = grants.length === 0 || grants.includes('authorization_code')
  if (!name || (isForPeople && uris.length === 0))
    throw new UsageError('An application needs --name and at least one --redirect-uri.')
  const made = await createApplication(deps, {
    ...statedBy(options),
    name,
    redirect_uri: uris.join('\n'),
    public: isPublic,
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

/** Changes what is named and leaves the rest. What it was given on wider terms than its new ones ends. */
async function change(deps: Deps, options: Options, uid: string) {
  if (options.public !== undefined) throw new UsageError('An application is public from the start, or never.')
  const stated = statedBy(options)
  if (Object.values(stated).every((value) => value === undefined)) throw new UsageError('Nothing is named to change.')
  const changed = await changeApplication(deps, uid, stated)
  say('The application was changed:\n')
  sayFacts(factsOf(changed))
}

/** What the options say; what they do not name is undefined. */
function statedBy(options: Options) {
  const { name, scopes, grant, resource, tokens, jwks: file, 'jwks-uri': jwks_uri } = options
  if (tokens !== undefined && tokens !== 'bound' && tokens !== 'any')
    throw new UsageError('--tokens is bound, where all are bound to its key, or any.')
  return {
    name,
    redirect_uri: options['redirect-uri']?.join('\n'),
    scopes: scopes === undefined ? undefined : scopesOf(scopes),
    grant_types: grant?.map(grantOf).join(' '),
    resources: resource?.filter((one) => one !== 'none').join(' '),
    dpop_bound_access_tokens: tokens === undefined ? undefined : tokens === 'bound',
    skipauth: options['skip-consent'],
    jwks: file === undefined ? undefined : readKeys(file),
    jwks_uri,
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

const factsOf = ({ name, uid, redirect_uri, scopes, resources, grant_types, tokens_bound_at }: Application) => ({
  Name: name,
  Id: uid,
  'Redirect URIs': redirect_uri.split('\n').join(' ') || 'none',
  Scopes: scopes || 'any',
  Resources: resources === '*' ? 'any' : resources || 'the user API',
  Grants: grant_types,
  Tokens: tokens_bound_at === null ? undefined : 'bound to its key',
})

const line = (application: Application): string => {
  const { Name, Id, Scopes, Resources, Grants, 'Redirect URIs': uris } = factsOf(application)
  return `${Id}  ${Name}  redirects: ${uris}  scopes: ${Scopes}  resources: ${Resources}  grants: ${Grants}`
}

/** A JWK Set of a file. */
function readKeys(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new UsageError(`--jwks: ${file} is no file with a JWK Set.`, { cause })
  }
}
