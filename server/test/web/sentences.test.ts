import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { describe, test } from 'node:test'
import { translationOf } from '../../../web/src/i18n/sentences.ts'
import { passwordErrors } from '../../src/features/accounts/password-policy.ts'
import { apiKeyErrors } from '../../src/features/api-keys/api-key-rules.ts'
import { type Action, actions, INTERNAL } from '../../src/features/audit/audit.ts'
import { documentErrors } from '../../src/features/documents/document-rules.ts'
import { typeRefusal } from '../../src/features/documents/file-types.ts'
import { profileErrors } from '../../src/features/profiles/profile-rules.ts'
import { ModelErrors } from '../../src/lib/sentences.ts'
import { speakerOf } from '../../src/platform/http/locales/locales.ts'

const SOURCE = join(import.meta.dirname, '../../src')
const LOCALES = join(import.meta.dirname, '../../../web/src/locales')

/** Files whose refusals no page of an account shows. */
const ELSEWHERE = [
  // Of requests that no page makes.
  'platform/http/',
  // For programs, services and other servers.
  'features/management/',
  'features/gateway/',
  'features/revocations/',
  'features/signing-keys/',
  'features/api-keys/token-exchange.ts',
  'features/api-keys/signed-requests.ts',
  'features/api-keys/key-use.ts',
  'features/documents/moving-in.ts',
  'features/accounts/administration.ts',
  // Of pages that need no script, which have locales of their own.
  'features/oauth/',
  'features/mailbox/',
  'features/accounts/confirmation.ts',
  'features/accounts/freezing.ts',
  'features/accounts/lockout.ts',
  'features/accounts/sign-up.ts',
  'features/sessions/credentials.ts',
  'features/sessions/passkey-sign-in.ts',
  // Of sessions that are over, for which pages lead to the sign-in.
  'features/sessions/guard.ts',
  'features/key-proofs/',
  'features/sessions/sessions.ts',
  'features/sessions/lifetime.ts',
  'features/sessions/scope-guard.ts',
  // Of lists that pages ask for as they should.
  'features/audit/',
  // Of the console.
  'features/applications/',
  'features/deliveries/',
  'features/directory/',
  'features/erasure/',
  'features/labels/',
  'features/permissions/',
  'features/reviews/',
  'features/webhooks/',
  'features/websites/',
]

/** Sentences that nobody reads on these pages. */
const UNSAID = [
  // Told in more detail.
  'Password is unacceptable',
  'The API key is invalid',
  'The document is invalid',
  'The profile is invalid',
  // Of links in mails and to files, which lead to pages and files of the server.
  'Email change token is invalid',
  'Reset password token has expired, please request a new one',
  'There is no such file',
  'This link has expired',
  // Of sessions that are over, or of accounts that are.
  'Account does not exist',
  'The access token was revoked',
  'The account is discarded',
  // Of programs, and of what the SDK does by itself.
  'The access token must come before the file',
  'Too many wrong passwords, please send a proof of work',
]

/** Actions on what is nobody’s, or on whoever cannot look any more. */
const OF_NO_OWNER =
  /^(levels|key|master_key|webhook|website|event|accounts|audit)\.|^application\.(created|changed|secret_rotated|keys_changed|deleted)$|^account\.erased$/

interface Sentence {
  file: string
  text: string
}

/** Every refusal that is declared by `defineErrors`. */
const declared: readonly Sentence[] = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && path !== 'lib/errors.ts')
  .flatMap((file) => {
    const [, ...parts] = readFileSync(join(SOURCE, file), 'utf8').split(/\bdefineErrors\(/)
    return parts.flatMap((part) =>
      [...part.matchAll(/\w+: \[\s*[45]\d\d,\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)")/g)].map(([, single, double]) => ({
        file,
        text: single ?? double ?? '',
      })),
    )
  })

const met = declared
  .filter(({ file, text }) => !ELSEWHERE.some((place) => file.startsWith(place)) && !UNSAID.includes(text))
  .map(({ text }) => text)

/** Files whose refusals pages show that need no script, and what of them nobody reads there. */
const PAGES = [
  'platform/limits/limits.ts',
  'platform/crypto/passwords.ts',
  'platform/db/unavailable.ts',
  'features/guesses/guesses.ts',
  'features/accounts/lockout.ts',
  'features/accounts/confirmation.ts',
  'features/sessions/credentials.ts',
  'features/oauth/interactions.ts',
  'features/oauth/interaction-routes.ts',
  'features/oauth/interaction-sign-in.ts',
]
const UNSAID_ON_PAGES = ['Unlock token is invalid', 'Confirmation token is invalid', 'Passkey is invalid']

