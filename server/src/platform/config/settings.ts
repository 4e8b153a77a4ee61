import {
  flag,
  fraction,
  holds,
  list,
  oneOf,
  optional,
  publicKey,
  rates,
  type Setting,
  text,
  url,
  whole,
} from './setting.ts'

const server = (describe: string) => ({ group: 'Server', describe })
const database = (describe: string, secret = false) => ({ group: 'Database and secrets', describe, secret })
const sessions = (describe: string, secret = false) => ({ group: 'Sessions and tokens', describe, secret })
const accounts = (describe: string, secret = false) => ({ group: 'Accounts', describe, secret })
const limits = (describe: string, secret = false) => ({ group: 'Limits', describe, secret })
const mail = (describe: string, secret = false) => ({ group: 'Mail', describe, secret })
const sms = (describe: string, secret = false) => ({ group: 'SMS', describe, secret })
const management = (describe: string, secret = false) => ({ group: 'Management API', describe, secret })
const events = (describe: string, secret = false) => ({ group: 'Events and webhooks', describe, secret })
const metrics = (describe: string, secret = false) => ({ group: 'Metrics and traces', describe, secret })
const storage = (describe: string, secret = false) => ({ group: 'Document storage', describe, secret })

/** What may be reached without TLS where an operator says so. */
export const PLAINTEXT_TARGETS = ['database', 'broker', 'bucket', 'traces', 'antivirus'] as const

