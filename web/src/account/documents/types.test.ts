import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BarongFailure } from '@barong/sdk'
import { faultsOf } from '../../feedback/fields.ts'
import { DOCUMENT_FIELDS } from './types.ts'

const sorted = (sentence: string) =>
  faultsOf(
    Object.assign(new BarongFailure({ status: 422, messages: [sentence] }), { kind: 'validation' }),
    DOCUMENT_FIELDS,
    (said) => said,
  )

describe('What the server says of a document', () => {
  for (const [sentence, field] of [
    ['Doc number only allows letters and digits', 'doc_number'],
    ['Doc expire is invalid', 'doc_expire'],
    ['Upload File is protected by a password, please save it without one', 'upload'],
    ['Files cannot be looked through for malware at the moment, please try again', 'upload'],
  ] as const)
    test(`stands beside its field: ${sentence}`, () => {
      assert.deepEqual(sorted(sentence), { fields: { [field]: sentence }, rest: [] })
    })

  test('stands above all fields where it is about none', () => {
    const sentence = 'Maximum number of documents was reached'
    assert.deepEqual(sorted(sentence), { fields: {}, rest: [sentence] })
  })
})
