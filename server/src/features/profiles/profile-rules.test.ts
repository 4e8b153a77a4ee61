import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isCountryCode } from './countries.ts'
import { isBirthday, normalizeProfile, profileErrors } from './profile-rules.ts'
import type { NewProfile } from './schema.ts'

const PROFILE: NewProfile = {
  first_name: 'John',
  last_name: "O'Neil-Doe",
  dob: '2000-01-31',
  address: 'Main street 1, apt. 2',
  postcode: 'AB-12 3',
  city: 'Saint Denis',
  country: 'FR',
}
const FIRST = `First name only allows letters "-", "'", and space`
const LAST = `Last name only allows letters "-", "'" and space`
const COUNTRY = 'Country must have alpha2 or alpha3 format'
const told = (overrides: Partial<NewProfile>) =>
  profileErrors(normalizeProfile({ ...PROFILE, ...overrides })).fullMessages()

const ACCEPTED: Partial<NewProfile>[] = [
  {},
  { first_name: 'Jo' },
  { first_name: 'Jöhn', last_name: 'Иван', city: '東京' },
  { first_name: 'علی‌رضا', last_name: 'ශ්‍රී', city: 'กรุงเทพ' },
  { first_name: 'e\u0301a', city: "'-" },
  { first_name: 'J'.repeat(255), last_name: '𝒜'.repeat(255) },
  { first_name: '  John   Paul ', city: 'John\nPaul', postcode: '  AB   12 ' },
  { postcode: '12' },
  { address: 'x' },
  { address: 'Straße 1' },
  { address: 'ул. Ленина, 5' },
  { address: 'شارع ٥' },
  { address: 'a\nb' },
  { address: 'a'.repeat(255) },
  { country: 'FRA' },
  { country: 'fra' },
  { country: 'Fr' },
  { metadata: {} },
  { metadata: { a: { b: [1, -2.5e10, null, true, '\0', '\ud800', '😀'] } } },
  { metadata: { a: 'x'.repeat(65_535 - '{"a":""}'.length) } },
]
for (const overrides of ACCEPTED) {
  test(`a profile may have ${JSON.stringify(overrides).slice(0, 80)}`, () => deepEqual(told(overrides), []))
}

class SomeFile {}

const REFUSED: [Partial<NewProfile>, ...string[]][] = [
  [{ first_name: ' ' }, "First name can't be blank"],
  [{ first_name: 'A' }, 'First name is too short (minimum is 2 characters)'],
  [{ first_name: '𝒜' }, 'First name is too short (minimum is 2 characters)'],
  [{ first_name: 'J'.repeat(256) }, 'First name is too long (maximum is 255 characters)'],
  [{ first_name: '1' }, 'First name is too short (minimum is 2 characters)', FIRST],
  [{ first_name: 'John.' }, FIRST],
  [{ first_name: 'John_' }, FIRST],
  [{ first_name: 'John😀' }, FIRST],
  [{ first_name: 'Jo\u200Dhn \u200D' }, FIRST],
  [{ first_name: '\u200Cabc' }, FIRST],
  [{ first_name: 'John\u202E' }, FIRST],
  [{ first_name: 'John٣' }, FIRST],
  [{ last_name: 'John1' }, LAST],
  [{ last_name: 'John\uFFFD' }, LAST],
  [{ city: 'A' }, 'City is too short (minimum is 2 characters)'],
  [{ city: 'John1' }, 'City is invalid'],
  [{ dob: '' }, "Dob can't be blank"],
  [{ address: '   ' }, "Address can't be blank"],
  [{ address: 'Main #1' }, 'Address is invalid'],
  [{ address: 'Main st. 1/2' }, 'Address is invalid'],
  [{ address: 'A-B' }, 'Address is invalid'],
  [{ address: 'a'.repeat(256) }, 'Address is too long (maximum is 255 characters)'],
  [{ postcode: '1' }, 'Postcode is too short (minimum is 2 characters)'],
  [{ postcode: '1'.repeat(256) }, 'Postcode is too long (maximum is 255 characters)'],
  [{ postcode: 'ab12' }, 'Postcode is invalid'],
  [{ postcode: 'AB_12' }, 'Postcode is invalid'],
  [{ postcode: '12.3' }, 'Postcode is invalid'],
  [{ postcode: 'ÄB' }, 'Postcode is invalid'],
  [{ country: ' ' }, "Country can't be blank", COUNTRY],
  [{ country: 'FR ' }, COUNTRY],
  [{ metadata: { a: 'x'.repeat(65_535) } }, 'Metadata is too long (maximum is 65535 bytes)'],
  [{ metadata: { a: '\0'.repeat(11_000) } }, 'Metadata is too long (maximum is 65535 bytes)'],
  [{ metadata: { a: Number.POSITIVE_INFINITY } }, 'Metadata is invalid'],
  [{ metadata: { a: [new SomeFile()] } }, 'Metadata is invalid'],
]
for (const [overrides, ...messages] of REFUSED) {
  test(`a profile with ${JSON.stringify(overrides).slice(0, 60)} is told: ${messages.join('; ')}`, () =>
    deepEqual(told(overrides), messages))
}

// ASVS 2.2.3
test('what is blank is told before what is malformed', () => {
  deepEqual(told({ first_name: '1', city: '', country: 'XX' }), [
    "City can't be blank",
    'First name is too short (minimum is 2 characters)',
    FIRST,
    COUNTRY,
  ])
})

test('names, city and postcode are stored with single spaces, the rest as given', () => {
  const given = { first_name: ' a  b ', last_name: '\ta\nb', city: ' c  d', postcode: 'A  1 ', address: ' a  b ' }
  deepEqual(normalizeProfile({ ...PROFILE, ...given }), {
    ...PROFILE,
    first_name: 'a b',
    last_name: 'a b',
    city: 'c d',
    postcode: 'A 1',
    address: ' a  b ',
  })
})

test('a country is an ISO 3166-1 code and nothing else', () => {
  for (const code of ['FR', 'fr', 'USA', 'gbr', 'SS', 'ss']) equal(isCountryCode(code), true, code)
  const none = ['XX', 'UK', 'XK', 'XKX', 'AN', '840', 'France', 'FR ', '', 'ß', 'ﬁ', 'toString', '__proto__']
  for (const code of none) equal(isCountryCode(code), false, code)
})

test('a birthday lies after 1900-01-01 and before today', () => {
  const today = '2026-03-01'
  for (const day of ['1900-01-02', '2000-02-29', '2026-02-28']) equal(isBirthday(day, today), true, day)
  for (const day of ['0001-01-01', '1899-12-31', '1900-01-01', '2026-03-01', '2026-03-02', '9999-12-31'])
    equal(isBirthday(day, today), false, day)
})

test('metadata that is accepted comes back from JSON as it was', () => {
  const json = fc.jsonValue({ depthSize: 'small' }).map((value) => JSON.parse(JSON.stringify(value)))
  fc.assert(
    fc.property(json, (value) => {
      const metadata = { value }
      if (told({ metadata }).length === 0) deepEqual(JSON.parse(JSON.stringify(metadata)), metadata)
    }),
  )
})
