import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { createWebhookReader } from '../../../sdk/src/webhooks.ts'
import { newWebhookSecret, webhookHeaders } from '../../src/platform/events/standard-webhooks.ts'
import { eventually } from '../support/program.ts'
import { freePort } from '../support/restartable.ts'
import { exampleOf, packedSdkForSuite } from './packed.ts'

const project = packedSdkForSuite()
const NOW = 1_893_456_000
const [secret, former, another] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()]
const said = { type: 'system.document.verified', timestamp: '2030-01-01T00:00:00.000Z', data: { uid: 'ID1' } }
const body = JSON.stringify(said)
const event = { id: 'an-id', ...said }
const headersOf = (timestamp = NOW, text = body, secrets: string[] = [secret]) =>
  webhookHeaders({ id: 'an-id', timestamp, body: text }, secrets)
const reader = createWebhookReader({ secret, now: () => NOW * 1000 })

describe('The reader of webhooks of the SDK', () => {
  test('takes what the server sends, whatever its headers and body are kept in', async () => {
    const headers = headersOf()
    const shouted = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]))
    for (const given of [headers, new Headers(headers), shouted])
      for (const bytes of [body, Buffer.from(body), new TextEncoder().encode(body)])
        assert.deepEqual(await reader.read(given, bytes), { event })
  })

  test('takes it with either secret while one takes the place of the other', async () => {
    const both = createWebhookReader({ secret: [former, secret], now: () => NOW * 1000 })
    assert.deepEqual(await both.read(headersOf(NOW, body, [secret]), body), { event })
    assert.deepEqual(await both.read(headersOf(NOW, body, [former]), body), { event })
    assert.deepEqual(await reader.read(headersOf(NOW, body, [another, secret]), body), { event })
    assert.deepEqual(await both.read(headersOf(NOW, body, [another]), body), { refused: 'wrong_signature' })
  })

  test('refuses what is altered, of another time or none of it, and throws for nothing that strangers send', async () => {
    const headers = headersOf()
    for (const [given, text, refused] of [
      [headers, `${body} `, 'wrong_signature'],
      [{ ...headers, 'webhook-id': 'another' }, body, 'wrong_signature'],
      [{ ...headers, 'webhook-timestamp': String(NOW + 1) }, body, 'wrong_signature'],
      [{ ...headers, 'webhook-signature': 'v1,' }, body, 'wrong_signature'],
      [{ ...headers, 'webhook-signature': 'v1,!!! v1a,AAAA x' }, body, 'wrong_signature'],
      [headersOf(NOW - 301), body, 'wrong_time'],
      [headersOf(NOW + 301), body, 'wrong_time'],
      [{ ...headers, 'webhook-timestamp': 'soon' }, body, 'malformed'],
      [{ ...headers, 'webhook-signature': undefined }, body, 'malformed'],
      [{ ...headers, 'webhook-id': ['a', 'b'] }, body, 'malformed'],
      [{}, body, 'malformed'],
      [headersOf(NOW, 'no JSON'), 'no JSON', 'malformed'],
      [headersOf(NOW, '[]'), '[]', 'malformed'],
      [headersOf(NOW, '{"type":1}'), '{"type":1}', 'malformed'],
    ] as const)
      assert.deepEqual(await reader.read(given, text), { refused }, `${JSON.stringify(given)} ${text}`)
  })

  test('is not made of what is no secret', () => {
    for (const wrong of ['', 'whsec_', 'whsec_%%%%%%%%%%%%%%%%%%%%', []])
      assert.throws(() => createWebhookReader({ secret: wrong }), TypeError)
    assert.throws(() => createWebhookReader({ secret, tolerance: Number.NaN }), RangeError)
  })

  test('reads them in the example of the README', async () => {
    const port = await freePort()
    const program = project().write('webhook.mts', exampleOf('webhook'))
    const env = { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret }
    const child = spawn(process.execPath, [program], {
      cwd: project().folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const post = (headers: Record<string, string>) =>
        fetch(`http://127.0.0.1:${port}/hook`, { method: 'POST', headers, body })
      // Nobody listens before the example has started.
      assert.equal((await eventually(() => post({}).catch(() => undefined))).status, 400)
      const printed = once(child.stdout, 'data')
      assert.equal((await post(headersOf(Math.floor(Date.now() / 1000)))).status, 204)
      assert.equal(String(await printed), "an-id system.document.verified { uid: 'ID1' }\n")
    } finally {
      child.kill('SIGKILL')
    }
  })
})
