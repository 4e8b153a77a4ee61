import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'
import { iso, seconds } from '../../lib/clock.ts'
import { keepBrowserSession } from './browser-sessions.ts'
import { codeAdapter } from './grant-records.ts'

const LIFETIME = 60

onEachDatabase('A code', (newDatabase) => {
  test('is kept for whom is signed in in that browser, and for nobody else', async () => {
    await using server = await testServer(await newDatabase())
    const { deps, clock } = server
    const [account, other] = [await anAccount(server), await anAccount(server)]
    const session = { kind: 'Session', accountId: account.uid, uid: 'theirs', loginTs: seconds(clock.now()) }
    await deps.db.transaction().execute((tx) => keepBrowserSession(deps, tx, 'cookie', session, LIFETIME))
    const codes = codeAdapter(deps, 'AuthorizationCode')
    const keep = (id: string, accountId: string, sessionUid: string) =>
      codes.upsert(id, { kind: 'AuthorizationCode', accountId, sessionUid }, LIFETIME)
    await keep('one', account.uid, 'theirs')
    await assert.rejects(keep('two', other.uid, 'theirs'), { error: 'login_required' })
    await assert.rejects(keep('three', account.uid, 'another'), { error: 'login_required' })
    await deps.db
      .updateTable('sessions')
      .set({ revoked_at: iso(clock.now()) })
      .execute()
    await assert.rejects(keep('four', account.uid, 'theirs'), { error: 'login_required' })
    const kept = await Promise.all(['one', 'two', 'three', 'four'].map((id) => codes.find(id)))
    assert.deepEqual(
      kept.map((payload) => payload?.accountId),
      [account.uid, undefined, undefined, undefined],
    )
  })
})
