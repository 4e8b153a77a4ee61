import { isObject } from '../../src/lib/json.ts'
import type { TestServer } from '../support/server.ts'
import type { Recording } from './recordings.ts'

type Headers = Readonly<Record<string, string | undefined>>

/** What came of a request: the answer, and what left the house because of it. */
export interface Outcome {
  status: number
  media_type: string | undefined
  headers: Headers
  /** Parsed JSON with what varies replaced, or the text. */
  body: unknown
  /** Recipient, subject and link of each mail, and its sender where it is not the usual one. */
  mails: string[]
  /** Recipients. */
  sms: string[]
  /** Names, each once. */
  events: string[]
  /** What events tell of rows, by their names. */
  records: Readonly<Record<string, Told>>
}

/** What the events of one name say of a row: how it is after the last of them, and what became another. */
export interface Told {
  record: Record<string, unknown>
  changed: string[]
}

const KEPT = 'max-age=0, private, must-revalidate'
const HEADERS = ['cache-control', 'pragma', 'www-authenticate', 'vary']
/** Every answer below /api/v1 carried these; they were recorded where they are the point. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'Origin, X-Requested-With, Content-Type, Accept, Authorization',
  'access-control-allow-credentials': 'false',
}

/** What was recorded, in the form it is compared in. `translate` puts our ids in the places of recorded ones. */
export function recordedOutcome(recording: Recording, translate: (text: string) => string): Outcome {
  const { response, mails = [], sms = [], events = [] } = recording
  if (!response) return { ...NOTHING, body: recordedFacts(recording) }
  const headers: Headers = notKept({ ...CORS, ...lowerCased(response.headers) }, recording)
  return {
    status: response.status,
    media_type: headers['content-type'],
    headers: pick(headers, [...HEADERS, ...Object.keys(CORS)]),
    body: comparable(translate(response.body)),
    mails: mails
      .map(({ headers: mail, body }) => mailText(mail['To'], mail['Subject'], body, mail['From'], mail['Reply-To']))
      .sort(),
    sms: sms.map(({ to }) => to).sort(),
    events: unique(events.map(({ payload }) => payload.name)),
    records: recordsOf(events.map(({ payload }) => payload)),
  }
}

/** 1.8.26 let clients keep what it told them of themselves, tokens included; here it is kept nowhere. */
function notKept(headers: Headers, { request }: Recording): Headers {
  const { method, path = '', headers: sent = {} } = request ?? {}
  const isPersonal = method !== 'GET' || path.includes('_token=') || Object.hasOwn(lowerCased(sent), 'authorization')
  return isPersonal && headers['cache-control'] === KEPT ? { ...headers, 'cache-control': 'no-store' } : headers
}

type Answer = Awaited<ReturnType<TestServer['app']['inject']>>

/** What our server did; only the headers that were recorded are looked at. */
export function ourOutcome(answer: Answer, { mails, sms, events }: TestServer, recorded: Outcome): Outcome {
  const headers = lowerCased(answer.headers)
  return {
    status: answer.statusCode,
    media_type: headers['content-type'],
    headers: pick(headers, Object.keys(recorded.headers)),
    body: comparable(answer.body, recorded.body),
    mails: mails.map(({ to, subject, text, from, reply_to }) => mailText(to, subject, text, from, reply_to)).sort(),
    sms: sms.map(({ to }) => to).sort(),
    events: unique(events.map(({ name }) => name).filter((name) => OLD_EVENTS.has(name))),
    records: known(recordsOf(events.map(({ name, payload }) => ({ name, ...payload }))), recorded.records),
  }
}

/** An outcome that consists of facts alone, such as a token's claims. */
export const factsOutcome = (body: unknown): Outcome => ({ ...NOTHING, body: withoutVolatile(body) })

/** Events that Barong 1.8.26 knew; those that came later are not compared. */
const OLD_EVENTS: ReadonlySet<string> = new Set([
  'model.account.created',
  'model.account.updated',
  'model.profile.created',
  'model.profile.updated',
  'system.account.reset_password_token',
  'system.account.unlock_token',
  'system.document.verified',
  'system.document.rejected',
])

const NOTHING = { status: 0, media_type: undefined, headers: {}, mails: [], sms: [], events: [], records: {} }

