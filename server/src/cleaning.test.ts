import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../test/support/databases.ts'
import { anAccount, aToken } from '../test/support/factories.ts'
import { testServer } from '../test/support/server.ts'
import { cleanAll, startCleaning } from './cleaning.ts'
import { DAY, iso } from './lib/clock.ts'

onEachDatabase('Cleaning', (newDatabase) => {
  test('removes what ended long ago, however much it is, and keeps the rest', async () => {
    await using server = await testServer(await newDatabase())
    const { db, clock } = server.deps
    const account = await anAccount(server)
    await aToken(server, account)
    const old = await db.selectFrom('sessions').selectAll().executeTakeFirstOrThrow()
    const { id: _, ...row } = old
    const rows = Array.from({ length: 1100 }, (_, index) => ({ ...row, jti: `old ${index}` }))
    for (let start = 0; start < rows.length; start += 100)
      await db
        .insertInto('sessions')
        .values(rows.slice(start, start + 100))
        .execute()
    const now = iso(clock.now())
    const key = await db
      .insertInto('api_keys')
      .values({
        uid: 'a key',
        account_id: account.id,
        public_key: 'x',
        expires_in: 60,
        state: 'active',
        created_at: now,
        updated_at: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await db.insertInto('api_key_nonces').values({ api_key_id: key.id, jti_digest: 'old', expires_at: now }).execute()
    server.clock.advance(3 * DAY)
    await aToken(server, account)
    const expires_at = iso(clock.now() + DAY)
    await db.insertInto('api_key_nonces').values({ api_key_id: key.id, jti_digest: 'new', expires_at }).execute()
    await cleanAll(server.deps)
    assert.equal((await db.selectFrom('sessions').selectAll().execute()).length, 1)
    const nonces = await db.selectFrom('api_key_nonces').select('jti_digest').execute()
    assert.deepEqual(
      nonces.map(({ jti_digest }) => jti_digest),
      ['new'],
    )
  })

  test('rests between its rounds and stops at once when it is disposed of', async () => {
    await using server = await testServer(await newDatabase())
    await aToken(server, await anAccount(server))
    server.clock.advance(3 * DAY)
    const cleaning = startCleaning(server.deps)
    await cleaning[Symbol.asyncDispose]()
    assert.equal((await server.deps.db.selectFrom('sessions').selectAll().execute()).length, 1)
  })
})
