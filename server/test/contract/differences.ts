import { isObject } from '../../src/lib/json.ts'
import type { Outcome, Told } from './outcomes.ts'

/** Recordings that are answered otherwise, why, and how. */
export interface Difference {
  pairs: readonly string[]
  /** A remedy for a defect (numbered as in chapter 12 of the original's description), or a decision of the contract. */
  because: string
  /** What replaces the recorded outcome; a refusal causes nothing unless it says so. */
  ours: Partial<Outcome>
  /** What becomes of the recorded body, where only a part of it is another. */
  body?: (recorded: Record<string, unknown>) => unknown
  /** What the events tell otherwise of the account. */
  account?: (recorded: Told) => Told
}

const refused = (status: number, text: string): Partial<Outcome> => ({ status, body: { error: text } })
const session = (email: string): Partial<Outcome> => ({ status: 201, body: `<jwt session ${email}>` })
const STRANGER: Partial<Outcome> = {
  ...refused(401, 'The access token is invalid'),
  media_type: 'application/json; charset=utf-8',
  headers: {
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'www-authenticate':
      'Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"',
  },
}
const LIFETIME = refused(422, 'expires_in must be from 1800 to 86400 seconds')
const NO_TOKEN: Partial<Outcome> = { body: { exp_minus_iat: undefined } }
const RESET_LINK = 'http://barong.local/accounts/password/edit?reset_password_token='
const CONFIRMATION_LINK = 'http://barong.local/accounts/confirmation?confirmation_token='

const paths: readonly Difference[] = [
  {
    pairs: [
      'unknown_endpoint_POST',
      'unknown_endpoint_DELETE',
      'api_v1_root',
      'api_v1_root_slash',
      'malformed_json_unknown_endpoint',
    ],
    because: 'Remedy 34: an unknown path is 404, whatever it carries',
    ours: refused(404, 'Not found'),
  },
  {
    pairs: ['unknown_endpoint_HEAD'],
    because: 'Remedy 34: an unknown path is 404',
    ours: { status: 404 },
  },
  {
    pairs: [
      'wrong_method_GET_accounts',
      'wrong_method_DELETE_accounts',
      'wrong_method_POST_accounts_me',
      'wrong_method_DELETE_accounts_me',
      'wrong_method_GET_accounts_password',
      'wrong_method_PUT_sessions',
      'wrong_method_GET_sessions_generate_jwt',
      'wrong_method_GET_security_renew',
      'wrong_method_GET_security_reset_password',
      'wrong_method_PUT_documents',
      'wrong_method_GET_phones',
      'wrong_method_PUT_api_keys',
      'wrong_method_with_body',
      'delete_account_none',
    ],
    because: 'Remedy 34: a known path with another verb is 405',
    ours: refused(405, 'The method is not allowed here'),
  },
  {
    pairs: ['wrong_method_GET_sessions', 'wrong_method_DELETE_sessions'],
    // Decided: the list of open sessions stands at the path of 1.8.26 and takes verbs it did not have.
    because: 'Remedy 34, and operations added to those of 1.8.26: people list and end their sessions here',
    ours: STRANGER,
  },
  {
    pairs: ['wrong_method_HEAD_accounts'],
    because: 'Remedy 34: a known path with another verb is 405',
    ours: { status: 405 },
  },
  {
    pairs: ['method_override_form', 'method_override_header'],
    because: 'Contract: there is no override of the method by a field or a header',
    ours: { ...refused(405, 'The method is not allowed here'), media_type: 'application/json' },
  },
  {
    pairs: ['swagger_json', 'swagger_accounts'],
    because: 'Decision: the API document is OpenAPI 3.1',
    ours: { body: { specification: '3.1.0' } },
  },
]

const bodies: readonly Difference[] = [
  {
    pairs: ['register_json_trailing'],
    because: 'Remedy 34: malformed JSON is 400',
    ours: refused(400, 'The request body is not valid JSON'),
  },
  {
    pairs: ['register_json_invalid_utf8'],
    because: 'Remedy 34: invalid UTF-8 is 400',
    ours: refused(400, 'The request body is not valid UTF-8'),
  },
  {
    pairs: ['register_json_bom'],
    because: 'Remedy 34: malformed JSON is 400 (RFC 8259 wants no byte order mark)',
    ours: refused(400, 'The request body must not start with a byte order mark'),
  },
  {
    pairs: ['malformed_form'],
    because: 'Remedy 34: a malformed form is 400',
    ours: refused(400, 'The form has an invalid percent encoding'),
  },
  {
    pairs: ['malformed_form_nested'],
    because: 'Remedy 34: a malformed form is 400',
    ours: refused(400, 'The form uses one field both as a value and as a group'),
  },
]

