import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aProfile, aToken } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'
import { setPrivateLabel } from '../labels/labels.ts'
import { nameWords } from './name-words.ts'
import { findAccountIdsByName } from './profiles.ts'

test('names are searched for without case, accents and punctuation', () => {
  assert.deepEqual(nameWords("  Zoë  O'Hara-ŁUKASZ Zoe "), ['zoe', 'ohara', 'łukasz'])
  assert.deepEqual(nameWords('علی‌رضا 山田'), ['علیرضا', '山田'])
  assert.deepEqual(nameWords(' - '), [])
})

onEachDatabase('A search for names', (newDatabase) => {
  test('finds who has all the words, whole, in any order', async () => {
    await using server = await testServer(await newDatabase())
    const [ada, zoe] = [await anAccount(server), await anAccount(server)]
    await aProfile(server, ada, { first_name: 'Ada Zoë', last_name: 'Lovelace' })
    await aProfile(server, zoe, { first_name: 'Zoe', last_name: "O'Hara" })
    const found = (text: string) => findAccountIdsByName(server.deps, text, { limit: 10 })
    assert.deepEqual(await found('zoe'), [zoe.id, ada.id])
    assert.deepEqual(await found('LOVELACE ada'), [ada.id])
    assert.deepEqual(await found('ohara'), [zoe.id])
    for (const none of ['love', 'ada ohara', '', '%', "' or 1=1 --"]) assert.deepEqual(await found(none), [], none)
  })

  test('finds the new name of whoever handed the profile in again, and not the old one', async () => {
    await using server = await testServer(await newDatabase())
    const { deps } = server
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const json = {
      ...{ first_name: 'Ada', last_name: 'Byron', dob: '1990-12-10', address: 'Road 1' },
      ...{ postcode: '10115', city: 'London', country: 'GB' },
    }
    assert.equal((await server.call('POST', '/profiles', { token, json })).status, 201)
    await deps.db.transaction().execute((tx) => setPrivateLabel(deps, tx, account.id, 'document', 'rejected'))
    const again = await server.call('POST', '/profiles', { token, json: { ...json, last_name: 'King' } })
    assert.equal(again.status, 201)
    assert.deepEqual(await findAccountIdsByName(deps, 'king', { limit: 10 }), [account.id])
    assert.deepEqual(await findAccountIdsByName(deps, 'byron', { limit: 10 }), [])
    assert.equal((await server.call('GET', '/profiles/me', { token })).body.last_name, 'King')
  })
})
