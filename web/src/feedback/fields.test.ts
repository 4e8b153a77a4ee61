import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BarongFailure } from '@barong/sdk'
import { faultsOf } from './fields.ts'

const NAMES = { first_name: /first name/i, city: /city/i, upload: /upload/i } as const
const sorted = (...sentences: string[]) =>
  faultsOf(
    Object.assign(new BarongFailure({ status: 422, messages: sentences }), { kind: 'validation' }),
    NAMES,
    (sentence) => sentence,
  )

describe('What the server said', () => {
  test('stands beside each field that it is about, also where it said it in one breath', () => {
    const faults = sorted(
      `First name only allows letters "-", "'", and space, City is invalid, and Upload can't be blank`,
    )
    assert.deepEqual(faults.fields, {
      first_name: `First name only allows letters "-", "'", and space`,
      city: 'City is invalid',
      upload: "Upload can't be blank",
    })
    assert.deepEqual(faults.rest, [])
  })

  test('stands above the form where it is about none of them, or about no field that there is', () => {
    assert.deepEqual(sorted('City is invalid and Country must have alpha2 or alpha3 format'), {
      fields: { city: 'City is invalid' },
      rest: ['Country must have alpha2 or alpha3 format'],
    })
    assert.deepEqual(faultsOf(new Error('secret'), NAMES, (sentence) => sentence).rest, ['Something went wrong'])
  })

  test('is the first thing that was said about a field', () => {
    const { fields } = sorted('City is too short (minimum is 2 characters) and City is invalid')
    assert.equal(fields.city, 'City is too short (minimum is 2 characters)')
  })
})