/** Every environment variable the server reads. The configuration reference is generated from this list. */
export const settings = {
  BARONG_ENV: oneOf(
    server('In production the start is refused while anything is unsafe.'),
    ['development', 'production'],
    'development',
  ),
  PORT: whole(server('TCP port to listen on; 0 takes a free one.'), 3000, 0, 65_535),
  HOST: text(server('Address to listen on.'), '127.0.0.1'),
  BARONG_WORKERS: whole(
    server(
      'Processes that serve the port together; SIGHUP replaces them one by one without refusing a request. 0: this one process serves.',
    ),
    0,
    0,
    64,
  ),
  BARONG_STOP_TIMEOUT: whole(
    server(
      'Seconds after which a worker that was told to end is killed, should it hang: no request takes longer than 60. What ends the server itself (stop_grace_period, TimeoutStopSec) waits longer.',
    ),
    65,
    1,
    3600,
  ),
  BARONG_START_TIMEOUT: whole(
    server(
      'Seconds after which a worker that is not ready is killed, should it hang as it starts. Those in which it changes the database do not count.',
    ),
    300,
    1,
    3600,
  ),
  UV_THREADPOOL_SIZE: whole(
    server(
      'Threads that Node hashes, signs and reads files on; two of them hash no passwords. `bin/barong` sets it to two more than there are processors.',
    ),
    4,
    1,
    1024,
  ),
  BARONG_URL: url(server('Public base URL, used in links. Default: http://localhost and the port.'), ['http', 'https']),
  BARONG_TRUSTED_PROXIES: list(
    server('Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed, comma separated.'),
    [],
  ),
  LOG_LEVEL: oneOf(
    server('Least severe log lines that are written.'),
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
  ),
  API_CORS_ORIGINS: list(server('Origins that browsers may call the API from, comma separated, or *.'), ['*']),
  API_CORS_ALLOW_CREDENTIALS: flag(
    server('Whether those browsers may send credentials; needs a list of origins.'),
    false,
  ),
  APP_NAME: text(server('Name of the product in mails, SMS and authenticator apps.'), 'Barong'),

  BARONG_DATA_DIR: text(database('Directory of the embedded database, documents and development secrets.'), './data'),
  DATABASE_URL: text(
    database('postgres://… or sqlite:<file>. Default: sqlite in the data directory.', true),
    'sqlite:',
  ),
  DATABASE_POOL: whole(database('Connections to PostgreSQL, shared out among the workers.'), 10, 1, 1000),
  BARONG_MASTER_KEY: optional(
    database(
      '32 random bytes in base64 or hexadecimal that everything sealed depends on (`openssl rand -base64 32`). Several, comma separated: the first seals, all open. In development it is made and kept in the data directory.',
      true,
    ),
  ),
  BARONG_MASTER_KEY_FILE: optional(database('File to read the master key from instead.')),
  PLAINTEXT_TO: list(
    database(
      `What production may reach on other machines without TLS, comma separated: ${PLAINTEXT_TARGETS.join(', ')}. For networks that are yours alone; this machine and sockets need no leave.`,
    ),
    [],
  ),
  SEEDS_FILE: text(
    database('Levels, applications and accounts to make at the start, if they are not there.'),
    'config/seeds.yml',
  ),
  ADMIN_EMAIL: text(database('E-mail of the seeded administrator.'), 'admin@barong.io'),
  ADMIN_PASSWORD: optional(
    database('Password of the seeded administrator. Default: a random one, printed once.', true),
  ),

  JWT_PRIVATE_KEY_PATH: optional(
    sessions(
      'File with the PEM private key (RSA of at least 2048 bits) that signs tokens. Default: one made and sealed in the database.',
    ),
  ),
  JWT_KEY_BITS: whole(
    sessions(
      'Bits of RSA keys that are made from now on, a multiple of 512. 3072 have 128 bits of strength, and sign six times as slowly.',
    ),
    2048,
    2048,
    4096,
  ),
  REVOCATION_FEED_TOKEN: optional(
    sessions('Bearer token for /oauth/revocations. Without one anybody may read which tokens ended, by digests.', true),
  ),
  JWT_PUBLIC_KEY: publicKey(
    sessions(
      'URL-safe base64 of the PEM public key that relying parties have. The server does not need it; a start is refused where it is a private key.',
    ),
  ),
  JWT_SHARED_SECRET_KEY: optional(sessions('The same key as URL-safe base64 of the PEM.', true)),
  KEY_ROTATION_DAYS: whole(
    sessions('Days until a signing key is followed by a new one; 0 leaves it to `barong key rotate`.'),
    90,
    0,
    3650,
  ),
  KEY_PUBLISHED_AHEAD: whole(
    sessions('Seconds a new signing key is published before it signs, so that every verifier knows it by then.'),
    600,
    60,
    86_400,
  ),
  JWT_LIFETIME: whole(sessions('Seconds a session lasts unless the client asks for another time.'), 14_400, 1, 86_400),
  JWT_LIFETIME_MIN: whole(sessions('Fewest seconds that `expires_in` may ask for.'), 1800, 1, 86_400),
  SESSION_ABSOLUTE_LIFETIME: whole(
    sessions('Seconds after sign-in until which a session can be renewed, and a browser can stay signed in.'),
    30 * 86_400,
    86_400,
    365 * 86_400,
  ),
  SESSION_INACTIVITY: whole(
    sessions('Seconds without use after which a browser is no longer signed in.'),
    12 * 3600,
    60,
    365 * 86_400,
  ),
  SUDO_LIFETIME: whole(
    sessions('Seconds after sign-in, or after the password was asked for again, in which dangerous changes are made.'),
    600,
    60,
    86_400,
  ),
  STAFF_SUDO_LIFETIME: whole(
    sessions(
      'The same for what the staff does day by day: deciding reviews, labels, locking, banning, unlocking, signing people out and mailing them a new password. 0: without asking again.',
    ),
    3600,
    0,
    86_400,
  ),
  SUDO_FOR_ALL: flag(
    sessions(
      'Whether that holds also for what Barong 1.8 let be changed without it: turning the second factor on, phones, API keys, ending other sessions.',
    ),
    false,
  ),
  OAUTH_REQUIRE: list(
    sessions(
      'What every application must do, comma separated: `pushed_requests` (RFC 9126: people are sent here only with what the application handed in before), `bound_tokens` (RFC 9449: its tokens are worth nothing without its key), `client_keys` (RFC 7523: it proves who it is by its own keys; applications with a secret or without one are refused at /oauth).',
    ),
    [],
  ),
  SESSION_REQUIRE: list(
    sessions(
      'What every session of the user API must do, comma separated: `bound_tokens` (RFC 9449: whoever signs in, renews or exchanges an API key shows a key, and the API gives and takes no token that is bound to none), `new_tokens` (who signs in or confirms the password gets a new token, and the one they had ends).',
    ),
    [],
  ),
  GATEWAY_ORIGINS: list(
    sessions(
      'Origins that clients reach gateways by which ask who makes a request, comma separated, such as https://trade.example: proofs of keys (DPoP) are for addresses there. Default: the origin of BARONG_URL.',
    ),
    [],
  ),
  ACCESS_TOKEN_IN_QUERY: flag(
    sessions(
      'Whether a token is also taken from the parameters `access_token` and `bearer_token`, as programs of Barong 1.8 sent them. Proxies log addresses: false where none does.',
    ),
    true,
  ),
  SECRETS_IN_URLS: flag(
    sessions(
      'Whether secrets, and what people are looked for by, may travel in addresses, as in Barong 1.8. false: mailed links carry theirs behind #, which no server is sent; files of documents want a token; operations with a body take nothing from the query; one-time codes of others come in the header `TOTP-Code`, tokens in `Authorization`, hints of OAuth with a pushed request; and lists of the admin API take e-mails, names, phones, uids, labels and IP addresses in the body of `POST …/search` alone.',
    ),
    true,
  ),
  SIGNED_READS_ONCE: flag(
    sessions(
      'Whether a request signed with an API key that only reads is accepted once by all processes together, as one that changes something always is; a write to the database each. Otherwise once by each process.',
    ),
    false,
  ),

  MAX_LOGIN_ATTEMPTS: whole(accounts('Failed attempts until an account is locked.'), 5, 1, 1000),
  UNLOCK_IN: whole(accounts('Minutes until a lock lapses by itself.'), 60, 1, 525_600),
  BARONG_PASSWORD_POLICY: oneOf(
    accounts(
      'Rules for new passwords: `nist` (8 to 128 characters, none that are known to attackers) or those of Barong 1.8.',
    ),
    ['nist', 'barong'],
    'nist',
  ),
  PASSWORD_QUEUE_TIMEOUT: whole(
    accounts('Milliseconds that a password waits for its turn to be hashed; then the answer is 503 with Retry-After.'),
    700,
    10,
    60_000,
  ),
  BARONG_HIDE_ACCOUNTS: flag(
    accounts(
      'Whether sign-up, reset, resend, unlock and login answer alike for known and unknown e-mails, and phones for numbers of others.',
    ),
    false,
  ),
  BARONG_HIDING_TIME: whole(
    accounts(
      'Milliseconds that answers take at least where accounts are hidden. Imported hashes take longer to compare than those made here: while there are some, set twice what the costliest takes.',
    ),
    300,
    100,
    20_000,
  ),
  BARONG_LOCKOUT: oneOf(
    accounts(
      'What wrong passwords lead to: `barong` locks the account for everybody, as Barong 1.8 did; `device` slows down, asks for work and then refuses devices that never signed in to it, and leaves known ones alone.',
    ),
    ['barong', 'device'],
    'barong',
  ),
  BARONG_PROOF_OF_WORK_AFTER: whole(
    accounts(
      'With BARONG_LOCKOUT=device: wrong passwords for one account on unknown devices, in the first time of BARONG_LIMIT_STRANGERS, until further ones must come with a proof of work.',
    ),
    10,
    0,
    1_000_000,
  ),
  BARONG_PROOF_OF_WORK_BITS: whole(
    accounts('How hard that work is at first: 2 to this power hashes on average. It grows with the wrong passwords.'),
    16,
    1,
    24,
  ),
  BARONG_HOLDS: holds(
    accounts(
      'What puts an account on hold: event=key:value/time, comma separated. Each sets the private label for that time, which is lifted by itself.',
    ),
    'password_reset=hold:withdraw/24h,second_factor_removed=hold:withdraw/24h,email_changed=hold:withdraw/24h,phone_changed=hold:withdraw/24h,new_country=hold:withdraw/24h',
  ),
  BARONG_COUNTRY_HEADER: optional(
    accounts(
      'Header in which a trusted proxy names the country of the caller (ISO 3166-1 alpha-2), such as CF-IPCountry. Without it countries are not known. Needs BARONG_TRUSTED_PROXIES.',
    ),
  ),
  PASSKEY_RP_ID: optional(
    accounts(
      'Domain that passkeys belong to: that of BARONG_URL or one above it. To change it makes all passkeys useless. Default: the host of BARONG_URL.',
    ),
  ),
  PASSKEY_ORIGINS: list(
    accounts('Origins of pages that may use passkeys, comma separated. Default: the origin of BARONG_URL.'),
    [],
  ),
  STAFF_SECOND_FACTOR: oneOf(
    accounts(
      'Whether staff needs a second factor of its own to change anything by the admin API; `production`: there only.',
    ),
    ['production', 'required', 'optional'],
    'production',
  ),
  REQUIRE_SECOND_FACTOR: oneOf(
    accounts(
      'Who needs a second factor, an app or a passkey. `staff`: as STAFF_SECOND_FACTOR says; `everybody`: who signs in without one sets one up before anything else.',
    ),
    ['staff', 'everybody'],
    'staff',
  ),
  DOCUMENTS_READABLE: oneOf(
    accounts(
      'Whether pictures and PDFs must be such inside, or are kept as they came, as tests made for 1.8.26 with files of a few bytes need it; `production`: there they must.',
    ),
    ['production', 'required', 'optional'],
    'production',
  ),
  DOCUMENTS_LIMIT: whole(accounts('Documents an account may hand in.'), 10, 1, 1000),

  BARONG_LIMIT_REQUESTS: rates(
    limits('Requests of one address (IPv6: of one /64), of all processes together but for the last second.'),
    '1200/1m',
  ),
  BARONG_LIMIT_ACCOUNT_REQUESTS: rates(
    limits('Requests with tokens of one account, of all processes together but for the last second.'),
    '600/1m',
  ),
  BARONG_LIMIT_SIGN_IN: rates(
    limits('Passwords and codes from one address; sixteen times as many from a /48 of IPv6.'),
    '60/1m,600/1h',
  ),
  BARONG_LIMIT_SIGN_UP: rates(
    limits('Sign-ups from one address; sixteen times as many from a /48 of IPv6.'),
    '30/10m,200/1d',
  ),
  BARONG_LIMIT_MAIL: rates(
    limits(
      'Mails asked for from one address: confirmation, unlocking, reset; sixteen times as many from a /48 of IPv6.',
    ),
    '30/10m,200/1d',
  ),
  BARONG_LIMIT_MAIL_RECIPIENT: rates(limits('Mails of each of these kinds for one recipient.'), '5/1h,20/1d'),
  BARONG_LIMIT_UPLOADS: rates(limits('Documents that one account hands in, refused ones too.'), '30/10m,100/1d'),
  BARONG_LIMIT_SMS: rates(
    limits('SMS asked for from one address; sixteen times as many from a /48 of IPv6.'),
    '30/1h,100/1d',
  ),
  BARONG_LIMIT_SMS_PREFIX: rates(limits('SMS to numbers that differ in their last four digits only.'), '30/1h,100/1d'),
  BARONG_LIMIT_SMS_COUNTRY: rates(limits('SMS to one country.'), '1000/1h,10000/1d'),
  BARONG_LIMIT_TOKENS: rates(
    limits(
      'Requests from one address that the token, introspection and revocation endpoints, `generate_jwt` or `verify_api_key` refused, signed requests that were refused (counted apart), and requests that begin a device sign-in, a pushed authorization or a sign-out.',
    ),
    '120/1m,1200/1h',
  ),
  BARONG_LIMIT_GUESSES: rates(
    limits('With BARONG_LOCKOUT=device: wrong passwords from one address for one account, on unknown devices.'),
    '3/10s,6/1m,20/1h',
  ),
  BARONG_LIMIT_SESSION_GUESSES: rates(
    limits('Wrong passwords and codes of somebody who is signed in, for one session and what it is renewed to.'),
    '20/10m,100/1d',
  ),
  BARONG_LIMIT_DEVICE_GUESSES: rates(
    limits('With BARONG_LOCKOUT=device: wrong passwords for one account on a device that it knows.'),
    '10/10m,30/1d',
  ),
  BARONG_LIMIT_STRANGERS: rates(
    limits('With BARONG_LOCKOUT=device: wrong passwords for one account, on all unknown devices together.'),
    '50/1h,100/1d',
  ),
  BARONG_LIMIT_STRANGER_RECORDS: rates(
    limits(
      'Records of the audit log that name no account: refused sign-ins at e-mails, passkeys and API keys that there are not. Further ones are counted by the metrics alone.',
    ),
    '500/1h',
  ),
  BARONG_LIMIT_EXEMPT: list(
    limits(
      'Addresses or networks in CIDR notation that no limit by address holds for, comma separated. Limits by account and by recipient hold for them, too.',
    ),
    [],
  ),

  SKIP_EMAILS: flag(mail('Whether mails are left out; events are still recorded.'), false),
  SECURITY_NOTICES: flag(
    mail(
      'Whether people are told by mail of changes that concern their security, with a link to say that it was not them.',
    ),
    true,
  ),
  NEW_DEVICE_NOTICES: flag(
    mail(
      'Whether people are told by such a mail of a sign-in from a device that is new, of at most five a day for a program that changes its network, and of twenty in all.',
    ),
    true,
  ),
  SENDER_NAME: text(mail('Name that mails come from.'), 'Barong'),
  SENDER_EMAIL: text(mail('Address that mails come from.'), 'noreply@barong.io'),
  SMTP_ADDRESS: optional(mail('Mail server. Development without one shows mails at /mailbox.')),
  SMTP_PORT: whole(mail('Its port.'), 587, 1, 65_535),
  SMTP_DOMAIN: optional(mail('Name this server gives when it greets.')),
  SMTP_USER: optional(mail('User name, if the mail server wants one.')),
  SMTP_PASSWORD: optional(mail('Password of that user.', true)),
  SMTP_TLS: oneOf(
    mail(
      'How the connection is protected. Production takes none and opportunistic, and no check of the certificate, only of a relay on this machine or in its own network: a private address, a name without dots, or host.docker.internal.',
    ),
    ['starttls', 'implicit', 'opportunistic', 'none'],
    'starttls',
  ),
  SMTP_TLS_VERIFY: flag(mail('Whether the certificate must be valid.'), true),
  URL_HOST: optional(mail('Host (and port) in links of mails. Default: from BARONG_URL.')),
  URL_SCHEME: oneOf(
    mail('Scheme of those links, when URL_HOST or FRONTEND_DOMAIN is set.'),
    ['https', 'http'],
    'https',
  ),
  DOMAIN_NAME: list(
    mail(
      'Hosts (and ports) that the page of a confirmation mail may lead on to by `redirect_uri`, comma separated, each by its full name; over https alone.',
    ),
    [],
  ),
  FRONTEND_DOMAIN: optional(mail('Host (and port) in links of mails, before URL_HOST.')),

  TWILIO_ACCOUNT_SID: optional(sms('Account at Twilio. Development without a way to send shows SMS at /mailbox.')),
  TWILIO_AUTH_TOKEN: optional(sms('Its token.', true)),
  TWILIO_PHONE_NUMBER: optional(sms('Number that SMS come from, with +.')),
  SMS_HOOK_URL: url(sms('URL that takes SMS as JSON by POST, instead of Twilio.'), ['http', 'https']),
  SMS_HOOK_SECRET: optional(sms('Key of the signature on those requests.', true)),

  MANAGEMENT_API_CONFIG: optional(
    management(
      'File that names who may sign requests of the management API and for what. Default: config/management_api_v1.yml; without it the API is closed.',
    ),
  ),
  MANAGEMENT_API_CONFIG_YAML: optional(management('The contents of that file, as YAML or JSON.', true)),

  STORAGE_PROVIDER: oneOf(
    storage('Where documents are kept; they are sealed in both places.'),
    ['local', 'AWS'],
    'local',
  ),
  STORAGE_BUCKET_NAME: optional(storage('Bucket of an S3 service.')),
  STORAGE_REGION: text(storage('Its region.'), 'us-east-1'),
  STORAGE_ENDPOINT: url(storage('URL of a service other than AWS.'), ['http', 'https']),
  STORAGE_ACCESS_KEY: optional(
    storage(
      "Access key. Without it the credentials of the machine are used, as the AWS SDK finds them: a role's, which change by themselves.",
      true,
    ),
  ),
  STORAGE_SECRET_KEY: optional(storage('Secret key.', true)),
  BARONG_ANTIVIRUS: url(
    storage(
      'ClamAV daemon that uploaded files are looked through by before they are kept: `clamav://host:3310`, or `clamav:///run/clamav/clamd.ctl` for a socket. While it does not answer, uploads are refused with 503.',
    ),
    ['clamav'],
  ),

  EVENT_API_RABBITMQ_URL: url(
    events('RabbitMQ that gets every event: amqp:// or amqps:// with user name and password.', true),
    ['amqp', 'amqps'],
  ),
  EVENT_API_RABBITMQ_HOST: optional(events('Its host, instead of the URL.')),
  EVENT_API_RABBITMQ_PORT: whole(events('Its port.'), 5672, 1, 65_535),
  EVENT_API_RABBITMQ_USERNAME: text(events('User name there.'), 'guest'),
  EVENT_API_RABBITMQ_PASSWORD: text(events('Password there.', true), 'guest'),
  EVENT_API_JWT_PRIVATE_KEY: optional(
    events('URL-safe base64 of the PEM private key that signs events. Default: the key that signs tokens.', true),
  ),
  EVENT_API_JWT_ALGORITHM: oneOf(
    events('Algorithm of those signatures.'),
    ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
    'RS256',
  ),
  EVENT_API_INCLUDE_TOKENS: flag(
    events(
      'Whether events carry the raw tokens of confirmation, reset and unlock mails, as Barong 1.8 did. Whoever reads one can take over the account.',
    ),
    false,
  ),
  EVENTS_KEPT_DAYS: whole(
    events('Days for which delivered events are kept, so that they can be sent again.'),
    30,
    1,
    3650,
  ),
  WEBHOOK_TIMEOUT: whole(events('Seconds an endpoint has to answer.'), 10, 1, 60),
  WEBHOOK_RETRY_DAYS: whole(
    events('Days after which a delivery to an endpoint that keeps failing is given up.'),
    3,
    1,
    30,
  ),
  WEBHOOK_ALLOWED_NETWORKS: list(
    events(
      'Networks outside of the public Internet that endpoints, and key sets of applications, may be in, as CIDR, comma separated; all others are refused.',
    ),
    [],
  ),

  METRICS_PORT: whole(
    metrics('Port on which /metrics is served by itself; 0 serves it on the same port as everything else.'),
    0,
    0,
    65_535,
  ),
  METRICS_TOKEN: optional(
    metrics('Bearer token for /metrics. In production there is no /metrics without a port or a token.', true),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(
    metrics('Collector of OpenTelemetry that traces are sent to over OTLP/HTTP. Default: nothing is traced.'),
    ['http', 'https'],
  ),
  OTEL_EXPORTER_OTLP_HEADERS: list(metrics('Headers for the collector, as name=value, comma separated.', true), []),
  OTEL_SERVICE_NAME: text(metrics('Name of this service in traces.'), 'barong'),
  OTEL_TRACES_SAMPLER_ARG: fraction(metrics('Part of the traces that is kept, from 0 to 1.'), 1),
} as const satisfies Record<string, Setting<unknown>>

/** The settings' values, by the name of their variable. */
export type Values = { readonly [K in keyof typeof settings]: ReturnType<(typeof settings)[K]['read']> }
