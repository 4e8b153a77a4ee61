import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../test/support/databases.ts'
import { testServer } from '../../test/support/server.ts'

onEachDatabase('Metrics', (newDatabase) => {
  test('count answers by operation and status, and paths nobody serves as one', async () => {
    await using server = await testServer(await newDatabase())
    await server.call('GET', '/labels')
    await server.call('GET', '/labels')
    for (const path of ['/a', '/b', '/c']) await server.app.inject({ url: path })
    const { body } = await server.app.inject({ url: '/metrics' })
    const count = (labels: string) =>
      new RegExp(`^barong_http_request_duration_seconds_count\\{${labels}\\} (\\d+)$`, 'm').exec(body)?.[1]
    assert.equal(count('method="GET",operation="/api/v1/labels",status="401"'), '2')
    assert.equal(count('method="GET",operation="unknown",status="404"'), '3')
  })

  test('tell how many passwords are being hashed and wait', async () => {
    await using server = await testServer(await newDatabase())
    const hashing = Array.from({ length: 20 }, (_, index) => server.deps.passwords.hash(`a password ${index}`))
    const { body } = await server.app.inject({ url: '/metrics' })
    const count = (state: string) =>
      Number(new RegExp(`^barong_password_hashes\\{state="${state}"\\} (\\d+)$`, 'm').exec(body)?.[1])
    await Promise.all(hashing)
    assert.ok(count('running') >= 1, 'some are being hashed')
    assert.ok(count('waiting') >= 1, 'and others wait')
  })
})
