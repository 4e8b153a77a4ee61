import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aKeyedClient } from '../../../test/support/assertions.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { testServer } from '../../../test/support/server.ts'
import { changeApplication, deleteApplication, readApplication, rotateSecret } from './applications.ts'

onEachDatabase('Changes of an application at the same moment', (newDatabase) => {
  test('leave keys away that one of them takes away', async () => {
    await using server = await testServer(await newDatabase())
    const { deps } = server
    for (let round = 0; round < 6; round += 1) {
      const { client_id } = await aKeyedClient(server)
      const rename = (index: number) => changeApplication(deps, client_id, { name: `${client_id} ${index}` })
      await Promise.all([
        rename(1),
        rename(2),
        changeApplication(deps, client_id, { jwks: null }),
        rename(3),
        rename(4),
      ])
      const { jwks, auth_method } = await readApplication(deps, client_id)
      assert.deepEqual([jwks, auth_method], [null, 'client_secret_basic'], `round ${round}`)
    }
  })

  test('find nothing once it is removed, and say so', async () => {
    await using server = await testServer(await newDatabase())
    const { deps } = server
    for (let round = 0; round < 6; round += 1) {
      const { client_id } = await aKeyedClient(server)
      await changeApplication(deps, client_id, { jwks: null })
      const outcomes = await Promise.allSettled([
        changeApplication(deps, client_id, { name: `${client_id} 1` }),
        deleteApplication(deps, client_id),
        changeApplication(deps, client_id, { name: `${client_id} 2` }),
        rotateSecret(deps, client_id),
        deleteApplication(deps, client_id),
      ])
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') assert.equal(outcome.reason.status, 404, String(outcome.reason))
      assert.equal(outcomes[1]?.status === 'fulfilled' || outcomes[4]?.status === 'fulfilled', true)
    }
  })
})
