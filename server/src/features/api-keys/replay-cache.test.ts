import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { replayCache } from './replay-cache.ts'

test('What was used is remembered until its time, never longer, and never forgotten for want of space', () => {
  let now = 0
  const cache = replayCache({ now: () => now }, 2)
  const take = (use: string, until: number) => cache.take(use, until)
  deepEqual([take('a', 10), take('a', 10), take('b', 20), take('c', 20)], ['fresh', 'used', 'fresh', 'full'])
  now = 10
  deepEqual([take('c', 20), take('b', 20), take('a', 20)], ['fresh', 'used', 'full'])
  now = 20
  deepEqual([take('a', 30), take('b', 30)], ['fresh', 'fresh'])
})
