import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { isLost, isUnavailable, reasonOf, unavailable } from './unavailable.ts'

const withCode = (code: string, message = 'no') => Object.assign(new Error(message), { code })

test('a database that is away, full, going or undid what stood in its way is told from a mistake', () => {
  const away = ['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '08006', '53300', '25006', '40001', '40P01'].map(
    (code) => withCode(code),
  )
  const words = [
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
  ].map((text) => new Error(text))
  for (const error of [...away, ...words]) equal(isUnavailable(error), true, String(error))
  const mistakes = [
    withCode('23505'),
    withCode('42P01', 'Connection terminated'),
    new Error('no'),
    'Connection terminated',
  ]
  for (const error of mistakes) equal(isUnavailable(error), false, String(error))
})

test('what its operator or its disk does not allow now is no mistake either', () => {
  // disk_full, out_of_memory, query_canceled, lock_not_available; of sessions and transactions that took too long
  for (const code of ['53100', '53200', '57014', '55P03', '57P05', '25P03', '25P04'])
    equal(isUnavailable(withCode(code)), true, code)
  deepEqual(
    ['53100', '57014', '55P03', '53300', '57P05', '25P03', '25P04'].map((code) => isLost(withCode(code))),
    [...[false, false, false], ...[true, true, true, true]],
  )
})

test('a connection whose transaction was undone is used again, one that was lost is not', () => {
  deepEqual([withCode('40P01'), withCode('57P01'), withCode('25006'), withCode('23505')].map(isLost), [
    false,
    true,
    true,
    false,
  ])
})

test('the operator learns what was behind it', () => {
  equal(
    reasonOf(unavailable(withCode('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:5432'))),
    'connect ECONNREFUSED 10.0.0.1:5432',
  )
  equal(reasonOf(unavailable(withCode('ECONNREFUSED', ''))), 'ECONNREFUSED')
})