const accounts: readonly Difference[] = [
  {
    pairs: ['register_email_fmt_19'],
    because: 'Remedy 34: no 500; the host name is not ASCII',
    ours: { status: 422, body: { error: ['Email is invalid'] } },
  },
  {
    pairs: ['register_email_fmt_27'],
    because: 'Remedy 45: addresses are trimmed everywhere, line breaks too',
    ours: {
      status: 201,
      body: null,
      mails: [`foo@bar.com: Confirmation instructions (${CONFIRMATION_LINK})`],
      events: ['model.account.created'],
    },
  },
  {
    pairs: ['confirm_case_flipped'],
    because: 'Contract: tokens, ids and keys are compared exactly',
    ours: refused(422, 'Confirmation token is invalid'),
  },
  {
    pairs: ['confirm_discarded'],
    because: 'Remedy 26: discarded accounts can do nothing with a token',
    ours: refused(422, 'Confirmation token is invalid'),
  },
  {
    pairs: ['reset_spaces'],
    because: 'Remedy 45: addresses are trimmed everywhere',
    ours: {
      status: 201,
      body: null,
      mails: [`r@example.com: Reset password instructions (${RESET_LINK})`],
      events: ['model.account.updated', 'system.account.reset_password_token'],
    },
  },
  {
    pairs: ['reset_upcase'],
    because: 'The two requests were recorded within a second, and are a second apart here',
    ours: {},
    account: ({ record }) => ({ record, changed: ['reset_password_sent_at'] }),
  },
  {
    pairs: ['reset_put_locked_account_unlocks'],
    because: 'Remedy 8: a reset unlocks',
    ours: {},
    account: ({ record: { locked_at: _, ...record } }) => ({
      record: { ...record, failed_attempts: 0 },
      changed: ['failed_attempts', 'locked_at', 'reset_password_sent_at'],
    }),
  },
  {
    pairs: ['password_array_old_password'],
    because: 'Remedy 44: passwords are strings, as the API document says',
    ours: refused(400, 'Old Password is invalid'),
  },
  {
    pairs: ['password_array_new_password'],
    because: 'Remedy 44: passwords are strings, as the API document says',
    ours: refused(400, 'New Password is invalid'),
  },
  {
    pairs: ['password_blank_new_password', 'password_short', 'password_weak', 'password_same'],
    because: 'Remedy 18: an unacceptable new password is 422',
    ours: { status: 422 },
  },
]

const sessions: readonly Difference[] = [
  {
    pairs: [
      'session_after_unlock',
      'session_ok_json',
      'session_ok_form',
      'session_email_trailing_space',
      'session_with_invalid_bearer',
      'session_admin',
      'session_2fa_ok_number',
      'session_2fa_next_window',
      'session_2fa_replay_first',
      'session_state_blocked',
      'session_after_reset',
      'env_session',
      'env_session_after_wrong',
    ],
    because: 'Decision: an event tells of a change; these sign-ins change nothing about the account',
    ours: { events: [] },
  },
  {
    pairs: ['session_wrong_pw_5'],
    because: 'Remedy 10: the failure that locks is counted by an event of its own',
    ours: {},
    account: ({ record }) => ({ record, changed: ['failed_attempts'] }),
  },
  {
    pairs: ['session_lock_expired_2h_ago'],
    because: 'Remedy 8: a lock older than UNLOCK_IN has ended',
    ours: { ...session('lock@example.com'), events: ['model.account.updated'] },
  },
  {
    pairs: ['session_email_spaces'],
    because: 'Remedy 45: addresses are trimmed everywhere',
    ours: session('s@example.com'),
  },
  {
    pairs: ['session_array_email', 'session_hash_email'],
    because: 'Remedy 44: e-mail, password and application id are strings',
    ours: refused(400, 'Email is invalid'),
  },
  {
    pairs: ['session_array_password'],
    because: 'Remedy 44: e-mail, password and application id are strings',
    ours: refused(400, 'Password is invalid'),
  },
  {
    pairs: ['session_hash_application_id'],
    because: 'Remedy 44: e-mail, password and application id are strings',
    ours: refused(400, 'Application ID is invalid'),
  },
  {
    pairs: ['session_expires_in_neg', 'session_expires_in_abc', 'session_expires_in_big', 'session_expires_in_true'],
    because: 'Contract: expires_in is a whole number of seconds from 1800 to 86400',
    ours: LIFETIME,
  },
  {
    pairs: ['session_expires_in_neg_decoded', 'session_expires_in_abc_decoded', 'session_expires_in_true_decoded'],
    because: 'Contract: expires_in is a whole number of seconds from 1800 to 86400, so there is no token',
    ours: NO_TOKEN,
  },
  {
    pairs: [
      'session_jwt_decoded',
      'session_admin_decoded',
      'renew_decoded',
      'env_session_decoded',
      'gen_jwt_decoded',
      'gen_jwt_null_scopes_decoded',
    ],
    because: 'Remedy 25: the header tells the key',
    ours: {},
    body: (token) => ({ ...token, header: { alg: 'RS256', typ: 'JWT', kid: '<thumbprint>' } }),
  },
  {
    pairs: ['session_2fa_missing_otp'],
    because: 'Remedy 9: a missing code is no failure',
    ours: { events: [] },
  },
  {
    pairs: ['session_2fa_5th_failure'],
    because: 'Remedy 9: a missing code is no failure',
    ours: { events: [], mails: [] },
  },
  {
    pairs: ['session_2fa_6th_failure'],
    because: 'Remedy 9: a missing code is no failure, so the account is not locked',
    ours: refused(403, 'The account has enabled 2FA but OTP code is missing'),
  },
]

