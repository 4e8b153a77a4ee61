import type {
  Account,
  AccountFacts,
  ApiKey,
  Application,
  Document,
  Label,
  Level,
  Passkey,
  Profile,
  Session,
} from '../db/schema.ts'
import type { EventName, PayloadOf } from './definitions.ts'
import {
  accountRecord,
  accountUpdate,
  apiKeyRecord,
  applicationRecord,
  changesOf,
  documentRecord,
  labelRecord,
  type PhoneFacts,
  passkeyRecord,
  phoneRecord,
  profileRecord,
  sessionRecord,
} from './records.ts'

/** A fact that other services may learn of: a name, whom it concerns (nobody, when `null`), and what it says. */
export type Event = { [N in EventName]: EventOf<N> }[EventName]

interface EventOf<N extends EventName> {
  name: N
  account_id: number | null
  payload: PayloadOf<N>
}

/** Somebody signed up; `token` confirms the e-mail. */
export const accountCreated = (account: Account, token?: string): Event => ({
  name: 'model.account.created',
  account_id: account.id,
  payload: {
    record: { ...accountRecord(account), ...(token === undefined ? {} : { confirmation_token: token }) },
  },
})

/** Something about the account changed; `changes` holds the former values. */
export const accountUpdated = (before: Account, after: Account): Event => ({
  name: 'model.account.updated',
  account_id: after.id,
  payload: accountUpdate(before, after),
})

/** A person was erased for good. */
export const accountErased = ({ id, uid }: Pick<Account, 'id' | 'uid'>): Event => ({
  name: 'model.account.erased',
  account_id: id,
  payload: { record: { uid } },
})

/** A profile was handed in. */
export const profileCreated = (account: AccountFacts, profile: Omit<Profile, 'id'>): Event => ({
  name: 'model.profile.created',
  account_id: account.id,
  payload: { record: profileRecord(account, profile) },
})

/** A profile was changed. */
export const profileUpdated = (account: AccountFacts, before: Profile, after: Profile): Event => ({
  name: 'model.profile.updated',
  account_id: account.id,
  payload: update(profileRecord(account, before), profileRecord(account, after)),
})

/** A label was added or removed. */
export const labelEvent = (what: 'created' | 'deleted', account: AccountFacts, label: Label): Event => ({
  name: `model.label.${what}`,
  account_id: account.id,
  payload: { record: labelRecord(account, label) },
})

/** A label got another value. */
export const labelUpdated = (account: AccountFacts, before: Label, after: Label): Event => ({
  name: 'model.label.updated',
  account_id: account.id,
  payload: update(labelRecord(account, before), labelRecord(account, after)),
})

/** The levels became others. */
export const levelsUpdated = (levels: readonly Pick<Level, 'key' | 'value' | 'description'>[]): Event => ({
  name: 'model.levels.updated',
  account_id: null,
  payload: { record: { levels: levels.map(({ key, value, description }) => ({ key, value, description })) } },
})

/** A phone number is the account's own now. */
export const phoneVerified = (account: AccountFacts, phone: PhoneFacts): Event => ({
  name: 'model.phone.verified',
  account_id: account.id,
  payload: { record: phoneRecord(account, phone) },
})

/** A document was handed in. */
export const documentCreated = (account: AccountFacts, document: Document): Event => ({
  name: 'model.document.created',
  account_id: account.id,
  payload: { record: documentRecord(account, document) },
})

/** A session began, or ended before its time. */
export const sessionEvent = (
  what: 'created' | 'revoked',
  account: Pick<Account, 'id' | 'uid'>,
  session: Pick<Session, 'jti' | 'created_at' | 'expires_at' | 'revoked_at'>,
): Event => ({
  name: `model.session.${what}`,
  account_id: account.id,
  payload: { record: sessionRecord(account, session) },
})

/** An API key was added or removed. */
export const apiKeyEvent = (what: 'created' | 'deleted', account: AccountFacts, key: ApiKey): Event => ({
  name: `model.api_key.${what}`,
  account_id: account.id,
  payload: { record: apiKeyRecord(account, key) },
})

/** An API key was changed. */
export const apiKeyUpdated = (account: AccountFacts, before: ApiKey, after: ApiKey): Event => ({
  name: 'model.api_key.updated',
  account_id: account.id,
  payload: update(apiKeyRecord(account, before), apiKeyRecord(account, after)),
})

/** A passkey was added or removed. */
export const passkeyEvent = (
  what: 'created' | 'deleted',
  account: Pick<Account, 'id' | 'uid'>,
  passkey: Passkey,
): Event => ({
  name: `model.passkey.${what}`,
  account_id: account.id,
  payload: { record: passkeyRecord(account, passkey) },
})

/** An application was registered or removed. */
export const applicationEvent = (what: 'created' | 'deleted', application: Application): Event => ({
  name: `model.application.${what}`,
  account_id: null,
  payload: { record: applicationRecord(application) },
})

/** An application was changed. */
export const applicationUpdated = (before: Application, after: Application): Event => ({
  name: 'model.application.updated',
  account_id: null,
  payload: update(applicationRecord(before), applicationRecord(after)),
})

/** Somebody asked for a new password; `token` is what the mail carries. */
export const resetPasswordToken = (account: AccountFacts, token: string): Event => ({
  name: 'system.account.reset_password_token',
  account_id: account.id,
  payload: { uid: account.uid, email: account.email, token },
})

/** The account was locked, or its owner asked for the mail again. */
export const unlockToken = (account: AccountFacts, token: string): Event => ({
  name: 'system.account.unlock_token',
  account_id: account.id,
  payload: { uid: account.uid, email: account.email, token },
})

/** The documents were accepted or refused. */
export const documentReviewed = (account: AccountFacts, decision: 'verified' | 'rejected'): Event => ({
  name: `system.document.${decision}`,
  account_id: account.id,
  payload: { uid: account.uid, email: account.email },
})

/** The event without the raw tokens that mails carry: whoever reads one could confirm, unlock or take over the account. */
export function withoutTokens(event: Event): Event {
  switch (event.name) {
    case 'model.account.created': {
      const { confirmation_token: _, ...record } = event.payload.record
      return { ...event, payload: { record } }
    }
    case 'system.account.reset_password_token':
    case 'system.account.unlock_token': {
      const { token: _, ...payload } = event.payload
      return { ...event, payload }
    }
    default:
      return event
  }
}

const update = <R extends object>(before: R, after: R): { record: R; changes: Partial<R> } => ({
  record: after,
  changes: changesOf(before, after),
})
