import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { brokerUrl } from '../brokers.ts'
import { smtpSettings } from '../channels.ts'
import type { Config } from '../platform/config/config.ts'
import { reasonOf } from '../platform/db/unavailable.ts'
import { type Finding, fine, problem } from './findings.ts'

const TIMEOUT = 5000
const TWILIO = 'https://api.twilio.com'

/** As far as a mail would come but for the mail: connection, certificate, sign-in. */
export async function checkMail(config: Config): Promise<Finding> {
  if (config.values.SKIP_EMAILS) return fine('left out by SKIP_EMAILS')
  const settings = smtpSettings(config)
  if (!settings) return fine('kept in the mailbox')
  const place = `${settings.host}:${settings.port}`
  const { trySmtp } = await import('../platform/mail/smtp.ts')
  return tried(
    trySmtp({ ...settings, timeout_ms: TIMEOUT }),
    `${place} lets this server in`,
    (reason) =>
      `${place} takes no mails (${reason}); check SMTP_ADDRESS, SMTP_PORT, SMTP_TLS, SMTP_USER and the network.`,
  )
}

/** Nothing is sent: whether somebody answers there, and with a certificate that is good. */
export async function checkSms({ values }: Config): Promise<Finding> {
  const url = values.TWILIO_ACCOUNT_SID === undefined ? values.SMS_HOOK_URL : TWILIO
  if (url === undefined) return fine('kept in the mailbox')
  const { host } = new URL(url)
  const setting = url === TWILIO ? 'the network' : 'SMS_HOOK_URL and the network'
  return tried(reach(url), `${host} answers`, (reason) => `${host} does not answer (${reason}); check ${setting}.`)
}

/** Connection and sign-in. */
export async function checkBroker(config: Config): Promise<Finding> {
  const url = brokerUrl(config)
  if (url === undefined) return fine('webhooks alone: there is no RabbitMQ')
  const { tryRabbitmq } = await import('../platform/events/rabbitmq.ts')
  return tried(
    tryRabbitmq(url),
    `RabbitMQ at ${new URL(url).host} lets this server in`,
    (reason) =>
      `RabbitMQ at ${new URL(url).host} is not to be had (${reason}), and events wait; check EVENT_API_RABBITMQ_URL.`,
  )
}

export async function checkTraces({ values }: Config): Promise<Finding> {
  const url = values.OTEL_EXPORTER_OTLP_ENDPOINT
  if (url === undefined) return fine('none are sent')
  return tried(
    reach(url),
    `${url} answers`,
    (reason) => `${url} does not answer (${reason}), and traces are dropped; check OTEL_EXPORTER_OTLP_ENDPOINT.`,
  )
}

async function tried(attempt: Promise<void>, good: string, bad: (reason: string) => string): Promise<Finding> {
  try {
    await attempt
    return fine(good)
  } catch (error) {
    return problem(bad(reasonOf(error)))
  }
}

/** Connects, by TLS where the address says so. */
function reach(url: string): Promise<void> {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const isTls = protocol === 'https:'
  const address = { host, port: Number(port === '' ? (isTls ? 443 : 80) : port), timeout: TIMEOUT }
  return new Promise((resolve, reject) => {
    const socket = isTls ? connectTls(address) : connect(address)
    const end = (error?: Error) => {
      socket.destroy()
      if (error) reject(error)
      else resolve()
    }
    socket.once(isTls ? 'secureConnect' : 'connect', () => end())
    socket.once('timeout', () => end(new Error(`no answer in ${TIMEOUT / 1000} seconds`)))
    socket.once('error', end)
  })
}
