import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { smsHook } from './hook.ts'
import { memorySms } from './memory.ts'
import type { SmsTransport } from './sms.ts'
import { account_sid, auth_token, fakeTwilio } from './test/fake-twilio.ts'
import { type HttpServer, httpServer } from './test/http-server.ts'
import { twilioTransport } from './twilio.ts'

interface Seen {
  to: string
  text: string
}
interface Opened extends AsyncDisposable {
  transport: SmsTransport
  seen(): Seen[]
}

function smsContract(name: string, open: () => Promise<Opened>): void {
  suite(`An SMS transport (${name})`, () => {
    test('hands over the number and the text as they are', async () => {
      await using opened = await open()
      await opened.transport.send({ id: 'sms-1', to: '+380991234567', text: 'Ваш код: 12345 & "ok" + 5%' })
      assert.deepEqual(opened.seen(), [{ to: '+380991234567', text: 'Ваш код: 12345 & "ok" + 5%' }])
    })

    test('takes many messages at once', async () => {
      await using opened = await open()
      const messages = Array.from({ length: 20 }, (_, i) => ({ to: `+3809900000${10 + i}`, text: `Code ${i}` }))
      await Promise.all(messages.map((message, i) => opened.transport.send({ id: `sms-${i}`, ...message })))
      assert.deepEqual(new Set(opened.seen()), new Set(messages))
    })

    test('finishes messages under way when it is closed', async () => {
      await using opened = await open()
      const sending = opened.transport.send({ id: 'sms-1', to: '+380991234567', text: 'Code' })
      await opened.transport[Symbol.asyncDispose]()
      await sending
      assert.equal(opened.seen().length, 1)
    })
  })
}

function opened(transport: SmsTransport, server: HttpServer, read: (body: string) => Seen): Opened {
  const close = async () => {
    await transport[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  }
  return { transport, seen: () => server.requests.map(({ body }) => read(body)), [Symbol.asyncDispose]: close }
}

smsContract('memory', async () => {
  const transport = memorySms()
  const seen = () => transport.sent.map(({ to, text }) => ({ to, text }))
  return { transport, seen, [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose]() }
})

smsContract('Twilio', async () => {
  const server = await fakeTwilio()
  const transport = await twilioTransport({ account_sid, auth_token, from: '+15005550006', base_url: server.url })
  return opened(transport, server, (body) => {
    const form = new URLSearchParams(body)
    return { to: form.get('To') ?? '', text: form.get('Body') ?? '' }
  })
})

smsContract('hook', async () => {
  const server = await httpServer(() => ({ status: 204 }))
  const transport = smsHook({ url: server.url, secret: 'secret', timeout_ms: 5000 })
  return opened(transport, server, (body) => {
    const { to, text } = JSON.parse(body)
    return { to, text }
  })
})