const security: readonly Difference[] = [
  {
    pairs: ['renew_expires_in_int', 'renew_expires_in_str', 'renew_expires_in_neg', 'renew_expires_in_abc'],
    because: 'Remedy 20: expires_in is a whole number of seconds from 1800 to 86400',
    ours: LIFETIME,
  },
  {
    pairs: ['renew_expires_in_hash'],
    because: 'Contract: an expires_in that is an array or a hash is 400',
    ours: refused(400, 'Expires In is invalid'),
  },
  {
    pairs: [
      'renew_expires_in_int_decoded',
      'renew_expires_in_str_decoded',
      'renew_expires_in_neg_decoded',
      'renew_expires_in_abc_decoded',
      'renew_expires_in_hash_decoded',
    ],
    because: 'Remedy 20: the lifetime was refused, so there is no token',
    ours: NO_TOKEN,
  },
  {
    pairs: ['verify_code_replay_1'],
    because: 'RFC 6238, section 5.2: a code is good once, which this recording did not enforce',
    ours: refused(422, 'Something wrong with 2FA'),
  },
]

const profiles: readonly Difference[] = [
  {
    pairs: ['profile_dob_4', 'profile_dob_7', 'profile_dob_8', 'profile_dob_16', 'profile_dob_17', 'profile_dob_21'],
    because: 'Remedy 47: dates are YYYY-MM-DD',
    ours: refused(400, 'Birthday is invalid'),
  },
  {
    pairs: ['profile_dob_7_read', 'profile_dob_8_read', 'profile_dob_16_read'],
    because: 'Remedy 47: the profile was refused for its date',
    ours: refused(404, 'Account has no profile'),
  },
  {
    pairs: [
      'profile_first_name_3',
      'profile_last_name_3',
      'profile_last_name_11',
      'profile_city_3',
      'profile_city_11',
      'profile_address_3',
    ],
    because: 'Remedy 47: names and addresses take letters of every script',
    ours: { status: 201, body: null, events: ['model.profile.created'] },
  },
  {
    pairs: ['profile_address_6'],
    because: 'Remedy 34: no 500; the address is longer than its column was',
    ours: refused(422, 'Address is too long (maximum is 255 characters)'),
  },
  {
    pairs: ['profile_meta_emoji'],
    because: 'Remedy 34: no 500; every character can be stored',
    ours: { status: 201, body: null, events: ['model.profile.created'] },
  },
]

const labels: readonly Difference[] = [
  {
    pairs: ['label_patch_invalid_value'],
    because: 'Remedy 29: a bad value is 422',
    ours: { status: 422, body: { value: ['Value is too short (minimum is 3 characters)', 'Value is invalid'] } },
  },
]

const documents: readonly Difference[] = [
  {
    pairs: [
      'doc_expire_2',
      'doc_expire_8',
      'doc_type_0',
      'doc_type_1',
      'doc_number_1',
      'doc_number_3',
      'doc_number_4',
      'doc_upload_4',
      'doc_upload_7',
    ],
    because: 'Contract: what is wrong with a document is 422, as its API document says',
    ours: { status: 422 },
  },
  {
    pairs: ['doc_expire_5', 'doc_expire_9'],
    because: 'Remedy 47: dates are YYYY-MM-DD',
    ours: refused(400, 'Document Expire is invalid'),
  },
  {
    pairs: [
      'doc_type_2',
      'doc_type_3',
      'doc_type_4',
      'doc_number_0',
      'doc_number_5',
      'doc_number_6',
      'doc_upload_1',
      'doc_upload_10mb',
      'doc_metadata_hash',
      'doc_ok',
    ],
    because: 'Decision: an event tells of a change; the level stays what it was',
    ours: { events: [] },
  },
  {
    pairs: ['doc_upload_2', 'doc_upload_5'],
    because: 'Remedy 32: the content decides what a file is, and one byte is nothing',
    ours: refused(
      422,
      'Upload You are not allowed to upload "unknown" files, allowed types: jpg, jpeg, png, pdf and Upload can\'t be blank',
    ),
  },
]

