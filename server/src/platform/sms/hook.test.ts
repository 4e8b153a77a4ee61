import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { fakeClock, seconds } from '../../lib/clock.ts'
import { smsHook } from './hook.ts'
import { SmsRefused } from './sms.ts'
import { httpServer } from './test/http-server.ts'

const secret = 'shared with the receiver'
const sms = { id: 'sms-1', to: '+380991234567', text: 'Ваш код: 12345' }

test('The receiver can verify who sent the message, when, and that it is unchanged.', async () => {
  await using server = await httpServer(() => ({ status: 200, body: 'ok' }))
  const clock = fakeClock('2026-03-01T12:00:00Z')
  await using transport = smsHook({ url: `${server.url}/sms?from=barong`, secret, timeout_ms: 5000 }, clock)
  await transport.send(sms)

  const [request] = server.requests
  assert.ok(request !== undefined)
  const { 'barong-signature': signature, 'idempotency-key': key, 'content-type': type } = request.headers
  const t = seconds(clock.now())
  const expected = createHmac('sha256', secret).update(`${t}.${request.body}`).digest('hex')
  assert.deepEqual(
    { signature, key, type },
    { signature: `t=${t},v1=${expected}`, key: 'sms-1', type: 'application/json' },
  )
  assert.deepEqual([request.method, request.path], ['POST', '/sms?from=barong'])
  assert.deepEqual(JSON.parse(request.body), sms)
})

test('A message sent again has the same idempotency key and a fresh signature.', async () => {
  await using server = await httpServer(() => ({ status: 200 }))
  const clock = fakeClock('2026-03-01T12:00:00Z')
  await using transport = smsHook({ url: server.url, secret, timeout_ms: 5000 }, clock)
  await transport.send(sms)
  clock.advance(60_000)
  await transport.send(sms)
  assert.deepEqual(
    server.requests.map(({ headers }) => headers['idempotency-key']),
    ['sms-1', 'sms-1'],
  )
  assert.equal(new Set(server.requests.map(({ headers }) => headers['barong-signature'])).size, 2)
})

for (const status of [301, 307, 400, 401, 404, 429, 500, 503]) {
  test(`Status ${status} rejects and may be tried again.`, async () => {
    await using server = await httpServer(() => ({ status, body: 'no' }))
    await using transport = smsHook({ url: server.url, secret, timeout_ms: 5000 })
    await assert.rejects(
      transport.send(sms),
      (error) =>
        error instanceof Error &&
        !(error instanceof SmsRefused) &&
        error.message === `SMS hook: answered with status ${status}`,
    )
  })
}

test('Status 422 refuses the message for good.', async () => {
  await using server = await httpServer(() => ({ status: 422 }))
  await using transport = smsHook({ url: server.url, secret, timeout_ms: 5000 })
  await assert.rejects(transport.send(sms), SmsRefused)
})

// ASVS 15.3.2
test('A redirect is not followed.', async () => {
  await using target = await httpServer(() => ({ status: 200 }))
  await using server = await httpServer(() => ({ status: 307, headers: { location: target.url } }))
  await using transport = smsHook({ url: server.url, secret, timeout_ms: 5000 })
  await assert.rejects(transport.send(sms), /307/)
  assert.deepEqual(target.requests, [])
})

test('A receiver that stays silent rejects after the time-out.', async () => {
  await using server = await httpServer(() => undefined)
  await using transport = smsHook({ url: server.url, secret, timeout_ms: 100 })
  await assert.rejects(transport.send(sms), { name: 'TimeoutError' })
})

test('A receiver that is not there rejects.', async () => {
  const gone = await httpServer(() => undefined)
  await gone[Symbol.asyncDispose]()
  await using transport = smsHook({ url: gone.url, secret, timeout_ms: 5000 })
  await assert.rejects(transport.send(sms))
})
