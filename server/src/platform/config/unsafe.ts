import { isIP } from 'node:net'
import { isIn, isLocal, METADATA, networks } from '../http-client/addresses.ts'
import type { Values } from './settings.ts'
import type { Config } from './shape.ts'

/** Told, and no reason not to start: programs of Barong 1.8 may need it. */
export const TOKENS_IN_ADDRESSES =
  'ACCESS_TOKEN_IN_QUERY lets tokens be sent in addresses, which proxies log; set it to false where no program of Barong 1.8 needs it.'

type Finding = readonly [isUnsafe: boolean, sentence: string]

/** What must not be in production; one sentence each with the way out. */
export function unsafe(config: Config): string[] {
  const rules = [foundations, secrets, addresses, connections, browsers, guessing]
  return rules.flatMap((rule) => rule(config).flatMap(([isUnsafe, sentence]) => (isUnsafe ? [sentence] : [])))
}

const foundations = ({ values, url }: Config): Finding[] => [
  [
    values.BARONG_MASTER_KEY === undefined && values.BARONG_MASTER_KEY_FILE === undefined,
    'Production needs BARONG_MASTER_KEY or BARONG_MASTER_KEY_FILE (make one with `openssl rand -base64 32`).',
  ],
  [!url.startsWith('https://'), 'Production needs BARONG_URL with https://.'],
  [
    values.SMTP_ADDRESS === undefined && !values.SKIP_EMAILS,
    'Production needs SMTP_ADDRESS, or SKIP_EMAILS=true when mails are sent by another service.',
  ],
  [
    values.TWILIO_ACCOUNT_SID === undefined && values.SMS_HOOK_URL === undefined,
    'Production needs a way to send SMS: TWILIO_ACCOUNT_SID or SMS_HOOK_URL.',
  ],
]

const SHORTEST_SECRET = 16

const secrets = ({ values, database }: Config): Finding[] => [
  [isShort(values.ADMIN_PASSWORD, 12), 'ADMIN_PASSWORD is too short; use 12 characters or more.'],
  ...(['SMS_HOOK_SECRET', 'METRICS_TOKEN', 'REVOCATION_FEED_TOKEN'] as const).map(
    (name): Finding => [
      isShort(values[name], SHORTEST_SECRET),
      `${name} is too short; use ${SHORTEST_SECRET} characters or more (make one with \`openssl rand -hex 32\`).`,
    ],
  ),
  [
    database.kind === 'postgres' && isGuessable(database.url),
    'DATABASE_URL has a password that anybody would try first; give the database user another.',
  ],
  [
    hasRabbitGuest(values),
    'EVENT_API_RABBITMQ: guest is everybody’s account; make one for Barong (EVENT_API_RABBITMQ_USERNAME and _PASSWORD, or in the URL).',
  ],
]

const isShort = (text: string | undefined, least: number): boolean => text !== undefined && text.length < least

/** A password that is the name of its user, or one of those that examples have. */
function isGuessable(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { username, password } = new URL(url)
  return password !== '' && [username, 'postgres', 'password', 'changeme', 'secret', 'admin'].includes(password)
}

function hasRabbitGuest(values: Values): boolean {
  const { EVENT_API_RABBITMQ_URL: url, EVENT_API_RABBITMQ_HOST: host, EVENT_API_RABBITMQ_PASSWORD } = values
  // Who is not named signs in as guest.
  if (url !== undefined) return ['', 'guest'].includes(new URL(url).username) && !isLocal(new URL(url).hostname)
  return host !== undefined && EVENT_API_RABBITMQ_PASSWORD === 'guest' && !isLocal(host)
}

const addresses = ({ values }: Config): Finding[] => [
  ...(['BARONG_TRUSTED_PROXIES', 'BARONG_LIMIT_EXEMPT', 'WEBHOOK_ALLOWED_NETWORKS'] as const).flatMap((name) =>
    values[name].map(
      (network): Finding => [
        isWide(network),
        `${name}: ${network} is half of the world; name the networks that are yours.`,
      ],
    ),
  ),
  ...values.WEBHOOK_ALLOWED_NETWORKS.map(
    (network): Finding => [
      isIn(METADATA, network.split('/')[0] ?? ''),
      `WEBHOOK_ALLOWED_NETWORKS: ${network} is where clouds tell secrets to whoever asks; take it out.`,
    ],
  ),
]

