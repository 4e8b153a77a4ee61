import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { testServer } from '../../../test/support/server.ts'

onEachDatabase('Signing up', (newDatabase) => {
  test('makes a pending account, records the event and mails the link', async () => {
    await using server = await testServer(await newDatabase())
    const answer = await server.call('POST', '/accounts', {
      json: { email: ' New@Example.com ', password: 'swan lake 1887' },
    })
    assert.deepEqual([answer.status, answer.body], [201, null])
    const account = await server.deps.db.selectFrom('accounts').selectAll().executeTakeFirstOrThrow()
    assert.equal(account.email, 'new@example.com')
    assert.equal(account.state, 'pending')
    assert.match(account.uid, /^ID[0-9A-F]{10}$/)
    await server.deliver()
    assert.equal(server.mails[0]?.subject, 'Confirmation instructions')
    assert.equal(server.events[0]?.name, 'model.account.created')
  })

  test('of two at once with one e-mail lets exactly one through', async () => {
    await using server = await testServer(await newDatabase())
    const json = { email: 'twice@example.com', password: 'swan lake 1887' }
    const answers = await Promise.all([1, 2, 3, 4].map(() => server.call('POST', '/accounts', { json })))
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 422, 422, 422])
    const refused = answers.find((answer) => answer.status === 422)
    assert.deepEqual(refused?.body, { error: ['Email has already been taken'] })
    await server.deliver()
    assert.equal(server.mails.length, 1)
  })
})
