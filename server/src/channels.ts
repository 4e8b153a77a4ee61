import type { Deps } from './deps.ts'
import { mailboxMail, mailboxSms } from './features/mailbox/mailbox.ts'
import { mailLook } from './features/websites/websites.ts'
import type { Channels } from './platform/events/relay-needs.ts'
import type { MailTransport } from './platform/mail/mail.ts'
import { renderMail } from './platform/mail/templates.ts'
import { smsHook } from './platform/sms/hook.ts'
import type { SmsTransport } from './platform/sms/sms.ts'
import { twilioTransport } from './platform/sms/twilio.ts'

type Needs = Pick<Deps, 'config' | 'db' | 'clock'>

/** Chooses by configuration how mails and SMS leave. */
export async function openChannels(needs: Needs): Promise<Channels & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const mails = stack.use(await mailTransport(needs))
  const sms = stack.use(await smsTransport(needs))
  const close = stack.move()
  return { ...channelsOver(needs, mails, sms), [Symbol.asyncDispose]: () => close.disposeAsync() }
}

/** Sends over these transports what the configuration does not leave out. */
export function channelsOver(
  { config, db }: Pick<Needs, 'config' | 'db'>,
  mails: MailTransport,
  sms: SmsTransport,
): Channels {
  const { SENDER_NAME, SENDER_EMAIL, SKIP_EMAILS } = config.values
  const from = `${SENDER_NAME} <${SENDER_EMAIL}>`
  const lookOf = shared(() => mailLook(db, config.link_url))
  return {
    mail: async (id, { template, language, variables, to }) => {
      if (SKIP_EMAILS) return
      await mails.send({ id, from, to, ...renderMail(template, language, variables, await lookOf()) })
    },
    sms: (id, { to, text }) => sms.send({ id, to, text }),
  }
}

/** Asks once for all who want to know at the same time, as the mails of one batch do; they go on in their order. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | undefined
  return () => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
}

async function mailTransport({ config, db, clock }: Needs): Promise<MailTransport> {
  const { values } = config
  if (values.SMTP_ADDRESS === undefined) return mailboxMail({ db, clock })
  const { smtpTransport } = await import('./platform/mail/smtp.ts')
  return smtpTransport({
    host: values.SMTP_ADDRESS,
    port: values.SMTP_PORT,
    tls: values.SMTP_TLS,
    reject_unauthorized: values.SMTP_TLS_VERIFY,
    ...(values.SMTP_DOMAIN === undefined ? {} : { domain: values.SMTP_DOMAIN }),
    ...(values.SMTP_USER === undefined ? {} : { user: values.SMTP_USER }),
    ...(values.SMTP_PASSWORD === undefined ? {} : { password: values.SMTP_PASSWORD }),
  })
}

const HOOK_TIMEOUT = 10_000

async function smsTransport({ config, db, clock }: Needs): Promise<SmsTransport> {
  const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER, SMS_HOOK_URL, SMS_HOOK_SECRET } = config.values
  if (TWILIO_ACCOUNT_SID && TWILIO_AUTH_TOKEN && TWILIO_PHONE_NUMBER) {
    return twilioTransport({
      account_sid: TWILIO_ACCOUNT_SID,
      auth_token: TWILIO_AUTH_TOKEN,
      from: TWILIO_PHONE_NUMBER,
    })
  }
  if (SMS_HOOK_URL && SMS_HOOK_SECRET) {
    return smsHook({ url: SMS_HOOK_URL, secret: SMS_HOOK_SECRET, timeout_ms: HOOK_TIMEOUT }, clock)
  }
  return mailboxSms({ db, clock })
}
