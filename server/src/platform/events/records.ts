import { isDeepStrictEqual } from 'node:util'
import { type Static, type TProperties, Type } from 'typebox'
import { isoSeconds } from '../../lib/clock.ts'
import type { Account, ApiKey, Application, Document, Label, Passkey, Phone, Profile, Session } from '../db/schema.ts'

// What events say of a row. Attributes that are null are left out, as Barong 1.8.26 left them out.

const Text = Type.String()
const Time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC, whole seconds.' })
const times = { created_at: Time, updated_at: Time }
const record = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })

/** What 1.8.26 did not tell is told where it is news; elsewhere records are as they were. */
const news = (created: string): string => `Only where it changed, and of a new account ${created}.`

export const AccountRecord = record({
  uid: Text,
  email: Text,
  level: Type.Integer(),
  otp_enabled: Type.Boolean(),
  role: Type.Optional(Type.String({ description: news('that is not `member`') })),
  confirmation_token: Type.Optional(Type.String({ description: 'Only with `EVENT_API_INCLUDE_TOKENS`.' })),
  confirmed_at: Type.Optional(Time),
  confirmation_sent_at: Type.Optional(Time),
  reset_password_sent_at: Type.Optional(Time),
  state: Text,
  failed_attempts: Type.Integer(),
  locked_at: Type.Optional(Type.String({ format: 'date-time', description: 'ISO 8601, UTC, with milliseconds.' })),
  frozen_at: Type.Optional(Type.String({ format: 'date-time', description: news('that is frozen') })),
  discarded_at: Type.Optional(Type.String({ format: 'date-time', description: news('that is discarded') })),
  ...times,
})
export type AccountRecord = Static<typeof AccountRecord>

export const ProfileRecord = record({
  account_uid: Text,
  first_name: Text,
  last_name: Text,
  dob: Type.String({ description: 'YYYY-MM-DD' }),
  address: Text,
  postcode: Text,
  city: Text,
  country: Type.String({ description: 'ISO 3166-1 alpha-2.' }),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'As it was handed in.' })),
  ...times,
})
export type ProfileRecord = Static<typeof ProfileRecord>

export const LabelRecord = record({
  account_uid: Text,
  key: Text,
  value: Text,
  scope: Text,
  expires_at: Type.Optional(Type.String({ format: 'date-time', description: 'When it is lifted by itself.' })),
  reason: Type.Optional(Type.String({ description: 'Why it was set.' })),
  ...times,
})
export type LabelRecord = Static<typeof LabelRecord>

/** The ladder of levels, lowest first: whoever has the labels of the first `n` is of level `n`. */
export const LevelsRecord = record({
  levels: Type.Array(record({ key: Text, value: Text, description: Text }), { description: 'Lowest first.' }),
})

export const DocumentRecord = record({
  account_uid: Text,
  id: Type.Integer(),
  doc_type: Text,
  doc_expire: Type.String({ description: 'YYYY-MM-DD' }),
  content_type: Text,
  size: Type.Integer({ description: 'Bytes.' }),
  ...times,
})
export type DocumentRecord = Static<typeof DocumentRecord>

export const PhoneRecord = record({
  account_uid: Text,
  number: Type.String({ description: 'International, digits only.' }),
  country: Text,
  validated_at: Type.Optional(Time),
  ...times,
})
export type PhoneRecord = Static<typeof PhoneRecord>

export const SessionRecord = record({
  account_uid: Text,
  jti: Type.String({ description: 'The `jti` of its access token.' }),
  created_at: Time,
  expires_at: Time,
  revoked_at: Type.Optional(Time),
})
export type SessionRecord = Static<typeof SessionRecord>

export const ApiKeyRecord = record({
  account_uid: Text,
  uid: Text,
  scopes: Type.Optional(Text),
  expires_in: Type.Integer({ description: 'Seconds.' }),
  state: Text,
  allowed_networks: Type.Optional(Text),
  expires_at: Type.Optional(Time),
  rate: Type.Optional(Text),
  ...times,
})
export type ApiKeyRecord = Static<typeof ApiKeyRecord>

export const ErasedRecord = record({ uid: Text })

export const PasskeyRecord = record({ account_uid: Text, id: Text, created_at: Time })
export type PasskeyRecord = Static<typeof PasskeyRecord>

export const ApplicationRecord = record({
  uid: Text,
  name: Text,
  redirect_uri: Text,
  scopes: Text,
  skipauth: Type.Boolean(),
  ...times,
})
export type ApplicationRecord = Static<typeof ApplicationRecord>

const accountFacts = (account: Account) =>
  withoutNulls({
    uid: account.uid,
    email: account.email,
    level: account.level,
    otp_enabled: account.otp_enabled_at !== null,
    confirmed_at: time(account.confirmed_at),
    confirmation_sent_at: time(account.confirmation_sent_at),
    reset_password_sent_at: time(account.reset_password_sent_at),
    state: account.state,
    failed_attempts: account.failed_attempts,
    // Milliseconds stay, as Barong 1.8.26 had them.
    locked_at: account.locked_at,
    ...timesOf(account),
  })

