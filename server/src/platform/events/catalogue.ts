import { isoSeconds } from '../../lib/clock.ts'
import type { Account, Profile } from '../db/schema.ts'

/** A fact that other services may learn of: a name, whom it concerns, and what it says. */
export interface Event {
  name: EventName
  account_id: number
  payload: Record<string, unknown>
}

/** Every event there is; the first segment is the category, the rest the routing key. */
export type EventName =
  | 'model.account.created'
  | 'model.account.updated'
  | 'model.profile.created'
  | 'system.account.reset_password_token'
  | 'system.account.unlock_token'
  | 'system.document.verified'
  | 'system.document.rejected'

/** Somebody signed up. */
export const accountCreated = (account: Account): Event => ({
  name: 'model.account.created',
  account_id: account.id,
  payload: { record: accountRecord(account) },
})

/** Something about the account changed; `changes` holds the former values. */
export const accountUpdated = (before: Account, after: Account): Event => ({
  name: 'model.account.updated',
  account_id: after.id,
  payload: { record: accountRecord(after), changes: changesOf(accountRecord(before), accountRecord(after)) },
})

/** A profile was handed in. */
export const profileCreated = (account: Account, profile: Profile): Event => ({
  name: 'model.profile.created',
  account_id: account.id,
  payload: { record: profileRecord(account, profile) },
})

/** Somebody asked for a new password; `token` is what the mail carries. */
export const resetPasswordToken = (account: Account, token: string): Event =>
  tokenEvent('system.account.reset_password_token', account, token)

/** The account was locked, or its owner asked for the mail again. */
export const unlockToken = (account: Account, token: string): Event =>
  tokenEvent('system.account.unlock_token', account, token)

/** The documents were accepted or refused. */
export const documentReviewed = (account: Account, decision: 'verified' | 'rejected'): Event => ({
  name: `system.document.${decision}`,
  account_id: account.id,
  payload: { uid: account.uid, email: account.email },
})

const tokenEvent = (name: EventName, account: Account, token: string): Event => ({
  name,
  account_id: account.id,
  payload: { uid: account.uid, email: account.email, token },
})

const accountRecord = (account: Account): Record<string, unknown> =>
  withoutNulls({
    uid: account.uid,
    email: account.email,
    level: account.level,
    otp_enabled: account.otp_enabled_at !== null,
    role: account.role,
    confirmed_at: time(account.confirmed_at),
    confirmation_sent_at: time(account.confirmation_sent_at),
    reset_password_sent_at: time(account.reset_password_sent_at),
    state: account.state,
    failed_attempts: account.failed_attempts,
    // Milliseconds stay, as Barong 1.8.26 had them.
    locked_at: account.locked_at,
    discarded_at: time(account.discarded_at),
    created_at: time(account.created_at),
    updated_at: time(account.updated_at),
  })

const profileRecord = (account: Account, profile: Profile): Record<string, unknown> =>
  withoutNulls({
    account_uid: account.uid,
    first_name: profile.first_name,
    last_name: profile.last_name,
    dob: profile.dob,
    address: profile.address,
    postcode: profile.postcode,
    city: profile.city,
    country: profile.country,
    metadata: profile.metadata,
    created_at: time(profile.created_at),
    updated_at: time(profile.updated_at),
  })

const time = (text: string | null): string | null => (text === null ? null : isoSeconds(text))

const withoutNulls = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null))

const changesOf = (before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(before).filter(([key, value]) => value !== after[key]))
