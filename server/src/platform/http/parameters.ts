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

/** Text that is not blank and may be sent as a number, such as a number of seconds. */
export const anyText = (title: string, documentation: Documentation = {}) =>
  Type.Unsafe<string>({ ...documentation, title, anyOf: [{ type: 'string', minLength: 1 }, { type: 'number' }] })

/** A calendar day, `YYYY-MM-DD`; with `blank`, null and blank text become the empty text. */
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

function failuresOf({ required, blank }: Rule, raw: unknown, converted: unknown): string[] {
  if (raw === undefined && !required) return []
  const failures = []
  if (raw === undefined) failures.push('is missing')
  else if (converted === undefined) failures.push('is invalid')
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
  return { key, title, required, blank, convert: conversionOf(key, schema, blank) }
}

function conversionOf(key: string, schema: Record<string, unknown>, blank: boolean): Conversion {
  const kinds = Array.isArray(schema['anyOf']) ? schema['anyOf'].map(({ type }) => type) : [schema['type']]
  if (isFile(schema)) return toFile
  if (schema['format'] === 'date') return toDay
  if (kinds.includes('object')) return toHash
  if (!kinds.includes('string')) throw new TypeError(`Parameter ${key} is of a type that no request can carry`)
  if (kinds.includes('null')) return (raw) => (raw === null ? null : toLenientText(raw))
  return blank ? toLenientText : toStrictText
}

function toText(raw: unknown): string | undefined {
  if (raw === null) return ''
  if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw)
  return typeof raw === 'string' ? raw : undefined
}

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
function toStrictText(raw: unknown): string | undefined {
  const converted = toText(raw)
  return converted?.isWellFormed() && !converted.includes('\0') ? converted : undefined
}

/** Where the feature itself judges the text, what cannot be stored becomes U+FFFD, so it equals nothing that is stored. */
function toLenientText(raw: unknown): string | undefined {
  return toText(raw)?.toWellFormed().replaceAll('\0', '\uFFFD')
}

function toDay(raw: unknown): string | undefined {
  if (raw === null) return ''
  if (typeof raw !== 'string') return undefined
  return raw.trim() === '' ? '' : parseDay(raw)
}

function toHash(raw: unknown): Record<string, unknown> | undefined {
  if (raw === null) return {}
  return isObject(raw) && !(raw instanceof UploadedFile) ? raw : undefined
}

function toFile(raw: unknown): UploadedFile | '' | undefined {
  if (raw === null || raw === '') return ''
  return raw instanceof UploadedFile ? raw : undefined
}
