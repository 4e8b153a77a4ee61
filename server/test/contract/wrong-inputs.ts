import fc from 'fast-check'
import { isObject } from '../../src/lib/json.ts'
import { type FormPart, multipart } from '../support/multipart.ts'
import type { CallOptions } from '../support/server.ts'
import { anyText } from '../support/texts.ts'
import type { GoodRequest } from './good-requests.ts'

/** The ways parameters come in. */
export type Transport = (typeof TRANSPORTS)[number]
const TRANSPORTS = ['json', 'json twice', 'form', 'multipart', 'query'] as const
export const transports = fc.constantFrom(...TRANSPORTS)

const EVIL = [
  '',
  ' \t\n',
  '\0',
  'a\0b@example.com',
  '\ud800',
  '\u202eevil',
  '😀'.repeat(200),
  'x'.repeat(100_000),
  '9'.repeat(400),
  '-1',
  '1e999',
  '0x10',
  'null',
  'true',
  '[]',
  '{}',
  '%00',
  '%zz',
  '../../etc/passwd',
  "' or 1=1 --",
  '<script>alert(1)</script>',
  '2000-02-30',
  '٢٠٠٠-٠١-٠١',
  '+'.repeat(50),
]

/** Anything a client may put where a text, a date, a number or a file is expected. */
export const wrongValues: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...EVIL) },
  { weight: 2, arbitrary: anyText() },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom([], {}, [[]], [null], [{ a: [{}] }], { a: { b: { c: ['x'] } } }) },
  { weight: 1, arbitrary: fc.constant(nested(200)) },
)

/** A value that no text can be made of. */
export const isNoText = (value: unknown): boolean => typeof value === 'object' && value !== null

function nested(depth: number): unknown {
  return depth === 0 ? 'x' : [nested(depth - 1)]
}

/** The request with one parameter replaced, as it is put on the wire. */
export function wrongRequest(
  { method, path, parameters }: GoodRequest,
  [name, value]: readonly [string, unknown],
  transport: Transport,
  code: string | undefined,
): { path: string; options: CallOptions } {
  const all: Record<string, unknown> = {
    ...parameters,
    ...(code === undefined ? {} : { totp_code: code }),
    [name]: value,
  }
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, key]) => key ?? '')
  const filled = path.replace(/\{(\w+)\}/g, (_match, key) => encodeURIComponent(textOf(all[key]).toWellFormed()))
  const carried = Object.fromEntries(Object.entries(all).filter(([key]) => !inPath.includes(key)))
  if (method === 'GET' || transport === 'query') return { path: `${filled}?${formOf(carried)}`, options: {} }
  if (transport === 'multipart' || 'upload' in carried) return { path: filled, options: multipart(partsOf(carried)) }
  if (transport === 'form') return { path: filled, options: urlEncoded(formOf(carried)) }
  const text = JSON.stringify(carried)
  const again =
    transport === 'json twice' && name in carried ? `{${JSON.stringify(name)}:"good",${text.slice(1)}` : text
  return { path: filled, options: { headers: { 'content-type': 'application/json' }, payload: again } }
}

const urlEncoded = (payload: string): CallOptions => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  payload,
})

const formOf = (values: Record<string, unknown>): string => new URLSearchParams(fieldsOf(values)).toString()

const partsOf = (values: Record<string, unknown>): FormPart[] =>
  Object.entries(values).flatMap(([name, value]): FormPart[] => {
    if (isObject(value) && (typeof value['content'] === 'string' || Buffer.isBuffer(value['content']))) {
      return [[name, { filename: 'x.png', content: value['content'] }]]
    }
    return fieldsOf({ [name]: value })
  })

/** Names with brackets, as forms nest them. */
function fieldsOf(values: Record<string, unknown>): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) => fields(name.toWellFormed(), value))
}

function fields(name: string, value: unknown): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((item) => fields(`${name}[]`, item))
  if (!isObject(value)) return [[name, textOf(value)]]
  return Object.entries(value).flatMap(([key, inner]) => fields(`${name}[${key.toWellFormed()}]`, inner))
}

const textOf = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))
