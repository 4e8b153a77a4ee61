import { deepEqual, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from './clock.ts'
import { parseRates } from './rates.ts'

test('rates are counts within times, all of which hold', () => {
  deepEqual(parseRates('10/1m,100/1h'), [
    { count: 10, window: MINUTE },
    { count: 100, window: HOUR },
  ])
  deepEqual(parseRates(' 3/10s , 5/2d '), [
    { count: 3, window: 10 * SECOND },
    { count: 5, window: 2 * DAY },
  ])
})

test('0 and off are no rates', () => {
  for (const text of ['0', 'off', 'OFF']) deepEqual(parseRates(text), [])
})

test('whatever else is refused with what it should look like', () => {
  for (const text of [
    '10',
    '10/m',
    '0/1m',
    '10/0m',
    '-1/1m',
    '1e3/1m',
    '10/1w',
    '10/1m,',
    '10/99d',
    '9999999/1m',
    'on',
  ])
    throws(() => parseRates(text), /^Error: must be rates such as 10\/1m,100\/1h/, text)
  throws(() => parseRates('1/60s,2/1m'), /names one time twice/)
})
