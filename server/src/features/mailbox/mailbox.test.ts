import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { mailboxMail, mailboxSms } from './mailbox.ts'

const MAIL = {
  id: 'mail-1',
  from: 'Barong <noreply@barong.io>',
  to: 'ann@example.com',
  subject: 'Hello <Ann>',
  text: 'plain words',
  html: '<!doctype html><html><head><title>x</title></head><body><script>alert(1)</script>rich words</body></html>',
}

async function fill({ deps, clock }: TestServer): Promise<void> {
  await mailboxMail(deps).send(MAIL)
  clock.advance(1000)
  await mailboxSms(deps).send({ id: 'sms-1', to: '+4915112345678', text: 'Your code is 123456' })
}

onEachDatabase('The mailbox', (newDatabase) => {
  test('lists messages as JSON, newest first, with a message sent twice in it once', async () => {
    await using server = await testServer(await newDatabase())
    await fill(server)
    await mailboxMail(server.deps).send(MAIL)
    const { statusCode, body } = await server.app.inject('/mailbox/messages')
    assert.equal(statusCode, 200)
    const messages = JSON.parse(body)
    assert.deepEqual(
      messages.map(({ id, channel, to }: Record<string, string>) => [id, channel, to]),
      [
        ['sms-1', 'sms', '+4915112345678'],
        ['mail-1', 'mail', 'ann@example.com'],
      ],
    )
    assert.deepEqual(Object.keys(messages[1]), ['id', 'channel', 'to', 'subject', 'text', 'html', 'created_at'])
    assert.equal(messages[1].html, MAIL.html)
  })

  test('finds the messages to an address in any case and to a number with or without its plus sign', async () => {
    await using server = await testServer(await newDatabase())
    await fill(server)
    const ids = async (to: string) => {
      const { body } = await server.app.inject(`/mailbox/messages?to=${to}`)
      return JSON.parse(body).map(({ id }: { id: string }) => id)
    }
    assert.deepEqual(await ids('Ann@Example.com'), ['mail-1'])
    assert.deepEqual(await ids('+4915112345678'), ['sms-1'])
    assert.deepEqual(await ids('%2B4915112345678'), ['sms-1'])
    assert.deepEqual(await ids('4915112345678'), ['sms-1'])
    assert.deepEqual(await ids('nobody@example.com'), [])
  })

  test('shows a list, and a mail in a frame that may run nothing', async () => {
    await using server = await testServer(await newDatabase())
    await fill(server)
    const list = await server.app.inject('/mailbox')
    assert.match(list.body, /Hello &lt;Ann&gt;/)
    assert.match(list.body, /Your code is 123456/)
    assert.match(list.body, /http-equiv="refresh"/)
    const message = await server.app.inject('/mailbox/mail-1')
    assert.match(message.body, /<iframe[^>]+src="\/mailbox\/mail-1\/html"[^>]+sandbox="allow-popups/)
    const markup = await server.app.inject('/mailbox/mail-1/html')
    assert.match(String(markup.headers['content-security-policy']), /default-src 'none'.*sandbox/)
    assert.match(markup.body, /<head><base target="_blank">/)
    assert.match((await server.app.inject('/mailbox/sms-1')).body, /123456/)
    assert.equal((await server.app.inject('/mailbox/unknown')).statusCode, 404)
  })

  test('says so while it is empty', async () => {
    await using server = await testServer(await newDatabase())
    assert.match((await server.app.inject('/mailbox')).body, /Nothing yet/)
    assert.equal((await server.app.inject('/mailbox/messages')).body, '[]')
  })
})
