import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { BoundedMap } from './bounded-map.ts'
import { DAY, MINUTE, SECOND } from './clock.ts'
import type { Rate } from './rates.ts'
import { tokenBuckets } from './token-buckets.ts'

const RATES = [{ count: 3, window: 3 * SECOND }]
const bucketsOf = (rates: readonly Rate[], keys = 10) => {
  const buckets = tokenBuckets(keys)
  return { ...buckets, take: (key: string, now: number) => buckets.take(key, rates, now) }
}

test('a bucket gives what it holds at once, then one token at a time, and says how long the next one takes', () => {
  const buckets = bucketsOf(RATES)
  deepEqual(
    [0, 0, 0, 0].map(() => buckets.take('a', 0)),
    [0, 0, 0, 1000],
  )
  equal(buckets.take('b', 0), 0)
  equal(buckets.take('a', 999), 1)
  equal(buckets.take('a', 1000), 0)
  equal(buckets.take('a', 1000), 1000)
})

test('all rates hold, and what is refused takes from none', () => {
  const buckets = bucketsOf([...RATES, { count: 4, window: MINUTE }])
  deepEqual(
    [0, 0, 0].map(() => buckets.take('a', 0)),
    [0, 0, 0],
  )
  equal(buckets.take('a', 3000), 0)
  const wait = buckets.take('a', 3000)
  equal(wait, 15 * SECOND - 3000)
  equal(buckets.take('a', 3000 + wait), 0)
})

test('a clock that goes back gives nothing and takes nothing', () => {
  const buckets = bucketsOf(RATES)
  deepEqual(
    [10_000, 5000, 5000, 5000].map((now) => buckets.take('a', now)),
    [0, 0, 0, 1000],
  )
})

test('no more keys are kept than there is room for; the one longest out of use goes', () => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  equal(map.get('a'), 1)
  map.set('c', 3)
  deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size], [1, undefined, 3, 2])
  const buckets = bucketsOf(RATES, 2)
  for (let key = 0; key < 1000; key++) buckets.take(`address ${key}`, 0)
  deepEqual(
    [0, 0, 0, 0].map(() => buckets.take('address 0', 0)),
    [0, 0, 0, 1000],
  )
})

test('who takes more than an eighth of a rate within its time is told of, and nobody else', () => {
  const buckets = bucketsOf([{ count: 80, window: MINUTE }])
  const take = (times: number, now: number) => {
    for (let time = 0; time < times; time++) equal(buckets.take('a', now), 0)
  }
  take(10, 0)
  deepEqual(buckets.untold(9, 0), [])
  take(1, SECOND)
  const [told] = buckets.untold(9, SECOND)
  deepEqual([told?.key, told?.takes, told?.used], ['a', 11, [11 * 750 - SECOND]], 'what is over by itself is not told')
  deepEqual(
    buckets.untold(9, SECOND).map(({ takes, used }) => [takes, used]),
    [[0, [0]]],
    'to learn of others',
  )
  deepEqual(buckets.untold(9, SECOND), [])
  take(1, MINUTE + SECOND)
  deepEqual(
    buckets.untold(9, MINUTE + SECOND).map(({ takes }) => takes),
    [1],
    'who took much a moment ago is told of at once',
  )
  buckets.untold(9, MINUTE + SECOND)
  take(1, 3 * MINUTE + SECOND)
  deepEqual(buckets.untold(9, 3 * MINUTE + SECOND), [])
})

test('what others took is gone from the bucket, and what was taken meanwhile as well', () => {
  const buckets = bucketsOf([{ count: 10, window: 10 * SECOND }])
  for (let time = 0; time < 4; time++) buckets.take('a', 0)
  const [told] = buckets.untold(9, 0)
  buckets.take('a', 0)
  if (told) buckets.learn(told, [8 * SECOND], 0)
  deepEqual(
    [0, 0].map(() => buckets.take('a', 0)),
    [0, SECOND],
  )
  if (told) buckets.learn(told, [DAY], 0)
  equal(buckets.take('a', 0), 13 * SECOND, 'what was too much is paid back, but not for ever')
})

test('what could not be told is told later, and no more than was asked for at once', () => {
  const buckets = bucketsOf(RATES)
  for (const key of ['a', 'b', 'c']) buckets.take(key, 0)
  const [first, ...others] = buckets.untold(1, 0)
  deepEqual([first?.key, others], ['a', []])
  if (first) buckets.keep(first)
  buckets.take('a', 0)
  deepEqual(
    buckets.untold(9, 0).map(({ key, takes }) => [key, takes]),
    [
      ['b', 1],
      ['c', 1],
      ['a', 2],
    ],
  )
})
