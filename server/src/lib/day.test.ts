import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isoDay, parseIso } from './clock.ts'
import { parseDay } from './day.ts'

const DAYS: [string, string | undefined][] = [
  ['2000-01-31', '2000-01-31'],
  ['2000/01/31', '2000-01-31'],
  ['2000.01.31', '2000-01-31'],
  [' 2000-01-31 ', '2000-01-31'],
  ['2000-02-29', '2000-02-29'],
  ['2024-02-29', '2024-02-29'],
  ['1900-02-29', undefined],
  ['2023-02-29', undefined],
  ['2000-02-30', undefined],
  ['2000-04-31', undefined],
  ['2000-13-01', undefined],
  ['2000-00-01', undefined],
  ['2000-01-00', undefined],
  ['2000-01-32', undefined],
  ['0000-01-01', undefined],
  ['2000-01/31', undefined],
  ['2000-1-5', undefined],
  ['20000131', undefined],
  ['00-01-31', undefined],
  ['12000-01-31', undefined],
  ['31/01/2000', undefined],
  ['2000-01-31x', undefined],
  ['2000-01-31T00:00:00Z', undefined],
  ['2000', undefined],
  ['jan', undefined],
  ['', undefined],
]
for (const [text, day] of DAYS) {
  test(`'${text}' ${day === undefined ? 'is no day' : `is the day ${day}`}`, () => equal(parseDay(text), day))
}

test('every day of the calendar is a day, and is its own text', () => {
  const instants = fc.integer({ min: parseIso('0001-01-01T00:00:00Z'), max: parseIso('9999-12-31T23:59:59Z') })
  fc.assert(fc.property(instants.map(isoDay), (day) => equal(parseDay(day), day)))
})