const ofPages = declared
  .filter(({ file, text }) => PAGES.includes(file) && !UNSAID_ON_PAGES.includes(text))
  .map(({ text }) => text)

/** What is wrong with new passwords. */
const ofPasswords = (): string[] =>
  [['', 'short', 'x'.repeat(300), 'password', 'umbrella@example.com', 'umbrella123'], ['a river at dawn']]
    .flatMap((texts, index) => texts.map((text) => ({ text, current_matches: index === 1 })))
    .flatMap(({ text, current_matches }) =>
      (['nist', 'barong'] as const).flatMap((policy) =>
        passwordErrors(policy, text, { email: 'umbrella@example.com', current_matches }),
      ),
    )
    .map((said) => `Password ${said}`)

/** What the rules say of everything that can be wrong with what an account's pages send. */
function ofRules(): string[] {
  const long = 'x'.repeat(300)
  const profile = { dob: '1990-01-01', country: 'GB', metadata: {} }
  const names = (text: string) => ({ first_name: text, last_name: text, city: text, postcode: text, address: text })
  const document = new ModelErrors()
  documentErrors(
    document,
    { doc_type: 'Passport', doc_number: `${long}?`, doc_expire: '2000-01-01', metadata: {} },
    '2026-01-01',
  )
  const key = (input: Parameters<typeof apiKeyErrors>[0]) => apiKeyErrors(input, Date.UTC(2026)).fullMessages()
  const networks = Array.from({ length: 33 }, (_, index) => `192.0.2.${index}`).join()
  return [
    ...['', '1', `?${long}`].flatMap((text) =>
      profileErrors({ ...profile, ...names(text), country: '' }).fullMessages(),
    ),
    ...document.fullMessages(),
    `Upload ${typeRefusal('gif')}`,
    `Upload ${typeRefusal('')}`,
    'Upload File size should be greater than 1 Byte',
    'Upload File size should be less than 10 MB',
    ...key({ scopes: long, allowed_networks: 'nowhere', expires_at: 'x', rate: 'x' }),
    ...key({ allowed_networks: networks, expires_at: '2020-01-01T00:00:00Z', rate: long }),
    ...key({ allowed_networks: '::ffff:192.0.2.1', rate: '1/1s,2/1s' }),
    ...key({ rate: ' ' }),
    ...ofPasswords(),
  ]
}

describe('What the server says', () => {
  test('is found in its sources', () => {
    assert.ok(declared.length > 150, String(declared.length))
    assert.ok(met.includes('Your account was locked!'))
  })

  for (const file of readdirSync(LOCALES).filter((name) => name.endsWith('.json'))) {
    const messages: Record<string, string> = JSON.parse(readFileSync(join(LOCALES, file), 'utf8'))

    test(`is said in ${file} where pages of an account meet it`, () => {
      const missing = [...met, ...ofRules()].filter((text) => translationOf(messages, text) === undefined)
      assert.deepEqual([...new Set(missing)], [])
    })

    test(`is said in ${file} of everything that an owner sees to have happened`, () => {
      const seen = (Object.keys(actions) as Action[]).filter(
        (action) => !INTERNAL.includes(action) && !OF_NO_OWNER.test(action),
      )
      assert.deepEqual(
        seen.filter((action) => messages[`action.${action}`] === undefined),
        [],
      )
    })
  }

  for (const language of ['de', 'ar'] as const)
    test(`is said in ${language} on pages that need no script`, () => {
      const speak = speakerOf(language)
      const met = [...ofPages, ...ofPasswords(), 'Something wrong with 2FA', 'Record is not found']
      assert.deepEqual([...new Set(met.filter((text) => speak(text) === text))], [])
    })

  test('has values in it that are put in', () => {
    const messages = { 'error.{field} is too long (maximum is {count} characters)': 'At most {count} characters' }
    assert.equal(
      translationOf(messages, 'City is too long (maximum is 255 characters)'),
      'At most \u2068255\u2069 characters',
    )
    assert.equal(translationOf(messages, 'City is too long'), undefined)
  })
})
