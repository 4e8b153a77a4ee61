import type { Rate } from '../../lib/rates.ts'
import type { Values } from '../config/settings.ts'

/** Something that may be done so often. */
export interface Limit {
  /** As metrics name it. */
  readonly family: string
  /** None: no limit. */
  readonly rates: readonly Rate[]
}

/** What operators set limits to, and where. */
const SETTINGS = {
  requests: 'BARONG_LIMIT_REQUESTS',
  account_requests: 'BARONG_LIMIT_ACCOUNT_REQUESTS',
  sign_in: 'BARONG_LIMIT_SIGN_IN',
  sign_up: 'BARONG_LIMIT_SIGN_UP',
  mail: 'BARONG_LIMIT_MAIL',
  mail_recipient: 'BARONG_LIMIT_MAIL_RECIPIENT',
  uploads: 'BARONG_LIMIT_UPLOADS',
  sms: 'BARONG_LIMIT_SMS',
  sms_prefix: 'BARONG_LIMIT_SMS_PREFIX',
  sms_country: 'BARONG_LIMIT_SMS_COUNTRY',
  tokens: 'BARONG_LIMIT_TOKENS',
  guesses: 'BARONG_LIMIT_GUESSES',
  session_guesses: 'BARONG_LIMIT_SESSION_GUESSES',
  device_guesses: 'BARONG_LIMIT_DEVICE_GUESSES',
  strangers: 'BARONG_LIMIT_STRANGERS',
  stranger_records: 'BARONG_LIMIT_STRANGER_RECORDS',
} as const

export type Family = keyof typeof SETTINGS

/** The limits that the operator has set. */
export function limitsIn(values: Values): Readonly<Record<Family, Limit>> {
  const limit = <F extends Family>(family: F): Limit => ({ family, rates: values[SETTINGS[family]] })
  return {
    requests: limit('requests'),
    account_requests: limit('account_requests'),
    sign_in: limit('sign_in'),
    sign_up: limit('sign_up'),
    mail: limit('mail'),
    mail_recipient: limit('mail_recipient'),
    uploads: limit('uploads'),
    sms: limit('sms'),
    sms_prefix: limit('sms_prefix'),
    sms_country: limit('sms_country'),
    tokens: limit('tokens'),
    guesses: limit('guesses'),
    session_guesses: limit('session_guesses'),
    device_guesses: limit('device_guesses'),
    strangers: limit('strangers'),
    stranger_records: limit('stranger_records'),
  }
}
