import { type TObject, Type } from 'typebox'
import { parseDay } from '../../lib/day.ts'
import { isObject } from '../../lib/json.ts'
import type { SpooledFile } from './spool.ts'

/** 10 MiB: the most one uploaded file may have. */
export const MAX_UPLOAD_BYTES = 10 * 1024 * 1024

/**
 * A file of a multipart form. Its content is there where the operation declares a file and the caller was known when it
 * came; a file of more than {@link MAX_UPLOAD_BYTES} is cut off one byte after them.
 */
export class UploadedFile {
  /** As the client claims it. */
  readonly filename: string
  readonly kept: SpooledFile | undefined

  constructor(filename: string, kept?: SpooledFile) {
    this.filename = filename
    this.kept = kept
  }
}

/** The parameters of one operation: `Type.Object` of the types below, optional ones in `Type.Optional`. */
export type ParameterSchema = TObject

/** What a parameter may say about itself in the API document besides its title, the name used in messages. */
export interface Documentation {
  description?: string
  examples?: unknown[]
  deprecated?: boolean
  /** What features accept, for programs that read the document; the check of parameters leaves it to the features, which have texts for it. */
  pattern?: string
  /** The same of few values, to which later releases may add. */
  'x-extensible-enum'?: readonly string[]
  format?: 'email'
}

/** Text that is not blank. */
export const text = (title: string, documentation: Documentation = {}) =>
  Type.String({ ...documentation, title, minLength: 1 })

/** Text; null counts as the empty one. */
export const blankText = (title: string, documentation: Documentation = {}) => Type.String({ ...documentation, title })

/** Text or null. */
export const nullableText = (title: string, documentation: Documentation = {}) =>
  Type.Union([Type.String(), Type.Null()], { ...documentation, title })

/**
 * Text that is not blank and may be sent as a number, such as a number of seconds. Of one that 1.8.26 declared without a type
 * nothing but its blankness is told where it is an empty list or object.
 */
export const anyText = (
  title: string,
  { untyped = false, ...documentation }: Documentation & { untyped?: boolean } = {},
) =>
  Type.Unsafe<string>({
    ...documentation,
    title,
    anyOf: [{ type: 'string', minLength: 1 }, { type: 'number' }],
    ...(untyped ? { $comment: UNTYPED } : {}),
  })

const UNTYPED = 'without a type in 1.8.26'

/** A calendar day, `YYYY-MM-DD`; with `blank`, null and the empty text are the empty text. */
export const dateText = (
  title: string,
  { blank = false, ...documentation }: Documentation & { blank?: boolean } = {},
) => Type.String({ ...documentation, title, format: 'date', ...(blank ? {} : { minLength: 1 }) })

/** An object of any keys; null counts as the empty one, which `blank: false` refuses. */
export const hash = (title: string, { blank = true, ...documentation }: Documentation & { blank?: boolean } = {}) =>
  Type.Unsafe<Record<string, unknown>>({
    ...documentation,
    title,
    type: 'object',
    additionalProperties: true,
    ...(blank ? {} : { minProperties: 1 }),
  })

/** A file, which only a multipart form can carry. */
export const file = (title: string, documentation: Documentation = {}) =>
  Type.Unsafe<UploadedFile>({ ...documentation, title, type: 'string', format: 'binary' })

/** The names of those parameters of an operation that are files. */
export function fileParameters(schema: unknown): string[] {
  if (!isObject(schema) || !isObject(schema['properties'])) return []
  return Object.entries(schema['properties']).flatMap(([name, type]) => (isFile(type) ? [name] : []))
}

const isFile = (type: unknown): boolean => isObject(type) && type['format'] === 'binary'

/** The declared parameters as `Static<typeof schema>` describes them, or the text that tells what is wrong with them. */
export type CheckedParameters = { value: Record<string, unknown> } | { message: string }

/** Undefined means that the value is invalid. */
type Conversion = (raw: unknown) => unknown

interface Rule {
  key: string
  title: string
  required: boolean
  blank: boolean
  typed: boolean
  convert: Conversion
}

/**
 * Compiles the check of one operation's parameters: what is not declared is ignored; every declared one is looked at in
 * order for presence, type and blankness, and all that is wrong is told in one message.
 */
export function parameterCheck(schema: ParameterSchema): (input: Record<string, unknown>) => CheckedParameters {
  const required: readonly string[] = schema.required ?? []
  const rules = Object.entries(schema.properties).map(([key, type]) => ruleOf(key, type, required.includes(key)))
  return (input) => {
    const value: Record<string, unknown> = {}
    const messages: string[] = []
    for (const rule of rules) {
      const raw = Object.hasOwn(input, rule.key) ? input[rule.key] : undefined
      const converted = raw === undefined ? undefined : rule.convert(raw)
      for (const failure of failuresOf(rule, raw, converted)) messages.push(`${rule.title} ${failure}`)
      if (converted !== undefined) value[rule.key] = converted
    }
    return messages.length === 0 ? { value } : { message: messages.join(', ') }
  }
}

function failuresOf({ required, blank, typed }: Rule, raw: unknown, converted: unknown): string[] {
  if (raw === undefined && !required) return []
  const failures = []
  if (raw === undefined) failures.push('is missing')
  else if (converted === undefined && (typed || !isBlank(raw))) failures.push('is invalid')
  if (!blank && isBlank(raw)) failures.push('is empty')
  return failures
}

function isBlank(raw: unknown): boolean {
  if (raw === undefined || raw === null) return true
  if (typeof raw === 'string') return raw.trim() === ''
  return typeof raw === 'object' && !(raw instanceof UploadedFile) && Object.keys(raw).length === 0
}

function ruleOf(key: string, type: unknown, required: boolean): Rule {
  const schema = isObject(type) ? type : {}
  const title = typeof schema['title'] === 'string' ? schema['title'] : key
  const kinds = [schema, ...(Array.isArray(schema['anyOf']) ? schema['anyOf'] : [])]
  const blank =
    !isFile(schema) && kinds.every(({ minLength, minProperties }) => (minLength ?? minProperties) === undefined)
  return { key, title, required, blank, typed: schema['$comment'] !== UNTYPED, convert: conversionOf(key, schema) }
}

function conversionOf(key: string, schema: Record<string, unknown>): Conversion {
  const kinds = Array.isArray(schema['anyOf']) ? schema['anyOf'].map(({ type }) => type) : [schema['type']]
  if (isFile(schema)) return toFile
  if (schema['format'] === 'date') return toDay
  if (kinds.includes('object')) return toHash
  if (!kinds.includes('string')) throw new TypeError(`Parameter ${key} is of a type that no request can carry`)
  if (kinds.includes('null')) return (raw) => (raw === null ? null : toText(raw))
  return toText
}

/**
 * PostgreSQL stores neither NUL nor half a surrogate pair: they become U+FFFD, so that the text equals nothing that is stored
 * and features judge it, as in 1.8.26.
 */
function toText(raw: unknown): string | undefined {
  if (raw === null) return ''
  if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw)
  return typeof raw === 'string' ? raw.toWellFormed().replaceAll('\0', '\uFFFD') : undefined
}

function toDay(raw: unknown): string | undefined {
  if (raw === null || raw === '') return ''
  return typeof raw === 'string' ? parseDay(raw) : undefined
}

function toHash(raw: unknown): Record<string, unknown> | undefined {
  if (raw === null) return {}
  return isObject(raw) && !(raw instanceof UploadedFile) ? raw : undefined
}

function toFile(raw: unknown): UploadedFile | '' | undefined {
  if (raw === null || raw === '') return ''
  return raw instanceof UploadedFile ? raw : undefined
}
