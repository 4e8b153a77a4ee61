import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText } from '../../../test/support/texts.ts'
import { parsePhoneNumber } from './phone-number.ts'

const NUMBERS: [string, string, string][] = [
  ['+380919442222', '380919442222', 'UA'],
  ['+38(095) 756 45 67', '380957564567', 'UA'],
  ['+917020472888', '917020472888', 'IN'],
  ['+33672722218', '33672722218', 'FR'],
  ['+79265838671', '79265838671', 'RU'],
  ['77055003366', '77055003366', 'KZ'],
  ['66652126434', '66652126434', 'TH'],
  ['380501234567', '380501234567', 'UA'],
  ['00380501234567', '380501234567', 'UA'],
  ['+44 20 7946 0958', '442079460958', 'GB'],
  ['+44 07418084106', '447418084106', 'GB'],
  ['14155552671', '14155552671', 'US'],
  ['++14155552671', '14155552671', 'US'],
  ['+33612345678', '33612345678', 'FR'],
  ['+8613800138000', '8613800138000', 'CN'],
  ['+80012345678', '80012345678', '001'],
]
for (const [text, number, country] of NUMBERS) {
  test(`${text} is the number ${number} of ${country}`, () => deepEqual(parsePhoneNumber(text), { number, country }))
}

const NO_NUMBERS = [
  '',
  '+',
  'abc',
  'qwerty',
  '123',
  '+1',
  '+123',
  '00',
  '0000380501234567',
  '0612345678',
  '0919442202',
  '+0919442202',
  '+80919442202',
  '+141555526711',
  '+14155552671 ext. 5',
  '+١٤١٥٥٥٥٢٦٧١',
  '1'.repeat(100_000),
]
for (const text of NO_NUMBERS) {
  test(`'${text.slice(0, 30)}' is no number`, () => equal(parsePhoneNumber(text), undefined))
}

test('whatever stands between the digits, a number is digits only and is its own text', () => {
  const separators = fc.array(fc.constantFrom(' ', '-', '.', '(', ')', '/', '\u00A0', '\0'), { maxLength: 3 })
  const digits = fc.constantFrom(...NUMBERS.map(([, number]) => number))
  fc.assert(
    fc.property(digits, fc.array(separators, { minLength: 16, maxLength: 16 }), (number, between) => {
      const text = [...number].map((digit, index) => `${between[index]?.join('')}${digit}`).join('')
      equal(parsePhoneNumber(text)?.number, number)
    }),
  )
})

test('any text is a number that is its own text, or none', () => {
  const digits = fc.stringMatching(/^\+?\d{7,16}$/)
  fc.assert(
    fc.property(fc.oneof(anyText(), digits), (text) => {
      const parsed = parsePhoneNumber(text)
      if (!parsed) return
      match(parsed.number, /^[1-9]\d{5,15}$/)
      match(parsed.country, /^([A-Z]{2}|001)$/)
      deepEqual(parsePhoneNumber(parsed.number), parsed)
    }),
    { numRuns: 5000 },
  )
})
