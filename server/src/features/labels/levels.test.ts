import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { eventsOf, mailsTo } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import type { Account, Label, Level } from '../../platform/db/schema.ts'
import { levelOf, setPrivateLabel } from './labels.ts'

const now = '2026-01-01T00:00:00.000Z'
const dated = { created_at: now, updated_at: now }
const KEYS = ['email', 'phone', 'identity', 'address']
const ladder: Level[] = KEYS.map((key, index) => ({
  id: index + 1,
  key,
  value: 'verified',
  description: key,
  ...dated,
}))

const someLabels: fc.Arbitrary<Label[]> = fc.array(
  fc.record({
    id: fc.nat(),
    account_id: fc.constant(1),
    key: fc.constantFrom(...KEYS, 'other'),
    value: fc.constantFrom('verified', 'rejected'),
    scope: fc.constantFrom('private', 'public'),
    expires_at: fc.constant(null),
    reason: fc.constant(null),
    actor: fc.constant(null),
    created_at: fc.constant(now),
    updated_at: fc.constant(now),
  }),
)

const has = (labels: readonly Label[], key: string | undefined) =>
  labels.some((label) => label.key === key && label.value === 'verified' && label.scope === 'private')

test('a level is reached when its label and those of all levels below are there', () => {
  fc.assert(
    fc.property(someLabels, fc.integer({ min: 0, max: KEYS.length }), (labels, height) => {
      const levels = ladder.slice(0, height)
      const level = levelOf(labels, levels)
      assert.ok(KEYS.slice(0, level).every((key) => has(labels, key)))
      if (level < height) assert.equal(has(labels, KEYS[level]), false)
      else assert.equal(level, height)
    }),
  )
})

test('public labels change no level, and order does not matter', () => {
  fc.assert(
    fc.property(someLabels, (labels) => {
      const level = levelOf(labels, ladder)
      assert.equal(
        levelOf(
          labels.filter((label) => label.scope === 'private'),
          ladder,
        ),
        level,
      )
      assert.equal(levelOf(labels.toReversed(), ladder), level)
    }),
  )
})

onEachDatabase('Private labels', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const set = (account: Account, key: string, value: string) =>
    server()
      .deps.db.transaction()
      .execute((tx) => setPrivateLabel(server().deps, tx, account.id, key, value))
  const levelNow = async ({ id }: Account) =>
    (await server().deps.db.selectFrom('accounts').select('level').where('id', '=', id).executeTakeFirstOrThrow()).level

  test('raise the level step by step, and lower it when one is lost', async () => {
    const account = await anAccount(server())
    const steps: [key: string, value: string, level: number][] = [
      ['document', 'verified', 1],
      ['phone', 'verified', 3],
      ['phone', 'rejected', 1],
      ['phone', 'verified', 3],
      ['email', 'rejected', 0],
    ]
    for (const [key, value, level] of steps) {
      await set(account, key, value)
      assert.equal(await levelNow(account), level, `${key}:${value}`)
    }
  })

  test('tell of a review by mail and event only when the decision is new', async () => {
    const account = await anAccount(server())
    for (const value of ['pending', 'verified', 'verified', 'rejected', 'rejected', 'verified'])
      await set(account, 'document', value)
    const subjects = (await mailsTo(server(), account.email)).map((mail) => mail.subject)
    assert.deepEqual(subjects, [
      'Your identity was approved',
      'Your identity was rejected',
      'Your identity was approved',
    ])
    const events = (await eventsOf(server(), account)).filter((name) => name.startsWith('system.'))
    assert.deepEqual(events, ['system.document.verified', 'system.document.rejected', 'system.document.verified'])
  })

  test('set at once by several keep the level right, and wait for each other', async () => {
    const account = await anAccount(server())
    await Promise.all(['phone', 'document', 'phone', 'document'].map((key) => set(account, key, 'verified')))
    assert.equal(await levelNow(account), 3)
    assert.equal((await mailsTo(server(), account.email)).length, 1)
  })
})