function recordedFacts({ decoded, exp_minus_iat, secret_changed, same }: Recording): unknown {
  if (decoded) return withoutVolatile(tokenFacts(decoded))
  if (exp_minus_iat !== undefined) return { exp_minus_iat }
  return secret_changed === undefined ? { same } : { secret_changed }
}

/** Header and claims of a token; its times as a lifetime. */
export function tokenFacts({ header, claims }: { header: Record<string, unknown>; claims: Record<string, unknown> }) {
  const { iat, exp, ...rest } = claims
  return { header, claims: rest, lifetime: Number(exp) - Number(iat) }
}

/** The parts of a JWS (RFC 7515, section 7.1), unverified. */
export function decodeToken(token: string): { header: Record<string, unknown>; claims: Record<string, unknown> } {
  const [header, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  return { header: JSON.parse(header ?? ''), claims: JSON.parse(claims ?? '') }
}

/**
 * Long bodies were recorded up to their 1500th character, and are compared up to it; API documents by their
 * specification's version alone.
 */
function comparable(text: string, recorded?: unknown): unknown {
  const specification = /^\{.{0,300}"(?:swagger|openapi)":"([\d.]+)"/.exec(text)?.[1]
  if (specification !== undefined) return { specification }
  if (text.endsWith('…')) return withoutBarcode(text.slice(0, -1))
  if (typeof recorded === 'string' && recorded.startsWith('{')) return withoutBarcode(text).slice(0, recorded.length)
  try {
    return withoutVolatile(JSON.parse(text))
  } catch {
    return text
  }
}

const withoutBarcode = (text: string): string => text.replace(/"barcode":"[\w+/=]+"?/, '"barcode":"<png>"')

const VOLATILE: [RegExp, string][] = [
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/, '<time>'],
  [/^ID[0-9A-F]{10}$/, '<uid>'],
  [/^[0-9A-F]{24}$/, '<jti>'],
  [/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, '<uuid>'],
  [/^iVBORw0KGgo[\w+/=]+$/, '<png>'],
  [/^[\w-]{43}$/, '<thumbprint>'],
]

function withoutVolatile(value: unknown): unknown {
  if (typeof value === 'string') return withoutVolatileText(value)
  if (Array.isArray(value)) return value.map(withoutVolatile)
  return isObject(value) ? stable(value) : value
}

const stable = (values: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([key, inner]) => [key, withoutVolatile(inner)]))

function withoutVolatileText(text: string): string {
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) {
    const { sub, email, iss } = decodeToken(text).claims
    return `<jwt ${sub} ${email ?? iss}>`
  }
  return VOLATILE.find(([pattern]) => pattern.test(text))?.[1] ?? text
}

const SENDER = 'Barong <noreply@barong.io>'

function mailText(to = '', subject = '', body = '', from = '', reply_to = ''): string {
  const link = /https?:\/\/\S+_token=/.exec(body)?.[0] ?? 'no link'
  const sender = from === SENDER && reply_to === SENDER ? '' : ` from ${from}, answered to ${reply_to}`
  return `${to}: ${subject} (${link})${sender}`
}

function recordsOf(events: readonly { name: string }[]): Record<string, Told> {
  const rows = events.filter((event) => isObject(recordIn(event)))
  return Object.fromEntries([...Map.groupBy(rows, ({ name }) => name)].map(([name, told]) => [name, toldIn(told)]))
}

const recordIn = (event: object): unknown => Reflect.get(event, 'record')

/** Without the token of the mail, which 1.8.26 told with every change, and without the time of the change. */
function toldIn(events: readonly object[]): Told {
  const { confirmation_token: _, ...record } = { ...events.map(recordIn).findLast(isObject) }
  const changed = events.flatMap((event) => Object.keys({ ...Reflect.get(event, 'changes') }))
  return { record: stable(record), changed: unique(changed.filter((key) => key !== 'updated_at')) }
}

const known = (told: Record<string, Told>, recorded: object): Record<string, Told> =>
  Object.fromEntries(Object.entries(told).filter(([name]) => Object.hasOwn(recorded, name)))

const lowerCased = (headers: Record<string, unknown>): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))

const pick = (headers: Headers, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, headers[name]]))

const unique = (names: string[]): string[] => [...new Set(names)].sort()
