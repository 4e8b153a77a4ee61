import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Mail, MailTransport } from './mail.ts'
import { memoryMail } from './memory.ts'
import { smtpTransport } from './smtp.ts'
import { smtpInbox } from './test/smtp-inbox.ts'

const aMail = (overrides: Partial<Mail> = {}): Mail => ({
  id: 'b7c1f0de-0001',
  from: 'Barong <noreply@barong.example>',
  to: 'user@mail.example',
  subject: 'Grüße',
  html: '<p>Hallo &amp; مرحبًا</p>',
  text: `Hallo مرحبًا ${'lang '.repeat(40)}`.trim(),
  ...overrides,
})

type Seen = Omit<Mail, 'from' | 'subject'>
interface Opened extends AsyncDisposable {
  transport: MailTransport
  seen(): Seen[]
}

function mailContract(name: string, open: () => Promise<Opened>): void {
  suite(`A mail transport (${name})`, () => {
    test('hands over the mail as it is', async () => {
      await using opened = await open()
      await opened.transport.send(aMail())
      const { id, to, html, text } = aMail()
      assert.deepEqual(opened.seen(), [{ id, to, html, text }])
    })

    test('sends the same mail under the same id when it is sent again', async () => {
      await using opened = await open()
      await opened.transport.send(aMail())
      await opened.transport.send(aMail())
      await opened.transport.send(aMail({ id: 'b7c1f0de-0002' }))
      assert.deepEqual(
        opened.seen().map(({ id }) => id),
        ['b7c1f0de-0001', 'b7c1f0de-0001', 'b7c1f0de-0002'],
      )
    })

    test('takes many mails at once', async () => {
      await using opened = await open()
      const ids = Array.from({ length: 25 }, (_, i) => `id-${i}`)
      await Promise.all(ids.map((id) => opened.transport.send(aMail({ id }))))
      assert.deepEqual(new Set(opened.seen().map(({ id }) => id)), new Set(ids))
    })

    test('finishes mails under way before it closes', async () => {
      await using opened = await open()
      const sending = Promise.all(Array.from({ length: 8 }, (_, i) => opened.transport.send(aMail({ id: `id-${i}` }))))
      await opened.transport[Symbol.asyncDispose]()
      await sending
      assert.equal(opened.seen().length, 8)
    })
  })
}

mailContract('memory', async () => {
  const transport = memoryMail()
  const seen = () => transport.sent.map(({ id, to, html, text }) => ({ id, to, html, text }))
  return { transport, seen, [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose]() }
})

mailContract('SMTP', async () => {
  const inbox = await smtpInbox({ disabledCommands: ['STARTTLS'] })
  const transport = smtpTransport({ host: '127.0.0.1', port: inbox.port, tls: 'none', reject_unauthorized: true })
  const seen = () =>
    inbox.received.map(({ headers, bodies, recipients }) => ({
      id: /^<(.*)@barong\.example>$/.exec(headers['message-id'] ?? '')?.[1] ?? '',
      to: recipients.join(),
      html: bodies['text/html'] ?? '',
      text: bodies['text/plain'] ?? '',
    }))
  const close = async () => {
    await transport[Symbol.asyncDispose]()
    await inbox[Symbol.asyncDispose]()
  }
  return { transport, seen, [Symbol.asyncDispose]: close }
})
