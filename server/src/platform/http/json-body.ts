import { isUtf8 } from 'node:buffer'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { MAX_VALUES } from './body-limits.ts'

const errors = defineErrors('json_body', {
  notUtf8: [400, 'The request body is not valid UTF-8'],
  byteOrderMark: [400, 'The request body must not start with a byte order mark'],
  malformed: [400, 'The request body is not valid JSON'],
  tooMany: [400, `The request body has more than ${MAX_VALUES} values`],
  tooDeep: [400, 'The request body is nested deeper than 100 levels'],
})

const MAX_DEPTH = 100

/** Keys that reach an object's prototype when an object is merged or assigned; dropped from everything received. */
export const UNSAFE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * The parameters of a JSON body (RFC 8259) as Barong 1.8.26 took it: with comments, the last of equal keys, and a value
 * that is no object standing for no parameters. Integers beyond 2^53 become text, so that no digit is lost.
 * Throws a `Refusal` (400) that says what is wrong.
 */
export function parseJsonBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw errors.notUtf8()
  const text = body.toString('utf8')
  if (text.startsWith('\uFEFF')) throw errors.byteOrderMark()
  if (/^[ \t\r\n]*$/.test(text)) return {}
  const value = parseWithComments(text)
  return isObject(value) ? value : {}
}

function parseWithComments(text: string): unknown {
  try {
    return parseSafely(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  try {
    return parseSafely(withoutComments(text))
  } catch (error) {
    throw error instanceof SyntaxError ? errors.malformed() : error
  }
}

/**
 * The value of a strict JSON text, without keys that reach a prototype; integers beyond 2^53 become text. Throws a
 * SyntaxError for what is no JSON and a `Refusal` (400) for what is nested too deep or has too many values.
 */
export function parseSafely(text: string): unknown {
  const value: unknown = JSON.parse(text)
  makeSafe(value, 1, visitor())
  if (!/\d{16}/.test(text)) return value
  const exact: unknown = JSON.parse(text, digitsOfLargeIntegers(visitor()))
  makeSafe(exact, 1, visitor())
  return exact
}

/** Counts the values that are looked at; throws where they are too many. */
function visitor(): () => void {
  let visits = 0
  return () => {
    visits += 1
    if (visits > MAX_VALUES) throw errors.tooMany()
  }
}

function makeSafe(value: unknown, depth: number, visit: () => void): void {
  visit()
  if (typeof value !== 'object' || value === null) return
  if (depth > MAX_DEPTH) throw errors.tooDeep()
  if (Array.isArray(value)) {
    for (const inner of value) makeSafe(inner, depth + 1, visit)
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    if (UNSAFE_KEYS.has(key)) Reflect.deleteProperty(value, key)
    else makeSafe(inner, depth + 1, visit)
  }
}

/** Also counts what stands below keys that are dropped. */
const digitsOfLargeIntegers =
  (visit: () => void) =>
  // The third argument, the value's source text, is ECMAScript 2026 and not yet in TypeScript's library.
  (_key: string, value: unknown, ...[context]: unknown[]): unknown => {
    visit()
    if (typeof value !== 'number' || Number.isSafeInteger(value) || !isObject(context)) return value
    const { source } = context
    return typeof source === 'string' && /^-?\d+$/.test(source) ? source : value
  }

// Each alternative runs to the end of the text when its own end is missing, so no part is ever scanned twice.
const STRING_OR_COMMENT = /"(?:[^"\\]|\\[\s\S])*"?|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?|\/\/[^\n]*/g

function withoutComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (match) => {
    const isComment = match.startsWith('//') || (match.startsWith('/*') && match.endsWith('*/') && match.length > 3)
    return isComment ? ' ' : match
  })
}
