import { isMap, isNode, LineCounter, parseDocument } from 'yaml'
import { isObject } from '../../lib/json.ts'

/** What a fresh installation shall have. */
export interface SeedFile {
  levels: SeedLevel[]
  accounts: SeedAccount[]
  applications: SeedApplication[]
  /** What was not understood and is left out, a sentence each. */
  remarks: string[]
}

/** Where something stands in the file, for messages. */
interface Place {
  place: string
}

export interface SeedLevel {
  key: string
  value: string
  description: string
}

export interface SeedAccount extends Place {
  email: string | undefined
  password: string | undefined
  role: string
  state: string
  level: number | undefined
  phone: string | undefined
  profile: SeedProfile | undefined
}

interface SeedProfile {
  first_name: string
  last_name: string
  dob: string
  address: string
  postcode: string
  city: string
  country: string
  metadata?: Record<string, unknown>
}

export interface SeedApplication extends Place {
  name: string
  redirect_uri: string | undefined
  uid: string | undefined
  secret: string | undefined
  scopes: string | undefined
  /** Space separated. */
  resources: string | undefined
  skipauth: boolean
  pkce_required: boolean
  dpop_bound_access_tokens: boolean
  /** A JWK Set. */
  jwks: unknown
  jwks_uri: string | undefined
}

/** A mistake in the seeds; its message is one sentence that names the line. */
export class SeedFileError extends Error {
  override readonly name = 'SeedFileError'
}

type Path = readonly (string | number)[]

/** One map of the file, which knows where it stands. */
interface Fields {
  place: string
  text(key: string): string
  optionalText(key: string): string | undefined
  optionalWhole(key: string): number | undefined
  flag(key: string, fallback?: boolean): boolean
  /** A map of anything. */
  optionalMap(key: string): Record<string, unknown> | undefined
  /** Whatever is there, for others to judge. */
  whatever(key: string): unknown
  inner(key: string): Fields
  optionalInner(key: string): Fields | undefined
  /** Remarks on every key but these. */
  known(...keys: string[]): Fields
}

/** Reads seeds as YAML in the format of Barong 1.8.26, without ERB. `name` is what messages call the file. */
export function readSeedFile(name: string, source: string): SeedFile {
  const remarks: string[] = []
  const lists = openFile(name, source, remarks)
  return {
    levels: lists('levels').map((level) => readLevel(level.known('key', 'value', 'description'))),
    accounts: lists('accounts').map((entry) => readAccount(entry.known('account', 'phone', 'profile'))),
    applications: lists('applications').map((application) =>
      readApplication(
        application.known(
          ...['name', 'redirect_uri', 'uid', 'secret', 'scopes', 'resources', 'skipauth', 'pkce_required'],
          ...['dpop_bound_access_tokens', 'jwks', 'jwks_uri'],
        ),
      ),
    ),
    remarks,
  }
}

const readLevel = (level: Fields): SeedLevel => ({
  key: level.text('key'),
  value: level.text('value'),
  description: level.optionalText('description') ?? '',
})

function readAccount(entry: Fields): SeedAccount {
  const account = entry.inner('account').known('email', 'password', 'role', 'state', 'level')
  const profile = entry.optionalInner('profile')
  return {
    place: account.place,
    email: account.optionalText('email'),
    password: account.optionalText('password'),
    role: account.optionalText('role') ?? 'member',
    state: account.optionalText('state') ?? 'active',
    level: account.optionalWhole('level'),
    phone: entry.optionalInner('phone')?.known('number').text('number'),
    profile: profile && readProfile(profile),
  }
}

