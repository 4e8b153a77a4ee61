import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { type ParsedMail, parseMime } from './mime.ts'

export interface Received extends ParsedMail {
  recipients: string[]
  encrypted: boolean
  user: string | undefined
  client: string
}

/** A real SMTP server on a free port of the loopback; it knows nobody called `nobody@…`. */
export interface SmtpInbox extends AsyncDisposable {
  port: number
  received: Received[]
  connections: number
}

const refusal = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode })

/** Accepts the password `open sesame` where `options` ask for a login. */
export async function smtpInbox(options: SMTPServerOptions = {}): Promise<SmtpInbox> {
  const received: Received[] = []
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    onAuth({ username, password }, _session, done) {
      if (password === 'open sesame') done(null, { user: username })
      else done(refusal(535, 'Wrong password'))
    },
    onRcptTo({ address }, _session, done) {
      if (address.startsWith('nobody@')) done(refusal(550, `No mailbox ${address}`))
      else if (address.startsWith('later@')) done(refusal(450, `Try ${address} later`))
      else done()
    },
    async onData(stream, session, done) {
      received.push({
        ...parseMime(await text(stream)),
        recipients: session.envelope.rcptTo.map(({ address }) => address),
        encrypted: session.secure,
        user: session.user,
        client: session.hostNameAppearsAs,
      })
      done()
    },
    ...options,
  })
  server.on('error', () => {})
  const inbox = {
    port: 0,
    received,
    connections: 0,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(done)),
  }
  server.server.on('connection', () => {
    inbox.connections += 1
  })
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  inbox.port = address.port
  return inbox
}
