import { isObject } from './json.ts'

/** In bytes of JSON in UTF-8: what 1.8.26 had room for. */
const MAX = 65_535

/** What is wrong with free-form data that clients hang on a record; it must come back from JSON as it was. */
export function metadataErrors(metadata: Record<string, unknown> | undefined): string[] {
  if (metadata === undefined) return []
  if (!isJson(metadata)) return ['is invalid']
  return Buffer.byteLength(JSON.stringify(metadata)) > MAX ? [`is too long (maximum is ${MAX} bytes)`] : []
}

/** Whether JSON keeps the value as it is, which it does neither with files of a form nor with numbers beyond all bounds. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isJson)
  if (!isObject(value)) return value === null || typeof value === 'string' || typeof value === 'boolean'
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson)
}
