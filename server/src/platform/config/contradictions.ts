import { isNetwork } from '../http-client/addresses.ts'
import { plaintextSentences } from './plaintext.ts'
import { PLAINTEXT_TARGETS } from './settings.ts'
import type { Config } from './shape.ts'
import { unsafe } from './unsafe.ts'

/** What cannot be, or must not be in production; one sentence each with the way out. */
export function contradictions(config: Config): string[] {
  return [
    ...impossible(config),
    ...(config.production ? [...unsafe(config), ...plaintextSentences(config.values)] : []),
  ]
}

function impossible({ values, url }: Config): string[] {
  const sentences: string[] = []
  const say = (wrong: boolean, sentence: string) => {
    if (wrong) sentences.push(sentence)
  }
  say(!/^(postgres(ql)?|sqlite):/.test(values.DATABASE_URL), 'DATABASE_URL must begin with postgres:// or sqlite:.')
  const targets: readonly string[] = PLAINTEXT_TARGETS
  for (const target of values.PLAINTEXT_TO.filter((each) => !targets.includes(each)))
    say(true, `PLAINTEXT_TO: "${target}" is none of ${targets.join(', ')}.`)
  say(
    values.DATABASE_POOL < values.BARONG_WORKERS,
    'DATABASE_POOL must be at least BARONG_WORKERS: each worker needs a connection.',
  )
  say(
    values.BARONG_MASTER_KEY !== undefined && values.BARONG_MASTER_KEY_FILE !== undefined,
    'BARONG_MASTER_KEY and BARONG_MASTER_KEY_FILE are both set; keep one.',
  )
  say(
    values.MANAGEMENT_API_CONFIG !== undefined && values.MANAGEMENT_API_CONFIG_YAML !== undefined,
    'MANAGEMENT_API_CONFIG and MANAGEMENT_API_CONFIG_YAML are both set; keep one.',
  )
  say(
    values.JWT_PRIVATE_KEY_PATH !== undefined && values.JWT_SHARED_SECRET_KEY !== undefined,
    'JWT_PRIVATE_KEY_PATH and JWT_SHARED_SECRET_KEY are both set; keep one.',
  )
  say(values.JWT_KEY_BITS % 512 !== 0, 'JWT_KEY_BITS must be a multiple of 512: 2048, 3072 or 4096 say.')
  say(
    values.JWT_LIFETIME < values.JWT_LIFETIME_MIN,
    `JWT_LIFETIME must be from ${values.JWT_LIFETIME_MIN} to 86400 seconds.`,
  )
  say(values.API_CORS_ORIGINS.length === 0, 'API_CORS_ORIGINS names no origin.')
  say(
    values.API_CORS_ORIGINS.includes('*') && values.API_CORS_ORIGINS.length > 1,
    'API_CORS_ORIGINS must be either * or a list of origins.',
  )
  for (const origin of values.API_CORS_ORIGINS.filter((origin) => origin !== '*' && !isOrigin(origin)))
    say(true, `API_CORS_ORIGINS: "${origin}" is no origin, such as https://app.example.com.`)
  say(
    values.API_CORS_ALLOW_CREDENTIALS && values.API_CORS_ORIGINS.includes('*'),
    'API_CORS_ALLOW_CREDENTIALS needs a list of origins in API_CORS_ORIGINS instead of *.',
  )
  say(
    values.TWILIO_ACCOUNT_SID !== undefined && values.SMS_HOOK_URL !== undefined,
    'TWILIO_ACCOUNT_SID and SMS_HOOK_URL are both set; keep one way to send SMS.',
  )
  say(
    values.TWILIO_ACCOUNT_SID !== undefined && (!values.TWILIO_AUTH_TOKEN || !values.TWILIO_PHONE_NUMBER),
    'TWILIO_ACCOUNT_SID needs TWILIO_AUTH_TOKEN and TWILIO_PHONE_NUMBER as well.',
  )
  say(values.SMS_HOOK_URL !== undefined && !values.SMS_HOOK_SECRET, 'SMS_HOOK_URL needs SMS_HOOK_SECRET as well.')
  say(
    values.STORAGE_PROVIDER === 'AWS' && !values.STORAGE_BUCKET_NAME,
    'STORAGE_PROVIDER=AWS needs STORAGE_BUCKET_NAME.',
  )
  say(
    (values.STORAGE_ACCESS_KEY === undefined) !== (values.STORAGE_SECRET_KEY === undefined),
    'STORAGE_ACCESS_KEY and STORAGE_SECRET_KEY belong together; without both the credentials of the machine are used.',
  )
  say(
    values.BARONG_ANTIVIRUS !== undefined && !isPlace(values.BARONG_ANTIVIRUS),
    'BARONG_ANTIVIRUS names neither a host nor a socket, such as clamav://127.0.0.1:3310 or clamav:///run/clamav/clamd.ctl.',
  )
  say(
    values.EVENT_API_RABBITMQ_URL !== undefined && values.EVENT_API_RABBITMQ_HOST !== undefined,
    'EVENT_API_RABBITMQ_URL and EVENT_API_RABBITMQ_HOST are both set; keep one.',
  )
  say(
    values.EVENT_API_JWT_PRIVATE_KEY === undefined && values.EVENT_API_JWT_ALGORITHM !== 'RS256',
    `EVENT_API_JWT_ALGORITHM=${values.EVENT_API_JWT_ALGORITHM} needs EVENT_API_JWT_PRIVATE_KEY; the key of tokens is for RS256.`,
  )
  say(
    values.BARONG_COUNTRY_HEADER !== undefined && values.BARONG_TRUSTED_PROXIES.length === 0,
    'BARONG_COUNTRY_HEADER needs BARONG_TRUSTED_PROXIES: anybody else could name any country.',
  )
  for (const host of values.DOMAIN_NAME)
    say(!isHost(host), `DOMAIN_NAME: "${host}" is no host, such as app.example.com.`)
  for (const origin of values.GATEWAY_ORIGINS.filter((origin) => !isOrigin(origin)))
    say(true, `GATEWAY_ORIGINS: "${origin}" is no origin, such as https://trade.example.com.`)
  for (const origin of values.PASSKEY_ORIGINS.filter((origin) => !isOrigin(origin)))
    say(true, `PASSKEY_ORIGINS: "${origin}" is no origin, such as https://app.example.com.`)
  const domain = values.PASSKEY_RP_ID ?? hostOf(url)
  for (const origin of [url, ...values.PASSKEY_ORIGINS].filter((origin) => !isBelow(hostOf(origin), domain)))
    say(true, `PASSKEY_RP_ID: ${domain} is neither the host of ${origin} nor a domain above it.`)
  for (const word of values.OAUTH_REQUIRE)
    say(
      !['pushed_requests', 'bound_tokens', 'client_keys'].includes(word),
      `OAUTH_REQUIRE: "${word}" is none of pushed_requests, bound_tokens and client_keys.`,
    )
  for (const word of values.SESSION_REQUIRE)
    say(
      !['bound_tokens', 'new_tokens'].includes(word),
      `SESSION_REQUIRE: "${word}" is none of bound_tokens and new_tokens.`,
    )
  for (const network of values.BARONG_TRUSTED_PROXIES)
    say(
      !isNetwork(network),
      `BARONG_TRUSTED_PROXIES: "${network}" is neither an address nor a network in CIDR notation, such as 10.0.0.0/8.`,
    )
  for (const network of values.WEBHOOK_ALLOWED_NETWORKS)
    say(
      !isNetwork(network),
      `WEBHOOK_ALLOWED_NETWORKS: "${network}" is no network in CIDR notation, such as 10.0.0.0/8.`,
    )
  for (const network of values.BARONG_LIMIT_EXEMPT)
    say(
      !isNetwork(network),
      `BARONG_LIMIT_EXEMPT: "${network}" is neither an address nor a network in CIDR notation, such as 10.0.0.0/8.`,
    )
  say(
    values.BARONG_LIMIT_SESSION_GUESSES.length === 0,
    'BARONG_LIMIT_SESSION_GUESSES must not be off: without it whoever has a session could guess its password and codes without end.',
  )
  say(
    values.BARONG_LOCKOUT === 'device' &&
      (values.BARONG_LIMIT_STRANGERS.length === 0 || values.BARONG_LIMIT_DEVICE_GUESSES.length === 0),
    'BARONG_LOCKOUT=device needs BARONG_LIMIT_STRANGERS and BARONG_LIMIT_DEVICE_GUESSES: without them passwords could be guessed without end.',
  )
  say(
    values.METRICS_PORT !== 0 && values.METRICS_PORT === values.PORT,
    'METRICS_PORT must differ from PORT; 0 serves /metrics on PORT.',
  )
  say(
    values.OTEL_EXPORTER_OTLP_HEADERS.some((header) => !/^[^=\s]+=/.test(header)),
    'OTEL_EXPORTER_OTLP_HEADERS must be a list of name=value.',
  )
  return sentences
}

/** Whether there is a host, or else a path of a socket. */
const isPlace = (url: string): boolean => {
  const { hostname, pathname } = new URL(url)
  return hostname === '' ? pathname.length > 1 : pathname === ''
}

/** Scheme, host and port as browsers send them (RFC 6454, section 6.2). */
const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

/** A host, with its port or without, and nothing else of an address. */
const isHost = (text: string): boolean =>
  /^[a-z\d.-]+(?::\d+)?$/i.test(text) && URL.parse(`https://${text}`)?.host === text.toLowerCase()

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : '')

/** Browsers let pages use the credentials of their own domain and of those above it (WebAuthn, section 5.1.2). */
const isBelow = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`)
