/** In bytes of JSON in UTF-8: what 1.8.26 had room for. */
const MAX = 65_535
/** As many levels as a request may have. */
const MAX_DEPTH = 100

/** What is wrong with free-form data that clients hang on a record; it must come back from JSON as it was. */
export function metadataErrors(metadata: Record<string, unknown> | undefined): string[] {
  if (metadata === undefined) return []
  if (!isJson(metadata, MAX_DEPTH)) return ['is invalid']
  return Buffer.byteLength(JSON.stringify(metadata)) > MAX ? [`is too long (maximum is ${MAX} bytes)`] : []
}

/** Whether JSON keeps the value as it is, which it does neither with files of a form nor with numbers beyond all bounds. */
function isJson(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null)
    return value === null || typeof value === 'string' || value === true || value === false
  if (depth === 0 || !(Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)) return false
  return Object.values(value).every((inner) => isJson(inner, depth - 1))
}
