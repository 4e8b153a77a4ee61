import { type Static, type TObject, Type } from 'typebox'
import {
  AccountRecord,
  ApiKeyRecord,
  ApplicationRecord,
  DocumentRecord,
  ErasedRecord,
  LabelRecord,
  LevelsRecord,
  PasskeyRecord,
  PhoneRecord,
  ProfileRecord,
  SessionRecord,
} from './records.ts'

const created = <R extends TObject>(record: R) => Type.Object({ record }, { additionalProperties: false })
const updated = <R extends TObject>(record: R) =>
  Type.Object(
    { record, changes: Type.Partial(record, { description: 'The former values of what changed.' }) },
    { additionalProperties: false },
  )
const person = { uid: Type.String(), email: Type.String() }
const About = Type.Object(person, { additionalProperties: false })
const WithToken = Type.Object(
  {
    ...person,
    token: Type.Optional(Type.String({ description: 'What the mail carries. Only with `EVENT_API_INCLUDE_TOKENS`.' })),
  },
  { additionalProperties: false },
)

/** Every event there is: when it happens and what it says. The first segment is the category, the rest the routing key. */
export const definitions = {
  'model.account.created': {
    summary: 'Somebody signed up, or was seeded or imported.',
    payload: created(AccountRecord),
  },
  'model.account.updated': {
    summary:
      'An account changed: confirmed, locked, another level, state or role, second factor on or off, a new password, a failed attempt.',
    payload: updated(AccountRecord),
  },
  'model.account.erased': {
    summary: 'A person was erased for good: what others keep of them must go, too.',
    payload: created(ErasedRecord),
  },
  'model.profile.created': { summary: 'A profile was handed in.', payload: created(ProfileRecord) },
  'model.profile.updated': {
    summary: 'A profile was handed in again, after the documents were refused.',
    payload: updated(ProfileRecord),
  },
  'model.label.created': { summary: 'A label was added.', payload: created(LabelRecord) },
  'model.label.updated': { summary: 'A label got another value.', payload: updated(LabelRecord) },
  'model.label.deleted': { summary: 'A label was removed.', payload: created(LabelRecord) },
  'model.levels.updated': {
    summary:
      'The levels became others; every account that has another level by that follows as `model.account.updated`.',
    payload: created(LevelsRecord),
  },
  'model.phone.verified': { summary: 'A phone number was proved to be the account’s.', payload: created(PhoneRecord) },
  'model.document.created': {
    summary: 'A document was handed in. Neither its number nor the file are told.',
    payload: created(DocumentRecord),
  },
  'model.session.created': { summary: 'Somebody signed in or renewed a session.', payload: created(SessionRecord) },
  'model.session.revoked': { summary: 'A session was ended before its time.', payload: created(SessionRecord) },
  'model.api_key.created': { summary: 'An API key was added.', payload: created(ApiKeyRecord) },
  'model.api_key.updated': { summary: 'An API key was changed.', payload: updated(ApiKeyRecord) },
  'model.api_key.deleted': { summary: 'An API key was removed.', payload: created(ApiKeyRecord) },
  'model.passkey.created': { summary: 'A passkey was added.', payload: created(PasskeyRecord) },
  'model.passkey.deleted': { summary: 'A passkey was removed.', payload: created(PasskeyRecord) },
  'model.application.created': { summary: 'An application was registered.', payload: created(ApplicationRecord) },
  'model.application.updated': { summary: 'An application was changed.', payload: updated(ApplicationRecord) },
  'model.application.deleted': { summary: 'An application was removed.', payload: created(ApplicationRecord) },
  'system.account.reset_password_token': { summary: 'Somebody asked for a new password.', payload: WithToken },
  'system.account.unlock_token': {
    summary: 'An account was locked, or its owner asked for the mail again.',
    payload: WithToken,
  },
  'system.document.verified': { summary: 'The documents were accepted.', payload: About },
  'system.document.rejected': { summary: 'The documents were refused.', payload: About },
} as const satisfies Record<string, { summary: string; payload: TObject }>

export type EventName = keyof typeof definitions
export type PayloadOf<N extends EventName> = Static<(typeof definitions)[N]['payload']>

/** Whether there is an event of that name. */
export const isEventName = (name: string): name is EventName => Object.hasOwn(definitions, name)
