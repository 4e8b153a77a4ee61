import { createTransport } from 'nodemailer'
import { isObject } from '../../lib/json.ts'
import { type Mail, MailRefused, type MailTransport } from './mail.ts'

/**
 * Where mails are handed in. `tls`: `implicit` encrypts from the first byte (RFC 8314, port 465), `starttls` insists on the
 * upgrade (RFC 3207, port 587), `opportunistic` upgrades when it is offered, `none` never does. Certificates are checked
 * wherever there is TLS unless `reject_unauthorized` is false. `domain` is the name given in EHLO. `timeout_ms` is how long
 * the server may stay silent, 30 seconds when absent; a whole delivery may take four times as long.
 */
export interface SmtpSettings {
  host: string
  port: number
  domain?: string
  user?: string
  password?: string
  tls: 'implicit' | 'starttls' | 'opportunistic' | 'none'
  reject_unauthorized: boolean
  timeout_ms?: number
}

const TIMEOUT = 30_000

/**
 * Hands mails to an SMTP server (RFC 5321) over a small pool of connections. The Message-ID is made of the mail's id, so a
 * mail delivered twice can be recognised as one. Rejects with {@link MailRefused} when the server answers the recipient or
 * the content with 5yz; everything else (connection, TLS, login, sender, 4yz, time-out) may be tried again.
 */
export function smtpTransport(settings: SmtpSettings): MailTransport {
  const timeout = settings.timeout_ms ?? TIMEOUT
  const pool = createTransport(poolOptions(settings, timeout))
  const underWay = new Set<Promise<unknown>>()

  return {
    async send(mail) {
      const delivery = pool.sendMail({ ...message(mail), signal: AbortSignal.timeout(4 * timeout) })
      underWay.add(delivery)
      try {
        await delivery
      } catch (error) {
        throw readable(error)
      } finally {
        underWay.delete(delivery)
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(underWay)
      pool.close()
    },
  }
}

/** Comes as far as a mail would but for the mail: connects, upgrades to TLS, signs in. Rejects with what went wrong. */
export async function trySmtp(settings: SmtpSettings): Promise<void> {
  const pool = createTransport(poolOptions(settings, settings.timeout_ms ?? TIMEOUT))
  try {
    await pool.verify()
  } catch (error) {
    throw readable(error)
  } finally {
    pool.close()
  }
}

function poolOptions(settings: SmtpSettings, timeout: number) {
  const { host, port, domain, user, password, tls } = settings
  return {
    pool: true as const,
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { rejectUnauthorized: settings.reject_unauthorized, minVersion: 'TLSv1.2' as const },
    ...(domain !== undefined && { name: domain }),
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function message(mail: Mail) {
  return {
    messageId: `<${mail.id}@${domainOf(mail.from)}>`,
    from: mail.from,
    ...(mail.reply_to === undefined ? {} : { replyTo: mail.reply_to }),
    // An object and not text, so that a comma in the address cannot add a second recipient.
    to: { name: '', address: mail.to },
    subject: mail.subject,
    html: mail.html,
    text: mail.text,
    // RFC 3834, section 5: keeps out-of-office replies away.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

const domainOf = (from: string): string => /@([a-z0-9.-]+)>?\s*$/i.exec(from)?.[1] ?? 'localhost'

/** Rebuilt from the reply alone: the original error carries addresses, which have no place in a log. */
function readable(error: unknown): Error {
  const { message: text, command, responseCode } = isObject(error) ? error : {}
  const summary = `SMTP: ${String(text ?? error).replaceAll(/[^\s<>"']+@[^\s<>"']+/g, '(address)')}`
  const final = typeof responseCode === 'number' && responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')
  return final ? new MailRefused(summary) : new Error(summary)
}
