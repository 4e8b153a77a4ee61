import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../test/support/databases.ts'
import { testServer } from '../../test/support/server.ts'
import { buildOperationApp } from '../app.ts'

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

onEachDatabase('Deep health', (newDatabase) => {
  test('tells of everything the server depends on', async () => {
    await using server = await testServer(await newDatabase())
    const answer = await server.app.inject({ url: '/health/deep' })
    const { status, checks, deliveries, passwords } = answer.json()
    assert.deepEqual([answer.statusCode, status], [200, 'ok'])
    assert.deepEqual([checks.database.status, checks.documents.status], ['ok', 'ok'])
    assert.deepEqual(deliveries, [{ kind: 'fan-out', waiting: 0, lag_seconds: 0, dead: 0 }])
    assert.equal(passwords.waiting, 0)
  })

  // ASVS 16.5.1
  test('answers 503 and names what fails, and nothing of why', async () => {
    await using server = await testServer(await newDatabase())
    // A place that is full is read as ever.
    for (const step of ['get', 'put']) {
      const blobs = { ...server.deps.blobs, [step]: () => Promise.reject(new Error('secret-bucket refused')) }
      const app = await buildOperationApp({ ...server.deps, blobs })
      const answer = await app.inject({ url: '/health/deep' })
      assert.deepEqual(
        [answer.statusCode, answer.json().status, answer.json().checks.documents.status],
        [503, 'failing', 'no answer'],
        step,
      )
      assert.doesNotMatch(answer.body, /secret-bucket/)
      await app.close()
    }
  })

  // ASVS 13.4.5
  test('needs the token of /metrics, and is not there in production without one', async () => {
    await using server = await testServer(await newDatabase(), { METRICS_TOKEN: 'a token for operators' })
    for (const url of ['/health/deep', '/metrics']) {
      assert.equal((await server.app.inject({ url })).statusCode, 401)
      const headers = { authorization: 'Bearer a token for operators' }
      assert.equal((await server.app.inject({ url, headers })).statusCode, 200)
    }
    await using own = await testServer(await newDatabase(), { METRICS_PORT: '9464' })
    assert.equal((await own.app.inject({ url: '/health/deep' })).statusCode, 404)
    assert.equal((await own.app.inject({ url: '/health/live' })).statusCode, 200)
  })
})
