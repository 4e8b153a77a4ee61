import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { queueOf } from './queue.ts'

const refusal = () => new Error('refused')
const outcomes = async (tasks: Promise<unknown>[]) => (await Promise.allSettled(tasks)).map(({ status }) => status)

test('As many tasks run at once as the queue is wide, in the order of asking', async () => {
  const queue = queueOf({ width: 2, waiting: 10, patience: 10_000 }, refusal)
  const order: number[] = []
  let running = 0
  let most = 0
  const task = (number: number) => async () => {
    order.push(number)
    running += 1
    most = Math.max(most, running)
    await sleep(2)
    running -= 1
    return number
  }
  assert.deepEqual(await Promise.all([1, 2, 3, 4, 5].map((number) => queue.run(task(number)))), [1, 2, 3, 4, 5])
  assert.equal(most, 2)
  assert.deepEqual(order, [1, 2, 3, 4, 5])
  assert.deepEqual(queue.load(), { running: 0, waiting: 0 })
})

test('One task more than may wait is refused at once', async () => {
  const queue = queueOf({ width: 1, waiting: 1, patience: 10_000 }, refusal)
  const tasks = [1, 2, 3].map(() => queue.run(() => sleep(5)))
  assert.deepEqual(queue.load(), { running: 1, waiting: 1 })
  assert.deepEqual(await outcomes(tasks), ['fulfilled', 'fulfilled', 'rejected'])
})

test('A task that has waited too long is refused without having begun, and later ones go on', async () => {
  const queue = queueOf({ width: 1, waiting: 10, patience: 20 }, refusal)
  let begun = 0
  const first = queue.run(() => sleep(60))
  const late = queue.run(async () => {
    begun += 1
  })
  await first
  assert.deepEqual(await outcomes([late]), ['rejected'])
  assert.equal(begun, 0)
  assert.equal(await queue.run(async () => 'done'), 'done')
})

test('While those before it wait too long, nobody else is let in to wait', async () => {
  const queue = queueOf({ width: 1, waiting: 10, patience: 10 }, refusal)
  const running = queue.run(() => sleep(60))
  const waiting = queue.run(() => sleep(0))
  await sleep(30)
  assert.deepEqual(await outcomes([queue.run(() => sleep(0))]), ['rejected'])
  assert.deepEqual(await outcomes([running, waiting]), ['fulfilled', 'rejected'])
})

test('A task that fails leaves its place to the next', async () => {
  const queue = queueOf({ width: 1, waiting: 10, patience: 10_000 }, refusal)
  const failing = queue.run(async () => {
    throw new Error('failed')
  })
  await assert.rejects(failing, /failed/)
  assert.equal(await queue.run(async () => 'done'), 'done')
})

test('The wait of a task counts from when it arrived, however late it asks for its turn', async () => {
  const queue = queueOf({ width: 1, waiting: 10, patience: 20 }, refusal)
  const arrived = queue.admit()
  await sleep(40)
  assert.deepEqual(await outcomes([queue.run(() => sleep(0), { arrived })]), ['rejected'])
  assert.deepEqual(await outcomes([queue.run(() => sleep(0), { arrived: queue.admit() })]), ['fulfilled'])
})

test('Whoever would be turned away is so at once', async () => {
  const queue = queueOf({ width: 1, waiting: 0, patience: 10_000 }, refusal)
  const running = queue.run(() => sleep(5))
  assert.throws(() => queue.admit(), /refused/)
  await running
  queue.admit()
})

test('One asker has so many places, running and waiting ones together, and others have theirs', async () => {
  const queue = queueOf({ width: 1, waiting: 10, patience: 10_000, each: 2 }, (why) => new Error(why))
  const first = [1, 2, 3].map(() => queue.run(() => sleep(5), { of: 'one' }))
  await assert.rejects(first[2] ?? Promise.resolve(), /own/)
  assert.equal(await queue.run(async () => 'served', { of: 'other' }), 'served')
  assert.deepEqual(await outcomes(first.slice(0, 2)), ['fulfilled', 'fulfilled'])
  assert.equal(await queue.run(async () => 'again', { of: 'one' }), 'again')
  await assert.rejects(
    queue.run(() => Promise.reject(new Error('failed')), { of: 'one' }),
    /failed/,
  )
  assert.deepEqual(await outcomes([1, 2].map(() => queue.run(() => sleep(1), { of: 'one' }))), [
    'fulfilled',
    'fulfilled',
  ])
})

test('Those who go ahead do so before all others, in the order of asking, and have places however many others wait', async () => {
  const queue = queueOf({ width: 1, waiting: 2, patience: 10_000 }, refusal)
  const order: string[] = []
  const task = (name: string) => async () => {
    order.push(name)
  }
  const running = queue.run(() => sleep(5))
  const waiting = ['a', 'b'].map((name) => queue.run(task(name)))
  const ahead = ['c', 'd'].map((name) => queue.run(task(name), { ahead: true }))
  assert.deepEqual(queue.load(), { running: 1, waiting: 4 })
  assert.deepEqual(await outcomes([queue.run(task('e')), queue.run(task('f'), { ahead: true })]), [
    'rejected',
    'rejected',
  ])
  await Promise.all([running, ...waiting, ...ahead])
  assert.deepEqual(order, ['c', 'd', 'a', 'b'])
})
