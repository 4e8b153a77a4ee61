import { isObject } from './json.ts'

/** In bytes of JSON in UTF-8. */
const MAX = 10_240
const MAX_DEPTH = 10

/** What is wrong with free-form data that clients hang on a record; it must come back from JSON as it was. */
export function metadataErrors(metadata: Record<string, unknown> | undefined): string[] {
  if (metadata === undefined) return []
  if (!isWithinDepth(metadata, MAX_DEPTH)) return [`is nested too deep (maximum is ${MAX_DEPTH} levels)`]
  if (!isJson(metadata)) return ['is invalid']
  return Buffer.byteLength(JSON.stringify(metadata)) > MAX ? [`is too long (maximum is ${MAX} bytes)`] : []
}

const isWithinDepth = (value: unknown, depth: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every((inner) => isWithinDepth(inner, depth - 1)))

/** Whether JSON keeps the value as it is, which it does neither with files of a form nor with numbers beyond all bounds. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isJson)
  if (!isObject(value)) return value === null || typeof value === 'string' || typeof value === 'boolean'
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson)
}
