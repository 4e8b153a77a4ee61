import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { type Mail, MailRefused } from './mail.ts'
import { type SmtpSettings, smtpTransport } from './smtp.ts'
import { type SmtpInbox, smtpInbox } from './test/smtp-inbox.ts'

const mail: Mail = {
  id: 'b7c1f0de-0001',
  from: '"Barong" <noreply@barong.example>',
  to: 'user@mail.example',
  subject: 'Confirmation instructions',
  html: '<p>Hello</p>',
  text: 'Hello',
}

const open = ({ port }: { port: number }, settings: Partial<SmtpSettings> = {}) =>
  smtpTransport({ host: '127.0.0.1', port, tls: 'starttls', reject_unauthorized: true, ...settings })

const nothingReceived = (inbox: SmtpInbox) => assert.deepEqual(inbox.received, [])

for (const tls of ['starttls', 'opportunistic', 'implicit'] as const) {
  // ASVS 12.3.1, 12.3.2
  test(`A self-signed certificate is refused by default (${tls}).`, async () => {
    await using inbox = await smtpInbox({ secure: tls === 'implicit' })
    await using transport = open(inbox, { tls })
    await assert.rejects(transport.send(mail), /SMTP: .*certificate/i)
    nothingReceived(inbox)
  })

  test(`A self-signed certificate is accepted when certificates are not checked (${tls}).`, async () => {
    await using inbox = await smtpInbox({ secure: tls === 'implicit' })
    await using transport = open(inbox, { tls, reject_unauthorized: false })
    await transport.send(mail)
    assert.deepEqual(
      inbox.received.map(({ encrypted }) => encrypted),
      [true],
    )
  })
}

// ASVS 12.3.1
test('A server that does not offer STARTTLS gets no mail when it is demanded.', async () => {
  await using inbox = await smtpInbox({ disabledCommands: ['STARTTLS'] })
  await using transport = open(inbox, { reject_unauthorized: false })
  await assert.rejects(transport.send(mail), /STARTTLS/)
  nothingReceived(inbox)
})

test('A server that does not offer STARTTLS gets the mail in clear when the upgrade is opportunistic.', async () => {
  await using inbox = await smtpInbox({ disabledCommands: ['STARTTLS'] })
  await using transport = open(inbox, { tls: 'opportunistic' })
  await transport.send(mail)
  assert.deepEqual(
    inbox.received.map(({ encrypted }) => encrypted),
    [false],
  )
})

test('Where answers go is told where the mail says so.', async () => {
  await using inbox = await smtpInbox({ disabledCommands: ['STARTTLS'] })
  await using transport = open(inbox, { tls: 'none' })
  await transport.send({ ...mail, reply_to: 'Help <help@barong.example>' })
  await transport.send(mail)
  assert.deepEqual(
    inbox.received.map(({ headers }) => headers['reply-to']),
    ['Help <help@barong.example>', undefined],
  )
})

test('The login and the name of this host are presented.', async () => {
  await using inbox = await smtpInbox({ authOptional: false })
  const login = { user: 'barong', password: 'open sesame', domain: 'node.barong.example' }
  await using transport = open(inbox, { ...login, reject_unauthorized: false })
  await transport.send(mail)
  assert.deepEqual(
    inbox.received.map(({ user, client }) => ({ user, client })),
    [{ user: 'barong', client: login.domain }],
  )
})

test('A wrong password rejects and may be tried again.', async () => {
  await using inbox = await smtpInbox({ authOptional: false })
  await using transport = open(inbox, { user: 'barong', password: 'wrong', reject_unauthorized: false })
  await assert.rejects(transport.send(mail), (error) => error instanceof Error && !(error instanceof MailRefused))
  nothingReceived(inbox)
})

test('A recipient refused for good rejects with MailRefused, and no address is in the error.', async () => {
  await using inbox = await smtpInbox()
  await using transport = open(inbox, { reject_unauthorized: false })
  await assert.rejects(transport.send({ ...mail, to: 'nobody@mail.example' }), (error) => {
    assert.ok(error instanceof MailRefused)
    assert.match(error.message, /550/)
    assert.doesNotMatch(JSON.stringify({ ...error, message: error.message, cause: error.cause }), /nobody@/)
    return true
  })
  await transport.send(mail)
  assert.equal(inbox.received.length, 1)
})

test('A recipient refused for now may be tried again.', async () => {
  await using inbox = await smtpInbox()
  await using transport = open(inbox, { reject_unauthorized: false })
  const later = transport.send({ ...mail, to: 'later@mail.example' })
  await assert.rejects(later, (error) => error instanceof Error && !(error instanceof MailRefused))
})

test('Content refused for good rejects with MailRefused.', async () => {
  const full = Object.assign(new Error('Too big'), { responseCode: 552 })
  await using inbox = await smtpInbox({
    onData: (stream, _session, done) => stream.resume().on('end', () => done(full)),
  })
  await using transport = open(inbox, { reject_unauthorized: false })
  await assert.rejects(transport.send(mail), MailRefused)
})

// ASVS 1.3.11
test('An address with a comma or a line break adds neither a recipient nor a header.', async () => {
  await using inbox = await smtpInbox()
  await using transport = open(inbox, { reject_unauthorized: false })
  for (const to of ['user@mail.example, second@mail.example', 'user@mail.example\r\nBcc: second@mail.example']) {
    await transport.send({ ...mail, to }).catch(() => {})
  }
  await transport.send({ ...mail, subject: 'Hello\r\nBcc: second@mail.example' })
  assert.ok(inbox.received.length > 0)
  for (const { recipients, headers } of inbox.received) {
    assert.equal(recipients.length, 1)
    assert.equal(headers['bcc'], undefined)
  }
})

test('Connections are used again.', async () => {
  await using inbox = await smtpInbox()
  await using transport = open(inbox, { reject_unauthorized: false })
  for (let i = 0; i < 5; i += 1) await transport.send(mail)
  assert.equal(inbox.received.length, 5)
  assert.equal(inbox.connections, 1)
})

test('A server that stays silent rejects after the time-out.', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  assert.ok(address !== null && typeof address === 'object')
  await using transport = open(address, { timeout_ms: 100 })
  await assert.rejects(transport.send(mail), /SMTP: /)
  silent.close()
})

test('A server that is not there rejects.', async () => {
  const gone = await smtpInbox()
  await gone[Symbol.asyncDispose]()
  await using transport = open(gone)
  await assert.rejects(transport.send(mail), /SMTP: .*ECONNREFUSED/)
})
