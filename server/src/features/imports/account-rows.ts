import { iso } from '../../lib/clock.ts'
import { accountUid } from '../../lib/ids.ts'
import { isVerifiableHash } from '../../platform/crypto/foreign-hashes.ts'
import type { Level, NewRow } from '../../platform/db/schema.ts'
import { isEmail, normalizeEmail } from '../accounts/accounts.ts'
import { levelOf } from '../labels/labels.ts'
import { ROLES } from '../permissions/permissions.ts'
import { countField, type Fields, neededText, textField, timeField, Unfit, wordField } from './fields.ts'
import { apiKeyRows, labelRows, type Owned, PROFILE, passkeyRows, phoneRows } from './owned-rows.ts'
import { profileRows } from './profile-rows.ts'

/** An account that passed all rules, with what hangs on it. */
export interface AccountRows {
  account: NewRow<'accounts'>
  /** The uid is of our making, as the record names none. */
  is_uid_ours: boolean
  /** The TOTP secret in base32. */
  otp_secret: string | undefined
  labels: Owned<'labels'>[]
  phones: Owned<'phones'>[]
  profiles: Owned<'profiles'>[]
  api_keys: Owned<'api_keys'>[]
  passkeys: Owned<'passkeys'>[]
  /** How many unused recovery codes the account had where it comes from. */
  recovery_codes: number
}

/** What judging a record needs to know. */
export interface Standards {
  levels: readonly Level[]
  /** Milliseconds since 1970. */
  now: number
}

/** What an account may be. */
export const STATES = ['active', 'pending', 'banned']
const UID = /^[A-Z0-9]{3,64}$/
const BASE32 = /^[A-Z2-7]{16,103}={0,6}$/

/** What a record may tell, and `level`, which an export writes and the labels decide. */
const FIELDS: ReadonlySet<string> = new Set([
  ...['email', 'password_hash', 'password_digest', 'uid', 'role', 'state', 'level', 'confirmed_at'],
  ...['created_at', 'updated_at', 'discarded_at', 'locked_at', 'frozen_at', 'staff_frozen_at', 'failed_attempts'],
  ...['otp_secret', 'otp_enabled_at', 'recovery_codes', 'passkeys', 'api_keys', 'labels'],
  ...['phone', 'phones', 'profile', ...PROFILE, 'metadata', 'password_given_at', 'language'],
])

/** The fields of a record that nothing is made of. */
export const unknownFields = (record: Fields): string[] => Object.keys(record).filter((name) => !FIELDS.has(name))

/** The rows of a record of a file; throws {@link Unfit} with the first reason against it. */
export function accountRows(standards: Standards, record: Fields): AccountRows {
  const now = iso(standards.now)
  const confirmed_at = confirmationOf(record, now)
  const phones = phoneRows(record, now)
  const rows = {
    account: accountOf(standards, record, confirmed_at),
    otp_secret: secretOf(record),
    labels: labelRows(record, now) ?? earnedLabels(now, confirmed_at, phones),
    phones,
    profiles: profileRows(record, standards.now),
    api_keys: apiKeyRows(record, now),
    passkeys: passkeyRows(record, now),
    recovery_codes: countField(record, 'recovery_codes'),
  }
  const is_uid_ours = textField(record, 'uid') === undefined
  return { ...rows, is_uid_ours, account: { ...rows.account, level: levelOf(rows.labels, standards.levels) } }
}

function accountOf({ now }: Standards, record: Fields, confirmed_at: string | null): NewRow<'accounts'> {
  const email = normalizeEmail(neededText(record, 'email'))
  if (!isEmail(email)) throw new Unfit('Email is invalid')
  const uid = textField(record, 'uid') ?? accountUid()
  if (!UID.test(uid)) throw new Unfit('Uid is invalid')
  const created_at = timeField(record, 'created_at') ?? iso(now)
  return {
    uid,
    email,
    password_digest: hashOf(record),
    password_given_at: timeField(record, 'password_given_at') ?? null,
    role: wordField(record, 'role', ROLES) ?? 'member',
    state: wordField(record, 'state', STATES) ?? (confirmed_at === null ? 'pending' : 'active'),
    language: languageOf(record),
    confirmed_at,
    failed_attempts: countField(record, 'failed_attempts'),
    locked_at: timeField(record, 'locked_at') ?? null,
    frozen_at: timeField(record, 'frozen_at') ?? null,
    staff_frozen_at: timeField(record, 'staff_frozen_at') ?? null,
    discarded_at: timeField(record, 'discarded_at') ?? null,
    otp_enabled_at: secretOf(record) === undefined ? null : (timeField(record, 'otp_enabled_at') ?? iso(now)),
    created_at,
    updated_at: timeField(record, 'updated_at') ?? created_at,
  }
}

function hashOf(record: Fields): string {
  const hash = textField(record, 'password_digest') ?? neededText(record, 'password_hash')
  if (!isVerifiableHash(hash)) throw new Unfit('Password hash is of no known form, or too costly to verify')
  return hash
}

/** A language tag (BCP 47) in its common forms; who is written to in one that is not spoken here gets English. */
function languageOf(record: Fields): string | null {
  const language = textField(record, 'language')
  if (language !== undefined && !/^[a-z]{2,3}(-[a-z\d]{2,8}){0,3}$/i.test(language))
    throw new Unfit('Language is no language tag')
  return language ?? null
}

/** Who says nothing vouches for the e-mail, unless the account is pending. */
function confirmationOf(record: Fields, now: string): string | null {
  if (record['confirmed_at'] === null) return null
  return timeField(record, 'confirmed_at') ?? (record['state'] === 'pending' ? null : now)
}

function secretOf(record: Fields): string | undefined {
  const secret = textField(record, 'otp_secret')
  if (secret !== undefined && !BASE32.test(secret)) throw new Unfit('Otp secret is no base32')
  return secret
}

function earnedLabels(now: string, confirmed_at: string | null, phones: AccountRows['phones']): Owned<'labels'>[] {
  const keys = [
    ...(confirmed_at === null ? [] : ['email']),
    ...(phones.some(({ validated_at }) => validated_at !== null) ? ['phone'] : []),
  ]
  return keys.map((key) => ({ key, value: 'verified', scope: 'private', created_at: now, updated_at: now }))
}