type Rank = Pick<Account, 'role' | 'frozen_at' | 'discarded_at'>
/** What everybody begins as. */
const NEWCOMER: Rank = { role: 'member', frozen_at: null, discarded_at: null }

const rankFacts = ({ role, frozen_at, discarded_at }: Rank) =>
  withoutNulls({ role, frozen_at: time(frozen_at), discarded_at: time(discarded_at) })

/** What is told of a new account. */
export const accountRecord = (account: Account): AccountRecord => ({
  ...accountFacts(account),
  ...changesOf(rankFacts(account), rankFacts(NEWCOMER)),
})

/** What is told of a changed account, and the former values of what changed. */
export function accountUpdate(
  before: Account,
  after: Account,
): { record: AccountRecord; changes: Partial<AccountRecord> } {
  const [former, present] = [rankFacts(before), rankFacts(after)]
  return {
    record: { ...accountFacts(after), ...changesOf(present, former) },
    changes: { ...changesOf(accountFacts(before), accountFacts(after)), ...changesOf(former, present) },
  }
}

export const profileRecord = (account: Pick<Account, 'uid'>, profile: Omit<Profile, 'id'>): ProfileRecord =>
  withoutNulls({
    account_uid: account.uid,
    first_name: profile.first_name,
    last_name: profile.last_name,
    dob: profile.dob,
    address: profile.address,
    postcode: profile.postcode,
    city: profile.city,
    country: profile.country,
    metadata: profile.metadata === null ? null : readMetadata(profile.metadata),
    ...timesOf(profile),
  })

export const labelRecord = (account: Pick<Account, 'uid'>, label: Label): LabelRecord =>
  withoutNulls({
    account_uid: account.uid,
    key: label.key,
    value: label.value,
    scope: label.scope,
    expires_at: time(label.expires_at),
    reason: label.reason,
    ...timesOf(label),
  })

/** Neither the number nor the file leave the house. */
export const documentRecord = (account: Pick<Account, 'uid'>, document: Document): DocumentRecord => ({
  account_uid: account.uid,
  id: document.id,
  doc_type: document.doc_type,
  doc_expire: document.doc_expire,
  content_type: document.content_type,
  size: document.size,
  ...timesOf(document),
})

/** What others are told of a phone. */
export type PhoneFacts = Pick<Phone, 'number' | 'country' | 'validated_at' | 'created_at' | 'updated_at'>

export const phoneRecord = (account: Pick<Account, 'uid'>, phone: PhoneFacts): PhoneRecord =>
  withoutNulls({
    account_uid: account.uid,
    number: phone.number,
    country: phone.country,
    validated_at: time(phone.validated_at),
    ...timesOf(phone),
  })

export const sessionRecord = (
  account: Pick<Account, 'uid'>,
  session: Pick<Session, 'jti' | 'created_at' | 'expires_at' | 'revoked_at'>,
): SessionRecord =>
  withoutNulls({
    account_uid: account.uid,
    jti: session.jti,
    created_at: isoSeconds(session.created_at),
    expires_at: isoSeconds(session.expires_at),
    revoked_at: time(session.revoked_at),
  })

export const apiKeyRecord = (account: Pick<Account, 'uid'>, key: ApiKey): ApiKeyRecord =>
  withoutNulls({
    account_uid: account.uid,
    uid: key.uid,
    scopes: key.scopes,
    expires_in: key.expires_in,
    state: key.state,
    allowed_networks: key.allowed_networks,
    expires_at: time(key.expires_at),
    rate: key.rate,
    ...timesOf(key),
  })

export const passkeyRecord = (account: Pick<Account, 'uid'>, passkey: Passkey): PasskeyRecord => ({
  account_uid: account.uid,
  id: passkey.uid,
  created_at: isoSeconds(passkey.created_at),
})

export const applicationRecord = (application: Application): ApplicationRecord => ({
  uid: application.uid,
  name: application.name,
  redirect_uri: application.redirect_uri,
  scopes: application.scopes,
  skipauth: application.consent_skipped_at !== null,
  ...timesOf(application),
})

/** The former values of what changed; what was null before does not appear. */
export function changesOf<R extends object>(before: R, after: R): Partial<R>
export function changesOf(before: object, after: object): object {
  const later = new Map(Object.entries(after))
  return Object.fromEntries(Object.entries(before).filter(([key, value]) => !isDeepStrictEqual(value, later.get(key))))
}

const readMetadata = (text: string): Record<string, unknown> => JSON.parse(text)

const timesOf = (row: { created_at: string; updated_at: string }) => ({
  created_at: isoSeconds(row.created_at),
  updated_at: isoSeconds(row.updated_at),
})

const time = (text: string | null): string | null => (text === null ? null : isoSeconds(text))

type WithoutNulls<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: NonNullable<T[K]>
}

function withoutNulls<T extends object>(values: T): WithoutNulls<T>
function withoutNulls(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))
}
