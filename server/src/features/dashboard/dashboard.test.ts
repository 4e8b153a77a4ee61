import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'
import { DAY, HOUR, iso, isoDay } from '../../lib/clock.ts'
import { figures } from './dashboard.ts'

onEachDatabase('The dashboard', (newDatabase) => {
  test('counts sign-ups, sign-ins and failures of each day, reviews, and accounts of each level', async () => {
    await using server = await testServer(await newDatabase())
    const { db } = server.deps
    const now = server.clock.now()
    const token = await aToken(server, await anAccount(server, { role: 'compliance' }))
    const old = await anAccount(server, { created_at: iso(now - DAY) })
    await anAccount(server, { created_at: iso(now - 20 * DAY) })
    const json = { email: old.email, password: 'wrong', application_id: 'none' }
    assert.equal((await server.call('POST', '/sessions', { json })).status, 401)
    for (const [hours, outcome] of [
      [1, 'approved'],
      [2, 'rejected'],
      [9, 'approved'],
      [3, 'elsewhere'],
    ] as const)
      await db
        .insertInto('review_cases')
        .values({
          account_id: old.id,
          attempt: 1,
          level_sought: 3,
          opened_at: iso(now - hours * HOUR),
          closed_at: iso(now),
          outcome,
        })
        .execute()
    const { status, body } = await server.call('GET', '/admin/dashboard?days=2', { token })
    assert.equal(status, 200)
    assert.deepEqual(body.days, [
      { day: isoDay(now - DAY), sign_ups: 1, sign_ins: 0, failures: 0, review_seconds: null },
      { day: isoDay(now), sign_ups: 1, sign_ins: 1, failures: 1, review_seconds: 7200 },
    ])
    assert.deepEqual(body.reviews, {
      decided: 3,
      approved: 2,
      rejected: 1,
      more_requested: 0,
      timed: 3,
      median_seconds: 7200,
      slowest_tenth_seconds: 7200,
    })
    const { reviews } = await figures(server.deps, 2, 1)
    assert.deepEqual([reviews.decided, reviews.approved, reviews.timed], [3, 2, 1])
    assert.deepEqual(body.levels, [{ level: 1, accounts: 3 }])
    assert.equal((await server.call('GET', '/admin/dashboard?days=91', { token })).status, 422)
  })
})
