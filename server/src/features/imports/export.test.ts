import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { anRsaKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aPhone, aProfile, theLevels } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { iso } from '../../lib/clock.ts'
import { insertMany } from '../../platform/db/bulk.ts'
import { moveSecretsIn } from '../two-factor/two-factor.ts'
import { exportAccounts, importAccounts } from './imports.ts'

function aFolder() {
  const path = mkdtempSync(join(tmpdir(), 'barong-export-'))
  return { at: (name: string) => join(path, name), [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

/** Everything an account can have, and accounts that were discarded, are locked or wait for their confirmation. */
async function settle(server: TestServer): Promise<void> {
  const { deps } = server
  const now = iso(deps.clock.now())
  const uid = 'ID00000000AA'
  const { id: account_id } = await anAccount(server, { uid, otp_enabled_at: now, role: 'admin' })
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
  await deps.db.transaction().execute((tx) => moveSecretsIn(deps.vault, tx, [{ account_id, secret }]))
  await anAccount(server, { state: 'pending', confirmed_at: null })
  await anAccount(server, { discarded_at: now })
  await anAccount(server, { locked_at: now, failed_attempts: 5, state: 'banned' })
  await anAccount(server, { frozen_at: now, password_given_at: now, language: 'de' })
  const times = { account_id, created_at: '2019-01-02T03:04:05.000Z', updated_at: now }
  const { db } = deps
  await insertMany(db, 'labels', [{ ...times, key: 'tier', value: 'gold_1', scope: 'public' }])
  const owner = { id: account_id }
  await aPhone(server, owner, { ...times, number: '447418084106', country: 'GB' })
  await aPhone(server, owner, { ...times, number: '4915120000000', country: 'DE', validated_at: null })
  await aProfile(server, owner, {
    ...times,
    ...{ first_name: 'Ада', last_name: "O'Hara", dob: '1985-04-12', address: '12, Main Street' },
    ...{ postcode: '10115', city: 'Köln', country: 'DE', metadata: '{"nested":{"list":[1,"zwei",null]}}' },
  })
  const passkey = {
    credential_id: 'Y3JlZGVudGlhbC1vZi1hZGE',
    public_key: 'cHVibGljLWtleS1vZi1hZGE',
    counter: 4_000_000_000,
  }
  const device = { name: 'Key', transports: '["usb","nfc"]', device: 'singleDevice', last_used_at: null }
  await insertMany(db, 'passkeys', [{ ...passkey, ...device, uid: 'passkey-of-ada', account_id, created_at: now }])
  const codes = ['one', 'two', 'three'].map((digest) => ({ digest, account_id, created_at: now }))
  await insertMany(db, 'recovery_codes', codes)
  const key = { public_key: anRsaKey().public_key, scopes: 'trade', expires_in: 3600, state: 'inactive' }
  await insertMany(db, 'api_keys', [{ ...times, ...key, uid: '9f1d9f0e-6f3a-4c55-9d0e-1a2b3c4d5e6f' }])
}

onEachDatabase('An export of all accounts', (newDatabase) => {
  test('brings everybody over to another server, whose export is the same', async () => {
    await using before = await testServer(await newDatabase())
    await using after = await testServer(await newDatabase(), { BARONG_MASTER_KEY: 'ab'.repeat(32) })
    await settle(before)
    await theLevels(after)
    using folder = aFolder()
    const exported = folder.at('all.ndjson')
    assert.equal(await exportAccounts(before.deps, exported), 5)
    const report = folder.at('report.ndjson')
    const { tallies } = await importAccounts(after.deps, exported, { report })
    assert.deepEqual(
      tallies['accounts'],
      { read: 5, imported: 5, present: 0, skipped: 0 },
      readFileSync(report, 'utf8'),
    )
    await exportAccounts(after.deps, folder.at('again.ndjson'))
    const again = readFileSync(folder.at('again.ndjson'), 'utf8')
    assert.equal(again, readFileSync(exported, 'utf8').replace(',"recovery_codes":3', ''))
    assert.deepEqual(again.match(/"frozen_at":"/g)?.length, 1)
    assert.match(
      again,
      /"credential_id":"Y3JlZGVudGlhbC1vZi1hZGE","public_key":"cHVibGljLWtleS1vZi1hZGE","counter":4000000000/,
    )
    assert.match(readFileSync(report, 'utf8'), /^\{"line":1,"remark":"Recovery codes do not come along/)
    const [first = ''] = readFileSync(exported, 'utf8').split('\n')
    const record = JSON.parse(first)
    assert.match(record.password_digest, /^\$argon2id\$/)
    assert.equal(record.otp_secret, 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP')
    assert.equal(statSync(exported).mode & 0o777, 0o600)
  })

  test('brings profiles over that came from a program with other rules, and tells of them', async () => {
    await using before = await testServer(await newDatabase())
    await using after = await testServer(await newDatabase())
    const account = await anAccount(before)
    await aProfile(before, account, { country: 'France', postcode: '' })
    await theLevels(after)
    using folder = aFolder()
    await exportAccounts(before.deps, folder.at('all.ndjson'))
    const report = folder.at('report.ndjson')
    await importAccounts(after.deps, folder.at('all.ndjson'), { report })
    const told = readFileSync(report, 'utf8')
    assert.match(told, /^\{"line":1,"remark":"The profile is kept as it was/)
    await exportAccounts(after.deps, folder.at('again.ndjson'))
    const again = readFileSync(folder.at('again.ndjson'), 'utf8')
    assert.equal(again, readFileSync(folder.at('all.ndjson'), 'utf8'))
    assert.match(again, /"country":"France".*"kept":true/)
  })

  test('does not write over a file, and is empty where there is nobody', async () => {
    await using server = await testServer(await newDatabase())
    using folder = aFolder()
    assert.equal(await exportAccounts(server.deps, folder.at('none.ndjson')), 0)
    await assert.rejects(exportAccounts(server.deps, folder.at('none.ndjson')), { code: 'EEXIST' })
  })
})
