import { uuid } from '../../lib/ids.ts'
import { isObject } from '../../lib/json.ts'
import { defined } from '../../lib/objects.ts'
import { humanize, type ModelErrors } from '../../lib/sentences.ts'
import type { NewRow } from '../../platform/db/schema.ts'
import { apiKeyErrors, rulesOf } from '../api-keys/api-keys.ts'
import { labelErrors, normalizeLabel } from '../labels/labels.ts'
import { type PhoneToInsert, parsePhoneNumber } from '../phones/phones.ts'
import type { ProfileToInsert } from '../profiles/profiles.ts'
import { countField, type Fields, listField, neededText, textField, timeField, Unfit, wordField } from './fields.ts'

/** The tables whose rows belong to accounts and come with them. */
export type OwnedTable = 'labels' | 'phones' | 'profiles' | 'api_keys' | 'passkeys'

/** A row that belongs to an account, before the account has its id. */
export type Owned<T extends OwnedTable> = Omit<ToInsert<T>, 'id' | 'account_id'>

/** A row before it is inserted; what is sealed in the table is still open. */
export type ToInsert<T extends OwnedTable> = T extends 'phones'
  ? PhoneToInsert
  : T extends 'profiles'
    ? ProfileToInsert
    : NewRow<T>

/** The fields of a profile. */
export const PROFILE = ['first_name', 'last_name', 'dob', 'address', 'postcode', 'city', 'country'] as const

/** The rows of a field that is a list; what is wrong with one tells which it is. */
function rowsOf<R>(record: Fields, name: OwnedTable, rowOf: (fields: Fields) => R): R[] | undefined {
  return listField(record, name)?.map((fields, index) => {
    try {
      return rowOf(fields)
    } catch (cause) {
      throw cause instanceof Unfit ? new Unfit(`${name}[${index}]: ${cause.message}`, { cause }) : cause
    }
  })
}

/** The labels of a record, or undefined where it does not tell any. */
export function labelRows(record: Fields, now: string): Owned<'labels'>[] | undefined {
  const rows = rowsOf(record, 'labels', (fields) => labelRow(fields, now))
  if (rows && new Set(rows.map(({ key, scope }) => `${scope}:${key}`)).size < rows.length)
    throw new Unfit('Labels have a key twice')
  return rows
}

/** One label. */
export function labelRow(fields: Fields, now: string): Owned<'labels'> {
  const label = {
    key: normalizeLabel(neededText(fields, 'key')),
    value: normalizeLabel(neededText(fields, 'value')),
  }
  refuse(labelErrors(label))
  const scope = wordField(fields, 'scope', ['public', 'private']) ?? 'public'
  const expires_at = timeField(fields, 'expires_at') ?? null
  const [reason, actor] = [textField(fields, 'reason') ?? null, textField(fields, 'actor') ?? null]
  return { ...label, scope, expires_at, reason, actor, ...times(fields, now) }
}

/** The numbers of a record: those of `phones`, or the verified one that `phone` is. */
export function phoneRows(record: Fields, now: string): Owned<'phones'>[] {
  const phone = textField(record, 'phone')
  const single = phone === undefined ? [] : [{ number: phone, validated_at: now }]
  const rows =
    rowsOf(record, 'phones', (fields) => phoneRow(fields, now)) ?? single.map((fields) => phoneRow(fields, now))
  if (new Set(rows.map(({ number }) => number)).size < rows.length) throw new Unfit('Phones have a number twice')
  return rows
}

/** One number. */
export function phoneRow(fields: Fields, now: string): Owned<'phones'> {
  const phone = parsePhoneNumber(neededText(fields, 'number'))
  if (!phone) throw new Unfit('Phone number is invalid')
  return { ...phone, validated_at: timeField(fields, 'validated_at') ?? null, ...times(fields, now) }
}

/** The API keys of a record. */
export function apiKeyRows(record: Fields, now: string): Owned<'api_keys'>[] {
  return rowsOf(record, 'api_keys', (fields) => apiKeyRow(fields, now)) ?? []
}

/** One API key. */
export function apiKeyRow(fields: Fields, now: string): Owned<'api_keys'> {
  const uid = textField(fields, 'uid') ?? uuid()
  if (!/^[\w-]{8,64}$/.test(uid)) throw new Unfit('Uid is invalid')
  const scopes = textField(fields, 'scopes')
  const key = {
    public_key: neededText(fields, 'public_key'),
    expires_in: String(fields['expires_in'] ?? 86_400),
    state: textField(fields, 'state') ?? 'active',
  }
  const rules = defined({
    allowed_networks: textField(fields, 'allowed_networks'),
    expires_at: textField(fields, 'expires_at'),
    rate: textField(fields, 'rate'),
  })
  // One that has expired is taken along as such.
  refuse(apiKeyErrors({ ...key, ...rules, ...(scopes === undefined ? {} : { scopes }) }, 0))
  return {
    ...key,
    uid,
    scopes: scopes ?? null,
    expires_in: Number(key.expires_in),
    ...{ allowed_networks: null, expires_at: null, rate: null, ...rulesOf(rules) },
    ...times(fields, now),
  }
}

/** The passkeys of a record. They go on working where the pages keep their host, which authenticators know them by. */
export function passkeyRows(record: Fields, now: string): Owned<'passkeys'>[] {
  const rows = rowsOf(record, 'passkeys', (fields) => passkeyRow(fields, now)) ?? []
  if (new Set(rows.map(({ credential_id }) => credential_id)).size < rows.length)
    throw new Unfit('Passkeys have a credential twice')
  return rows
}

function passkeyRow(fields: Fields, now: string): Owned<'passkeys'> {
  const transports = fields['transports'] ?? []
  if (!Array.isArray(transports) || !transports.every((each) => typeof each === 'string'))
    throw new Unfit('Transports is no list of words')
  return {
    uid: textField(fields, 'uid') ?? uuid(),
    credential_id: base64Url(fields, 'credential_id'),
    public_key: base64Url(fields, 'public_key'),
    counter: countField(fields, 'counter', 2 ** 32),
    name: textField(fields, 'name') ?? 'Passkey',
    transports: JSON.stringify(transports),
    device: wordField(fields, 'device', ['singleDevice', 'multiDevice']) ?? 'singleDevice',
    created_at: timeField(fields, 'created_at') ?? now,
    last_used_at: timeField(fields, 'last_used_at') ?? null,
  }
}

function base64Url(fields: Fields, name: string): string {
  const text = neededText(fields, name)
  if (/^[\w-]{16,2048}$/.test(text)) return text
  throw new Unfit(`${humanize(name)} is no base64url`)
}

/** Free-form data: an object, or the JSON of one as a column holds it. */
export function metadataOf(fields: Fields): Record<string, unknown> | undefined {
  const value = fields['metadata'] ?? undefined
  const parsed = typeof value === 'string' && value !== '' ? jsonOf(value) : value === '' ? undefined : value
  if (parsed === undefined || isObject(parsed)) return parsed
  throw new Unfit('Metadata is no JSON object')
}

/** Throws with all that is wrong. */
export function refuse(mistakes: ModelErrors): void {
  if (mistakes.any) throw new Unfit(mistakes.sentence())
}

/** When a row was made and last changed. */
export function times(fields: Fields, now: string): { created_at: string; updated_at: string } {
  const created_at = timeField(fields, 'created_at') ?? now
  return { created_at, updated_at: timeField(fields, 'updated_at') ?? created_at }
}

function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value ?? undefined
  } catch {
    return text
  }
}
