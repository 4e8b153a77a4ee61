import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newWebhookSecret, webhookHeaders } from './standard-webhooks.ts'

describe('Standard Webhooks', () => {
  test('sign as the specification shows', () => {
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' }
    assert.deepEqual(webhookHeaders(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']), {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  // ASVS 11.5.1
  test('secrets carry 256 bits', () => {
    const secret = newWebhookSecret()
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
    assert.notEqual(secret, newWebhookSecret())
  })
})