function readProfile(profile: Fields): SeedProfile {
  profile.known('first_name', 'last_name', 'dob', 'address', 'postcode', 'city', 'country', 'metadata')
  const metadata = profile.optionalMap('metadata')
  return {
    first_name: profile.text('first_name'),
    last_name: profile.text('last_name'),
    dob: profile.text('dob'),
    address: profile.text('address'),
    postcode: profile.text('postcode'),
    city: profile.text('city'),
    country: profile.text('country'),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

function readApplication(application: Fields): SeedApplication {
  const [jwks, jwks_uri] = [application.whatever('jwks'), application.optionalText('jwks_uri')]
  return {
    place: application.place,
    name: application.text('name'),
    redirect_uri: application.optionalText('redirect_uri'),
    uid: application.optionalText('uid'),
    secret: application.optionalText('secret'),
    scopes: application.optionalText('scopes'),
    resources: application.optionalText('resources')?.trim().replaceAll(/\s+/g, ' '),
    skipauth: application.flag('skipauth'),
    // Applications of 1.8 know nothing of PKCE, nor has any of them keys.
    pkce_required: application.flag('pkce_required', jwks !== undefined || jwks_uri !== undefined),
    dpop_bound_access_tokens: application.flag('dpop_bound_access_tokens'),
    jwks,
    jwks_uri,
  }
}

/** Parses the file; what it returns reads one of its lists. */
function openFile(name: string, source: string, remarks: string[]): (list: string) => Fields[] {
  const counter = new LineCounter()
  const document = parseDocument(source, { lineCounter: counter })
  const lineOf = (path: Path): number => {
    const node = path.length === 0 ? document.contents : document.getIn(path, true)
    if (isNode(node) && node.range) return counter.linePos(node.range[0]).line
    return path.length === 0 ? 1 : lineOf(path.slice(0, -1))
  }
  const at = (path: Path): string => `${name}, line ${lineOf(path)}`
  const fail = (path: Path, text: string): never => {
    throw new SeedFileError(`${at(path)}: ${`${spell(path)} ${text}`.trim()}.`)
  }
  const [mistake] = document.errors
  if (mistake) {
    const [first = ''] = mistake.message.split('\n')
    throw new SeedFileError(
      `${name}, line ${counter.linePos(mistake.pos[0]).line}: ${first.replace(/ at line.*$/, '')}.`,
    )
  }
  const erb = source.split('\n').findIndex((line) => line.includes('<%') && !line.trimStart().startsWith('#'))
  if (erb !== -1) {
    throw new SeedFileError(
      `${name}, line ${erb + 1}: ERB is not evaluated; write the value itself, or leave the field out.`,
    )
  }
  if (document.contents !== null && !isMap(document.contents)) fail([], 'The file must be a map of lists')
  const root = fieldsAt(document.toJS() ?? {}, [], { at, fail, remarks })
  root.known('levels', 'accounts', 'applications')
  return (list) => {
    const entries: unknown = document.toJS()?.[list] ?? []
    if (!Array.isArray(entries)) return fail([list], 'must be a list')
    return entries.map((entry, index) => fieldsAt(entry, [list, index], { at, fail, remarks }))
  }
}

interface Scribe {
  at(path: Path): string
  fail(path: Path, text: string): never
  remarks: string[]
}

function fieldsAt(value: unknown, path: Path, scribe: Scribe): Fields {
  const { at, fail, remarks } = scribe
  const map = isObject(value) ? value : fail(path, 'must be a map of fields')
  const optionalText = (key: string): string | undefined => {
    const field = map[key] ?? undefined
    if (field === undefined || typeof field === 'string') return field?.trim() === '' ? undefined : field
    return typeof field === 'number' || typeof field === 'boolean'
      ? String(field)
      : fail([...path, key], 'must be a text')
  }
  const optionalInner = (key: string): Fields | undefined =>
    map[key] === undefined || map[key] === null ? undefined : fieldsAt(map[key], [...path, key], scribe)
  const fields: Fields = {
    place: at(path),
    optionalText,
    text: (key) => optionalText(key) ?? fail([...path, key], 'is missing'),
    optionalWhole: (key) => {
      const field = map[key] ?? undefined
      if (field === undefined || (typeof field === 'number' && Number.isInteger(field) && field >= 0)) return field
      return fail([...path, key], 'must be a whole number')
    },
    flag: (key, fallback = false) => {
      const field = map[key] ?? fallback
      return typeof field === 'boolean' ? field : fail([...path, key], 'must be true or false')
    },
    optionalMap: (key) => {
      const field = map[key] ?? undefined
      return field === undefined || isObject(field) ? field : fail([...path, key], 'must be a map')
    },
    whatever: (key) => map[key] ?? undefined,
    optionalInner,
    inner: (key) => optionalInner(key) ?? fail([...path, key], 'is missing'),
    known: (...keys) => {
      for (const key of Object.keys(map).filter((key) => !keys.includes(key))) {
        remarks.push(`${at([...path, key])}: ${spell([...path, key])} is not known and left out.`)
      }
      return fields
    },
  }
  return fields
}

/** `accounts[0].account.email` */
const spell = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )
