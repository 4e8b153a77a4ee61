import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { BoundedMap } from './bounded-map.ts'
import { MINUTE, SECOND } from './clock.ts'
import { tokenBuckets } from './token-buckets.ts'

const RATES = [{ count: 3, window: 3 * SECOND }]

test('a bucket gives what it holds at once, then one token at a time, and says how long the next one takes', () => {
  const buckets = tokenBuckets(RATES, 10)
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
  const buckets = tokenBuckets([...RATES, { count: 4, window: MINUTE }], 10)
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
  const buckets = tokenBuckets(RATES, 10)
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
  const buckets = tokenBuckets(RATES, 2)
  for (let key = 0; key < 1000; key++) buckets.take(`address ${key}`, 0)
  deepEqual(
    [0, 0, 0, 0].map(() => buckets.take('address 0', 0)),
    [0, 0, 0, 1000],
  )
})