/** Wider than any network that is somebody’s own. */
function isWide(network: string): boolean {
  const [address = '', prefix] = network.split('/')
  return prefix !== undefined && Number(prefix) < (isIP(address) === 6 ? 7 : 8)
}

/** Of RFC 1918 and RFC 4193. */
const PRIVATE = networks(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'])

const OWN_RELAY =
  'a relay on this machine or in its own network (a private address, a name without dots, or host.docker.internal)'

/** Whether mails to this host stay in the network of this machine. No name without dots is of the Internet. */
const isNear = (host: string): boolean =>
  isLocal(host) ||
  host === 'host.docker.internal' ||
  (isIP(host) === 0 ? /^[a-z][a-z0-9_-]*$/i.test(host) : isIn(PRIVATE, host))

const connections = ({ values, url, link_url }: Config): Finding[] => {
  const isOwnRelay = values.SMTP_ADDRESS === undefined || isNear(values.SMTP_ADDRESS)
  return [
    [values.SMS_HOOK_URL?.startsWith('http:') === true, 'Production needs SMS_HOOK_URL with https://.'],
    [
      !isOwnRelay && (values.SMTP_TLS === 'none' || values.SMTP_TLS === 'opportunistic'),
      `SMTP_TLS=${values.SMTP_TLS} lets whoever is on the way read the links of mails; use starttls or implicit, or ${OWN_RELAY}.`,
    ],
    [
      !isOwnRelay && !values.SMTP_TLS_VERIFY,
      `SMTP_TLS_VERIFY=false takes anybody for the mail server; give it a certificate, or use ${OWN_RELAY}.`,
    ],
    [
      link_url !== url && link_url.startsWith('http:'),
      'URL_SCHEME=http would have people follow links with tokens in the clear; use https.',
    ],
    [
      values.EVENT_API_INCLUDE_TOKENS && !values.SKIP_EMAILS,
      'EVENT_API_INCLUDE_TOKENS=true is for those whose mails are sent by another service (SKIP_EMAILS=true); turn one of them around.',
    ],
  ]
}

const browsers = ({ values }: Config): Finding[] =>
  (['API_CORS_ORIGINS', 'PASSKEY_ORIGINS'] as const).flatMap((name) =>
    values[name].map(
      (origin): Finding => [
        // Nobody is on the way within one machine.
        origin.startsWith('http:') && !(URL.canParse(origin) && isLocal(new URL(origin).hostname)),
        `${name}: ${origin} can be made by whoever is on the way; use https.`,
      ],
    ),
  )

/** NIST SP 800-63B-4, section 3.2.2, allows no more failed attempts in a row. */
const MOST_ATTEMPTS = 100

const guessing = ({ values }: Config): Finding[] => [
  ...(
    [
      'BARONG_LIMIT_SIGN_IN',
      'BARONG_LIMIT_SIGN_UP',
      'BARONG_LIMIT_MAIL',
      'BARONG_LIMIT_MAIL_RECIPIENT',
      'BARONG_LIMIT_SMS',
      'BARONG_LIMIT_SMS_PREFIX',
      'BARONG_LIMIT_SMS_COUNTRY',
      'BARONG_LIMIT_TOKENS',
    ] as const
  ).map(
    (name): Finding => [
      values[name].length === 0,
      `${name}=off leaves what costs money or can be guessed without a limit; give it rates.`,
    ],
  ),
  [
    values.BARONG_LOCKOUT === 'barong' && values.MAX_LOGIN_ATTEMPTS > MOST_ATTEMPTS,
    `MAX_LOGIN_ATTEMPTS must be at most ${MOST_ATTEMPTS} in production.`,
  ],
]

/** What Node itself would be told by its environment. */
export function unsafeRuntime(environment: Readonly<Record<string, string | undefined>>): string[] {
  const sentences = []
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    sentences.push(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 believes every certificate; name your own authority in NODE_EXTRA_CA_CERTS.',
    )
  if (/--inspect\b/.test(environment['NODE_OPTIONS'] ?? ''))
    sentences.push('NODE_OPTIONS=--inspect lets whoever reaches its port read every secret; take it out.')
  return sentences
}
