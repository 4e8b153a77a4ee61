import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { hash as argon2 } from '@node-rs/argon2'
import { hash as bcrypt } from 'bcryptjs'
import { Refusal } from '../../lib/errors.ts'
import { createPasswords, hashingWidth } from './passwords.ts'

const passwords = createPasswords()

// ASVS 11.4.2
test('a hash is argon2id with 19 MiB and two passes, and never the same twice', async () => {
  const [one, other] = await Promise.all([passwords.hash('Qwerty123'), passwords.hash('Qwerty123')])
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(one, other)
  assert.equal(await passwords.match(one, 'Qwerty123'), 'right')
  assert.equal(await passwords.match(one, 'qwerty123'), 'wrong')
})

// ASVS 6.2.8
test('long passwords count to their last character', async () => {
  const long = 'x'.repeat(127)
  const digest = await passwords.hash(`${long}1`)
  assert.equal(await passwords.match(digest, `${long}2`), 'wrong')
})

// ASVS 6.2.8
test('the same characters typed on another keyboard are the same password', async () => {
  const digest = await passwords.hash('caf\u00e9 \uff11\uff12\uff13')
  assert.equal(await passwords.match(digest, 'cafe\u0301 123'), 'right')
})

// ASVS 11.2.2, 11.4.2
test('imported bcrypt hashes and weaker parameters are right, and to be made anew', async () => {
  const imported = await bcrypt('Qwerty123', 4)
  const weaker = await argon2('Qwerty123', { memoryCost: 8192, timeCost: 1, parallelism: 1 })
  for (const digest of [imported, imported.replace('$2b$', '$2a$'), weaker]) {
    assert.equal(await passwords.match(digest, 'Qwerty123'), 'outdated')
    assert.equal(await passwords.match(digest, 'Qwerty124'), 'wrong')
  }
})

test('nobody has the password of an account that does not exist', async () => {
  for (const guess of ['', 'Qwerty123']) assert.equal(await passwords.match(undefined, guess), 'wrong')
})

// ASVS 6.3.8
test('a guess at an account that does not exist is hashed as one at an account that does', async () => {
  const own = createPasswords()
  const digest = await own.hash('Qwerty123')
  // What strangers are compared with is there then.
  assert.equal(await own.match(undefined, 'a guess'), 'wrong')
  for (const known of [digest, undefined]) {
    const match = own.match(known, 'a guess')
    await setImmediate()
    assert.equal(own.load().running, 1, String(known))
    assert.equal(await match, 'wrong')
    assert.equal(own.load().running, 0)
  }
})

// ASVS 15.2.2
test('beyond its queue answers 503 and when to come again, and recovers', async () => {
  const narrow = createPasswords({ width: 1, waiting: 2 })
  // The digest that strangers are compared with is made first.
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => narrow.hash('Qwerty123')))
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ['fulfilled', 'fulfilled', 'rejected', 'rejected'],
  )
  const refusal = outcomes.find((outcome) => outcome.status === 'rejected')?.reason
  assert.ok(refusal instanceof Refusal)
  assert.deepEqual([refusal.status, refusal.headers], [503, { 'retry-after': '2' }])
  assert.match(await narrow.hash('Qwerty123'), /^\$argon2id\$/)
})

test('as many are hashed at once as there are cores for it, and two threads of the pool never hash', () => {
  const [as_started_by_barong, as_node_has_it] = [10, 4]
  assert.equal(hashingWidth(1, as_started_by_barong, 8), 8)
  assert.equal(hashingWidth(1, as_node_has_it, 8), 2)
  assert.equal(hashingWidth(1, as_node_has_it, 2), 2)
  assert.equal(hashingWidth(4, as_started_by_barong, 8), 2)
  // Something must hash, however little there is.
  assert.equal(hashingWidth(4, 1, 2), 1)
})
