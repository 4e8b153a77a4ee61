import { iso, parseIso } from '../../lib/clock.ts'
import { isObject } from '../../lib/json.ts'
import { humanize } from '../../lib/sentences.ts'

/** A record that cannot be taken; the message tells why and names nobody. */
export class Unfit extends Error {
  override readonly name = 'Unfit'
}

export type Fields = Readonly<Record<string, unknown>>

/** A record of a file, or what is wrong with its line. */
export type FileRecord = { line: number; record: Fields } | { line: number; mistake: string }

/** The text of a field, or undefined where there is none. */
export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === '') return undefined
  // PostgreSQL has no text with NUL, and no database text with half a character.
  if (typeof value === 'string' && !value.includes('\0') && value.isWellFormed()) return value
  throw new Unfit(`${humanize(name)} is no text`)
}

/** The same for a field that must be there. */
export function neededText(fields: Fields, name: string): string {
  const text = textField(fields, name)
  if (text === undefined) throw new Unfit(`${humanize(name)} is missing`)
  return text
}

/** The instant of a field as ISO 8601; `2018-07-13 10:00:00` counts as UTC, as databases write it. */
export function timeField(fields: Fields, name: string): string | undefined {
  const text = textField(fields, name)
  return text === undefined ? undefined : instantOf(text, name)
}

/** The same for a text at hand. */
function instantOf(text: string, name: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:Z| UTC)?$/.exec(text) ?? []
  const instant = parseIso(day === undefined ? text : `${day}T${time}Z`)
  if (Number.isNaN(instant) || !/^\d{4}-/.test(text)) throw new Unfit(`${humanize(name)} is no time`)
  return iso(instant)
}

/** The objects of a field that is a list; undefined where there is none. */
export function listField(fields: Fields, name: string): Fields[] | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value) && value.every(isObject)) return value
  throw new Unfit(`${humanize(name)} is no list of objects`)
}

/** One of a few words. */
export function wordField(fields: Fields, name: string, words: readonly string[]): string | undefined {
  const text = textField(fields, name)
  if (text === undefined || words.includes(text)) return text
  throw new Unfit(`${humanize(name)} is none of ${words.join(', ')}`)
}

/** A whole number that is not negative, and less than `limit`. */
export function countField(fields: Fields, name: string, limit = 1e9): number {
  const value = fields[name] ?? 0
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number < limit) return number
  throw new Unfit(`${humanize(name)} is no whole number`)
}
