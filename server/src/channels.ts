import type { Deps } from './deps.ts'
import { mailboxMail, mailboxSms } from './features/mailbox/mailbox.ts'
import { mailLook } from './features/websites/websites.ts'
import type { Config } from './platform/config/config.ts'
import type { Channels } from './platform/events/relay-needs.ts'
import type { MailTransport } from './platform/mail/mail.ts'
import type { SmtpSettings } from './platform/mail/smtp.ts'
import { renderMail } from './platform/mail/templates.ts'
import { smsHook } from './platform/sms/hook.ts'
import type { SmsTransport } from './platform/sms/sms.ts'
import { renderSms } from './platform/sms/texts.ts'
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

/** Mails that 1.8.26 sent without Reply-To, which those of accounts have. */
const OF_REVIEWS: readonly string[] = ['approved', 'rejected', 'more_requested']

/** Sends over these transports what the configuration does not leave out. */
export function channelsOver(
  { config, db }: Pick<Needs, 'config' | 'db'>,
  mails: MailTransport,
  sms: SmsTransport,
): Channels {
  const { SENDER_NAME, SENDER_EMAIL, SKIP_EMAILS } = config.values
  const from = `${SENDER_NAME} <${SENDER_EMAIL}>`
  const lookOf = shared((url) => mailLook(db, url))
  /** What a message wears, and the address that its links lead to: that of its reader where a website is set for it. */
  const dressOf = async (host: string | null | undefined) => {
    const own = host ? URL.parse(`${new URL(config.link_url).protocol}//${host}`) : null
    const look = own ? await lookOf(own.origin) : undefined
    return own && look ? { look, url: own.origin } : { look: await lookOf(config.link_url), url: config.link_url }
  }
  return {
    mail: async (id, { template, language, variables, to, host }) => {
      if (SKIP_EMAILS) return
      const { look, url } = await dressOf(host)
      const mail = renderMail(template, language, leadingTo(url, variables), look)
      await mails.send({ id, from, ...(OF_REVIEWS.includes(template) ? {} : { reply_to: from }), to, ...mail })
    },
    sms: async (id, { to, template, language, variables, host }) => {
      const { look } = await dressOf(host)
      const app_name = look?.title ?? config.values.APP_NAME
      await sms.send({ id, to, text: renderSms(template, language, { app_name, ...variables }) })
    },
  }

  function leadingTo(url: string, variables: Record<string, string>): Record<string, string> {
    const { link } = variables
    return link?.startsWith(config.link_url)
      ? { ...variables, link: url + link.slice(config.link_url.length) }
      : variables
  }
}

/** Asks once for all who want to know of the same at the same time, as the mails of one batch do; they go on in their order. */
function shared<T>(ask: (about: string) => Promise<T>): (about: string) => Promise<T> {
  const asking = new Map<string, Promise<T>>()
  return (about) => {
    const asked = asking.get(about) ?? ask(about).finally(() => asking.delete(about))
    asking.set(about, asked)
    return asked
  }
}

async function mailTransport({ config, db, clock }: Needs): Promise<MailTransport> {
  const settings = smtpSettings(config)
  if (!settings) return mailboxMail({ db, clock })
  const { smtpTransport } = await import('./platform/mail/smtp.ts')
  return smtpTransport(settings)
}

/** The mail server, where there is one. */
export function smtpSettings({ values }: Pick<Config, 'values'>): SmtpSettings | undefined {
  if (values.SMTP_ADDRESS === undefined) return undefined
  return {
    host: values.SMTP_ADDRESS,
    port: values.SMTP_PORT,
    tls: values.SMTP_TLS,
    reject_unauthorized: values.SMTP_TLS_VERIFY,
    ...(values.SMTP_DOMAIN === undefined ? {} : { domain: values.SMTP_DOMAIN }),
    ...(values.SMTP_USER === undefined ? {} : { user: values.SMTP_USER }),
    ...(values.SMTP_PASSWORD === undefined ? {} : { password: values.SMTP_PASSWORD }),
  }
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
