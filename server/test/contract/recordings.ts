import { readFileSync } from 'node:fs'

/** What Barong 1.8.26 was asked and what it did: one line of fixtures/contract/*.jsonl. */
export interface Recording {
  name: string
  /** State that was made beforehand, or the settings of a variant. */
  setup?: string
  note?: string
  request?: RecordedRequest
  response?: { status: number; headers: Record<string, string>; body: string }
  mails?: { headers: Record<string, string>; body: string }[]
  sms?: { to: string; body: string }[]
  events?: { payload: RecordedEvent }[]
  /** A token of the recording before this one. */
  decoded?: { header: Record<string, unknown>; claims: Record<string, unknown> }
  exp_minus_iat?: number
  secret_changed?: boolean
  same?: boolean
}

export interface RecordedRequest {
  method: string
  path: string
  headers?: Record<string, string>
  json?: unknown
  form?: Record<string, string>
  /** Bytes, each a character. */
  body?: string
  multipart?: [name: string, value: string | RecordedFile][]
}

export interface RecordedFile {
  filename: string
  type: string
  /** Bytes. */
  size: number
}

export interface RecordedEvent {
  name: string
  record?: { uid: string; email: string; confirmation_token?: string }
  changes?: Record<string, unknown>
}

/** The recordings of one file, of the surfaces that exist. */
export const readRecordings = (file: string): Recording[] =>
  readAll(file).filter((recording) => elsewhere(recording) === undefined)

/** Those of other surfaces, by their names. */
export const recordingsNamed = (file: string, names: readonly string[]): Recording[] =>
  readAll(file).filter(({ name }) => names.includes(name))

function readAll(file: string): Recording[] {
  const text = readFileSync(new URL(`../fixtures/contract/${file}`, import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line): Recording => JSON.parse(line))
}

/** Why a recording is not replayed here; the only place that leaves any out. */
function elsewhere({ name, request }: Recording): string | undefined {
  if (name.startsWith('mg_')) return 'the management API is not part of the user API'
  if (name.startsWith('oauth_')) return 'the OAuth server is not part of the user API'
  if (request && !/^\/api\/+v1(?=[/?]|$)/.test(request.path))
    return 'pages outside /api/v1 are not part of the user API'
  return undefined
}
