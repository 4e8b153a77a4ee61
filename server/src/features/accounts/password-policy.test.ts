import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadConfig } from '../../platform/config/config.ts'
import { normalizePassword } from '../../platform/crypto/passwords.ts'
import { commonPasswords } from './common-passwords.ts'
import { passwordErrors, passwordLengthErrors, placeWords } from './password-policy.ts'

const BLANK = "can't be blank"
const WEAK =
  'does not meet the minimum system requirements. It should be composed of uppercase and lowercase letters, and numbers.'
const SAME = 'must be different than the current password.'
const EMAIL = 'must be different from the email address'
const email = 'Jane.Miller7@example.com'

const BARONG: [string, string[]][] = [
  ['', [BLANK, 'is too short (minimum is 6 characters)', WEAK]],
  ['x', ['is too short (minimum is 6 characters)', WEAK]],
  ['false', ['is too short (minimum is 6 characters)', WEAK]],
  ['Ab1', ['is too short (minimum is 6 characters)']],
  ['Ab1de', ['is too short (minimum is 6 characters)']],
  ['Abc123', []],
  ['Qwerty123', []],
  ['Qwertyuio', [WEAK]],
  ['qwerty123', [WEAK]],
  ['QWERTY123', [WEAK]],
  ['password', [WEAK]],
  ['Пароль12Aa', []],
  ['Ab1 cd ef', []],
  [`Aa1${'x'.repeat(125)}`, []],
  [`Aa1${'x'.repeat(126)}`, ['is too long (maximum is 128 characters)']],
]
for (const [password, errors] of BARONG) {
  test(`the policy barong finds ${errors.length} faults in '${password.slice(0, 12)}' of ${password.length}`, () => {
    deepEqual(passwordErrors('barong', password, { email }), errors)
  })
}

const NIST: [string, string[]][] = [
  ['', [BLANK, 'is too short (minimum is 8 characters)']],
  ['        ', [BLANK]],
  ['kf7$Qz!', ['is too short (minimum is 8 characters)']],
  ['kf7$Qz!p', []],
  ['lower case words alone', []],
  ['password', ['is too common']],
  ['PassWord123', ['is too common']],
  ['Qwerty123', ['is too common']],
  ['ｐａｓｓｗｏｒｄ', ['is too common']],
  ['jane.miller7', [EMAIL]],
  ['JANE.Miller7@EXAMPLE.com', [EMAIL]],
  ['jane.miller7x', []],
  ['🐢🐢🐢🐢🐢🐢🐢', ['is too short (minimum is 8 characters)']],
  ['🐢🐇🐢🐇🐢🐇🐢🐇', []],
  ['🐢'.repeat(128), []],
  ['🐢'.repeat(129), ['is too long (maximum is 128 characters)']],
]
for (const [password, errors] of NIST) {
  // ASVS 6.2.1, 6.2.5, 6.2.9
  test(`the policy nist finds ${errors.length} faults in '${password.slice(0, 24)}' of ${password.length}`, () => {
    deepEqual(passwordErrors('nist', password, { email }), errors)
  })
}

// ASVS 6.2.11
test('words of this place and of the e-mail make no password, whatever digits and signs are around them', () => {
  const config = loadConfig({ BARONG_URL: 'https://login.northwind.example', APP_NAME: 'North Wind Trade' })
  const context = { email, words: placeWords(config) }
  for (const password of ['Northwind2026!', '**northwind**', 'barong-barong-1', 'NorthWindTrade1', 'Jane_Miller_99'])
    deepEqual(passwordErrors('nist', password, context), ['is too easy to guess'], password)
  for (const password of ['northwind is far', '2026-11-26', 'janes mill 7'])
    deepEqual(passwordErrors('nist', password, context), [], password)
})

test('both policies refuse the present password last', () => {
  deepEqual(passwordErrors('barong', 'qwerty123', { email, current_matches: true }), [WEAK, SAME])
  deepEqual(passwordErrors('nist', 'kf7$Qz!p', { email, current_matches: true }), [SAME])
  deepEqual(passwordErrors('nist', 'kf7$Qz!p', { email, current_matches: false }), [])
})

// ASVS 6.2.4
test('the bundled list is large, sorted out and normalized', () => {
  const list = [...commonPasswords()]
  ok(list.length > 40_000)
  equal(commonPasswords(), commonPasswords())
  for (const entry of list) {
    equal(entry, normalizePassword(entry).toLowerCase().trim())
    deepEqual(passwordLengthErrors('nist', entry), [])
  }
})

// ASVS 6.2.4, 6.2.12
test('no case of letters makes a listed password good', () => {
  fc.assert(
    fc.property(fc.constantFrom(...commonPasswords()), fc.infiniteStream(fc.boolean()), (entry, upper) => {
      const password = [...entry].map((letter) => (upper.next().value ? letter.toUpperCase() : letter)).join('')
      ok(passwordErrors('nist', password, { email }).includes('is too common'))
    }),
  )
})

test('a password is judged alike in every Unicode form of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (password) => {
      equal(normalizePassword(normalizePassword(password)), normalizePassword(password))
      deepEqual(
        passwordErrors('nist', password.normalize('NFD'), { email }),
        passwordErrors('nist', password.normalize('NFC'), { email }),
      )
    }),
  )
})
