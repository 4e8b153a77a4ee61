import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { gather } from './lookups.ts'

/** Asks that are answered when the test says so. */
function asked() {
  const questions: { keys: readonly string[]; answer: PromiseWithResolvers<{ key: string }[]> }[] = []
  const find = gather<string, { key: string }>(
    (keys) => {
      const answer = Promise.withResolvers<{ key: string }[]>()
      questions.push({ keys, answer })
      return answer.promise
    },
    ({ key }) => key,
  )
  return { questions, find }
}

test('Those who look in the same turn share a question, and each is told of its own rows.', async () => {
  const { questions, find } = asked()
  const found = ['a', 'b', 'a', 'nowhere'].map(find)
  await turn()
  deepEqual(
    questions.map(({ keys }) => keys),
    [['a', 'b', 'nowhere']],
  )
  questions[0]?.answer.resolve([{ key: 'b' }, { key: 'a' }, { key: 'b' }])
  deepEqual(await Promise.all(found), [[{ key: 'a' }], [{ key: 'b' }, { key: 'b' }], [{ key: 'a' }], []])
})

test('Nobody is told what was read before they asked: while two questions are under way the others gather for a third.', async () => {
  const { questions, find } = asked()
  const first = find('a')
  await turn()
  const second = find('a')
  await turn()
  const later = [find('a'), find('b')]
  await turn()
  equal(questions.length, 2)
  questions[1]?.answer.resolve([])
  deepEqual(await second, [])
  await turn()
  deepEqual(questions[2]?.keys, ['a', 'b'])
  questions[2]?.answer.resolve([{ key: 'a' }])
  deepEqual(await Promise.all(later), [[{ key: 'a' }], []])
  questions[0]?.answer.resolve([{ key: 'a' }])
  deepEqual(await first, [{ key: 'a' }])
})

test('A question that fails fails for all who asked it, and for nobody else.', async () => {
  const { questions, find } = asked()
  const lost = [find('a'), find('b')]
  await turn()
  questions[0]?.answer.reject(new Error('The database is away.'))
  for (const each of lost) await rejects(each, /away/)
  const next = find('a')
  await turn()
  questions[1]?.answer.resolve([{ key: 'a' }])
  deepEqual(await next, [{ key: 'a' }])
})
