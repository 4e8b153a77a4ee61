import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aPhone } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'
import { isUniqueViolation } from '../../platform/db/db.ts'
import { phoneHolders } from './phones.ts'

onEachDatabase('A search for a number', (newDatabase) => {
  test('finds whoever has exactly that number, the one who verified it first, however it is written', async () => {
    await using server = await testServer(await newDatabase())
    const [waiting, owner] = [await anAccount(server), await anAccount(server)]
    await aPhone(server, waiting, { number: '447418084106', validated_at: null })
    await aPhone(server, owner, { number: '447418084106' })
    const found = (text: string) => phoneHolders(server.deps, text)
    assert.deepEqual(await found('+44 7418 084106'), [owner.id, waiting.id])
    assert.deepEqual(await found('+44 7418 084107'), [])
    for (const none of ['0841', '', 'x']) assert.equal(await found(none), undefined, none)
  })

  test('the index of verified numbers refuses a second owner though nobody can read it', async () => {
    await using server = await testServer(await newDatabase())
    await aPhone(server, await anAccount(server), { number: '447418084106' })
    await assert.rejects(
      async () => aPhone(server, await anAccount(server), { number: '447418084106' }),
      (error) => isUniqueViolation(error),
    )
  })
})
