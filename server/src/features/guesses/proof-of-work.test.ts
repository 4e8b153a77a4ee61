import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { work } from '../../../test/support/callers.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { MINUTE } from '../../lib/clock.ts'
import { leadingZeros } from '../../lib/leading-zeros.ts'
import { type Challenge, isDone, newChallenge } from './proof-of-work.ts'

const BITS = 6
const WHOM = 'person@example.com'

/** Work that is short of the challenge by one bit, which takes no luck to find. */
function almost({ challenge, difficulty }: Challenge): string {
  for (let number = 0; ; number++) {
    const hash = createHash('sha256').update(`${challenge}:${number}`).digest()
    if (leadingZeros(hash) === difficulty - 1) return `${challenge}:${number}`
  }
}

/** Work whose number begins with some text. */
function workBehind({ challenge, difficulty }: Challenge, begin: string): string {
  for (let number = 0; ; number++) {
    const hash = createHash('sha256').update(`${challenge}:${begin}${number}`).digest()
    if (leadingZeros(hash) >= difficulty) return `${challenge}:${begin}${number}`
  }
}

onEachDatabase('A proof of work', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const ask = (surplus = 1, bits = BITS) => newChallenge(server().deps, WHOM, bits, surplus)
  const isTaken = (proof: string) => isDone(server().deps, WHOM, proof)

  // ASVS 6.3.1
  test('is asked twice as hard each time the guesses are twice as many, up to 26 bits', () => {
    const surpluses = [0, 1, 1.9, 2, 3.9, 4, 8, 1024]
    assert.deepEqual(
      surpluses.map((surplus) => ask(surplus).difficulty - BITS),
      [0, 0, 0, 1, 1, 2, 3, 10],
    )
    assert.deepEqual([ask(4, 24).difficulty, ask(2 ** 30, 24).difficulty], [26, 26])
  })

  test('is none that is short by a bit, and one that is not', async () => {
    const challenge = ask()
    assert.equal(await isTaken(almost(challenge)), false)
    assert.equal(await isTaken(work(challenge)), true)
  })

  test('is for the challenge as it was given, so that one is no more than one', async () => {
    const { challenge, difficulty } = ask()
    for (const altered of [`${challenge}.1`, `${challenge}.`, ` ${challenge}`, challenge.replace(/^\d+/, '01')])
      assert.equal(await isTaken(work({ challenge: altered, difficulty })), false, altered)
    assert.equal(await isTaken(work({ challenge, difficulty })), true)
  })

  test('is for the account that was guessed at, and for no other', async () => {
    const proof = work(ask())
    assert.equal(await isDone(server().deps, 'other@example.com', proof), false)
    assert.equal(await isTaken(proof), true)
  })

  test('is brought within five minutes', async () => {
    const [early, late] = [work(ask()), work(ask())]
    server().clock.advance(5 * MINUTE - 1)
    assert.equal(await isTaken(early), true)
    server().clock.advance(1)
    assert.equal(await isTaken(late), false)
  })

  test('ends with a number of at most 16 digits', async () => {
    const challenge = ask()
    for (const begin of ['-', '0x', 'a'.repeat(1000), '1'.repeat(16)])
      assert.equal(await isTaken(workBehind(challenge, begin)), false, begin)
    assert.equal(await isTaken(workBehind(challenge, '1')), true)
  })

  test('is taken once for as long as its challenge could be worked at', async () => {
    const challenge = ask()
    const proof = work(challenge)
    assert.equal(await isTaken(proof), true)
    for (let minutes = 0; minutes < 5; minutes++) {
      assert.equal(await isTaken(proof), false, `after ${minutes} minutes`)
      server().clock.advance(MINUTE)
    }
    assert.equal(await isTaken(proof), false)
  })
})