const phones: readonly Difference[] = [
  {
    pairs: ['phone_invalid_no_token'],
    because: 'Remedy 13: the caller is known before anything is said about a number',
    ours: STRANGER,
  },
  {
    pairs: ['phone_twilio_fail'],
    because: 'Remedy 43: what is sent leaves through the outbox, which tries again',
    ours: { status: 201, body: { message: 'Code was sent successfully' }, sms: ['+14155550199'] },
  },
]

const apiKeys: readonly Difference[] = [
  {
    pairs: [
      'apikey_missing_totp_list',
      'apikey_missing_totp_get',
      'apikey_missing_totp_post',
      'apikey_missing_totp_patch',
      'apikey_missing_totp_delete',
      'apikey_post_missing_all',
    ],
    because: 'Contract: a missing totp_code is 400',
    ours: refused(400, 'TOTP Code is missing, TOTP Code is empty'),
  },
  {
    pairs: ['apikey_blank_totp_list', 'apikey_blank_totp_get', 'apikey_blank_totp_post', 'apikey_blank_totp_patch'],
    because: 'Contract: a missing totp_code is 400, and a blank one',
    ours: refused(400, 'TOTP Code is empty'),
  },
  {
    pairs: ['apikey_array_totp_list', 'apikey_array_totp_get', 'apikey_array_totp_patch'],
    because: 'Contract: a missing totp_code is 400, and one that is no text',
    ours: refused(400, 'TOTP Code is invalid'),
  },
  {
    pairs: ['apikey_post_junk_public_key'],
    because: 'Remedy 27: a public key must be one',
    ours: refused(422, 'Public key is invalid'),
  },
  {
    pairs: ['apikey_patch_state_junk'],
    because: 'Remedy 28: a key is active or inactive',
    ours: refused(422, 'State is not included in the list'),
  },
  {
    pairs: ['apikey_patch_scopes', 'apikey_patch_expires_ok', 'apikey_patch_public_key', 'apikey_patch_uid_in_body'],
    because: 'Remedy 28: a key is active or inactive, so this one stayed active',
    ours: {},
    body: (key) => ({ ...key, state: 'active' }),
  },
  {
    pairs: ['apikey_get_upcase'],
    because: 'Contract: tokens, ids and keys are compared exactly',
    ours: refused(404, 'Record is not found'),
  },
  {
    pairs: ['verify_api_key_discarded_account'],
    because: 'Remedy 26: discarded accounts can do nothing with a key',
    ours: refused(404, 'Record is not found'),
  },
  {
    pairs: ['gen_jwt_key_is_junk'],
    because: 'Remedy 27: a registered key that is none is 401',
    ours: refused(401, 'Payload is invalid'),
  },
  {
    pairs: ['gen_jwt_key_is_raw_pem'],
    because: 'Contract: a public key may be a PEM as it is',
    ours: { status: 200, body: { token: '<jwt session ak@example.com>' } },
  },
]

/** All that is answered otherwise than 1.8.26 answered it. There is no other difference, and none of these is past. */
export const differences: readonly Difference[] = [
  ...paths,
  ...bodies,
  ...accounts,
  ...sessions,
  ...security,
  ...profiles,
  ...labels,
  ...documents,
  ...phones,
  ...apiKeys,
]

/** The recorded outcome as it is with us. */
export function expectedOutcome(recorded: Outcome, { ours, body, account }: Difference): Outcome {
  const { status = recorded.status } = ours
  const cache = status < 300 ? 'no-store' : 'no-cache'
  const headers = ours.status === undefined ? recorded.headers : { ...recorded.headers, 'cache-control': cache }
  const nothing = status < 400 || ours.status === undefined ? {} : { mails: [], sms: [], events: [] }
  const expected = {
    ...recorded,
    ...nothing,
    ...(body && isObject(recorded.body) ? { body: body(recorded.body) } : {}),
    ...ours,
    headers: { ...headers, ...ours.headers },
  }
  return { ...expected, records: recordsOf(expected, account) }
}

/** What was recorded of rows, as far as there are events that tell of them. */
function recordsOf({ records, events }: Outcome, account: Difference['account']): Outcome['records'] {
  const told = Object.entries(records).filter(([name]) => events.includes(name))
  return Object.fromEntries(
    told.map(([name, row]) => [name, account && name === 'model.account.updated' ? account(row) : row]),
  )
}
