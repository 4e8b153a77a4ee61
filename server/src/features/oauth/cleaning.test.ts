import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { testServer } from '../../../test/support/server.ts'
import { cleanAll } from '../../cleaning.ts'
import { DAY, iso } from '../../lib/clock.ts'
import { cleanOauthRecords } from './cleaning.ts'

onEachDatabase('Cleaning of OAuth records', (newDatabase) => {
  test('removes what is over in batches, whatever its kind, and keeps what goes on or never ends', async () => {
    await using server = await testServer(await newDatabase())
    const { db, clock } = server.deps
    const now = clock.now()
    const record = (key_digest: string, expires_at: string | null) => ({
      kind: 'AuthorizationCode',
      key_digest,
      payload_sealed: 'x',
      created_at: iso(now - DAY),
      expires_at,
    })
    for (let batch = 0; batch < 12; batch += 1) {
      const rows = Array.from({ length: 100 }, (_, index) => record(`over ${batch} ${index}`, iso(now - 1 - index)))
      await db.insertInto('oauth_records').values(rows).execute()
    }
    await db
      .insertInto('oauth_records')
      .values([record('goes on', iso(now + 1)), { ...record('never ends', null), kind: 'Consent' }])
      .execute()
    assert.equal(await cleanOauthRecords(server.deps), 500)
    await cleanAll(server.deps)
    const left = await db.selectFrom('oauth_records').select('key_digest').orderBy('id').execute()
    assert.deepEqual(
      left.map(({ key_digest }) => key_digest),
      ['goes on', 'never ends'],
    )
  })
})
