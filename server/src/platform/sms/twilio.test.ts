import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { SmsRefused, type SmsTransport } from './sms.ts'
import { account_sid, auth_token, fakeTwilio, numbers } from './test/fake-twilio.ts'
import { type TwilioSettings, twilioTransport } from './twilio.ts'

const open = (base_url: string, settings: Partial<TwilioSettings> = {}) =>
  twilioTransport({ account_sid, auth_token, from: '+15005550006', base_url, ...settings })

/** The error of a message that is expected to fail. */
async function failure(transport: SmsTransport, to: string): Promise<Error> {
  try {
    await transport.send({ id: 'sms-1', to, text: 'Your code is 12345' })
  } catch (error) {
    assert.ok(error instanceof Error)
    return error
  }
  return assert.fail('The message was accepted')
}

test('The message leaves with the configured sender, once.', async () => {
  await using server = await fakeTwilio()
  await using transport = await open(server.url)
  await transport.send({ id: 'sms-1', to: '+15005550009', text: 'Your code is 12345' })
  assert.deepEqual(
    server.requests.map(({ body }) => new URLSearchParams(body).get('From')),
    ['+15005550006'],
  )
})

test('A number that does not exist is refused for good.', async () => {
  await using server = await fakeTwilio()
  await using transport = await open(server.url)
  const error = await failure(transport, numbers.invalid)
  assert.ok(error instanceof SmsRefused)
  assert.equal(error.message, 'Twilio: status 400, code 21211')
})

test('Limits, wrong credentials, silence and a server that is not there may be tried again.', async () => {
  await using server = await fakeTwilio()
  const gone = await fakeTwilio()
  await gone[Symbol.asyncDispose]()
  const attempts = [
    [await open(server.url), numbers.busy, /status 429, code 20429/],
    [await open(server.url, { auth_token: 'wrong' }), '+15005550009', /status 401, code 20003/],
    [await open(server.url, { timeout_ms: 100 }), numbers.silent, /code ECONNABORTED/],
    [await open(gone.url), '+15005550009', /code ECONNREFUSED/],
  ] as const
  for (const [transport, to, expected] of attempts) {
    const error = await failure(transport, to)
    assert.match(error.message, expected)
    assert.ok(!(error instanceof SmsRefused))
  }
})

test('An error carries neither the number nor the text nor the credentials.', async () => {
  await using server = await fakeTwilio()
  await using transport = await open(server.url, { timeout_ms: 100 })
  for (const to of [numbers.invalid, numbers.silent]) {
    const shown = inspect(await failure(transport, to), { depth: 10, showHidden: true })
    assert.doesNotMatch(shown, /500555|12345|token of|Basic/)
  }
})

test('An account id of the wrong form is refused when the transport is made.', async () => {
  await assert.rejects(open('http://127.0.0.1', { account_sid: 'wrong' }), /accountSid must start with AC/)
})
