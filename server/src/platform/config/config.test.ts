import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { ConfigError, loadConfig } from './config.ts'

/** What is said of an environment; empty when it is good. */
function sentencesOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    assert.equal(error.message, error.sentences.join('\n'))
    return error.sentences
  }
}

const PRODUCTION = {
  BARONG_ENV: 'production',
  BARONG_URL: 'https://barong.example',
  BARONG_MASTER_KEY: 'x',
  SMTP_ADDRESS: 'smtp.example',
  SMS_HOOK_URL: 'https://sms.example',
  SMS_HOOK_SECRET: 'x'.repeat(16),
}

const relay =
  'or a relay on this machine or in its own network (a private address, a name without dots, or host.docker.internal).'
const limit = (name: string): [Record<string, string>, string] => [
  { [name]: 'off' },
  `${name}=off leaves what costs money or can be guessed without a limit; give it rates.`,
]

/** One unsafe setting each, and what is said of it. */
const UNSAFE: [change: Record<string, string>, sentence: string][] = [
  ...['SMS_HOOK_SECRET', 'METRICS_TOKEN', 'REVOCATION_FEED_TOKEN'].map((name): [Record<string, string>, string] => [
    { [name]: 'x'.repeat(15) },
    `${name} is too short; use 16 characters or more (make one with \`openssl rand -hex 32\`).`,
  ]),
  ...[
    'postgres://barong:barong@db/barong?sslmode=verify-full',
    'postgres://me:changeme@db/barong?sslmode=verify-full',
  ].map((DATABASE_URL): [Record<string, string>, string] => [
    { DATABASE_URL },
    'DATABASE_URL has a password that anybody would try first; give the database user another.',
  ]),
  ...[
    { EVENT_API_RABBITMQ_HOST: 'rabbit', PLAINTEXT_TO: 'broker' },
    { EVENT_API_RABBITMQ_URL: 'amqps://guest:x@rabbit' },
    { EVENT_API_RABBITMQ_URL: 'amqps://rabbit' },
  ].map((change): [Record<string, string>, string] => [
    change,
    'EVENT_API_RABBITMQ: guest is everybody’s account; make one for Barong (EVENT_API_RABBITMQ_USERNAME and _PASSWORD, or in the URL).',
  ]),
  ...['BARONG_TRUSTED_PROXIES', 'BARONG_LIMIT_EXEMPT', 'WEBHOOK_ALLOWED_NETWORKS'].flatMap((name) =>
    ['0.0.0.0/0', '128.0.0.0/1', '::/0'].map((network): [Record<string, string>, string] => [
      { [name]: network },
      `${name}: ${network} is half of the world; name the networks that are yours.`,
    ]),
  ),
  ...['169.254.169.254', 'fe80::/10'].map((network): [Record<string, string>, string] => [
    { WEBHOOK_ALLOWED_NETWORKS: network },
    `WEBHOOK_ALLOWED_NETWORKS: ${network} is where clouds tell secrets to whoever asks; take it out.`,
  ]),
  ...['none', 'opportunistic'].map((tls): [Record<string, string>, string] => [
    { SMTP_TLS: tls },
    `SMTP_TLS=${tls} lets whoever is on the way read the links of mails; use starttls or implicit, ${relay}`,
  ]),
  [
    { SMTP_TLS_VERIFY: 'false' },
    `SMTP_TLS_VERIFY=false takes anybody for the mail server; give it a certificate, ${relay.replace('or', 'or use')}`,
  ],
  [
    { FRONTEND_DOMAIN: 'front.example', URL_SCHEME: 'http' },
    'URL_SCHEME=http would have people follow links with tokens in the clear; use https.',
  ],
  [
    { EVENT_API_INCLUDE_TOKENS: 'true' },
    'EVENT_API_INCLUDE_TOKENS=true is for those whose mails are sent by another service (SKIP_EMAILS=true); turn one of them around.',
  ],
  [
    { API_CORS_ORIGINS: 'http://app.example' },
    'API_CORS_ORIGINS: http://app.example can be made by whoever is on the way; use https.',
  ],
  [
    { PASSKEY_ORIGINS: 'http://app.barong.example' },
    'PASSKEY_ORIGINS: http://app.barong.example can be made by whoever is on the way; use https.',
  ],
  limit('BARONG_LIMIT_SIGN_IN'),
  limit('BARONG_LIMIT_SIGN_UP'),
  limit('BARONG_LIMIT_MAIL'),
  limit('BARONG_LIMIT_MAIL_RECIPIENT'),
  limit('BARONG_LIMIT_SMS'),
  limit('BARONG_LIMIT_SMS_PREFIX'),
  limit('BARONG_LIMIT_SMS_COUNTRY'),
  limit('BARONG_LIMIT_TOKENS'),
  [{ MAX_LOGIN_ATTEMPTS: '101' }, 'MAX_LOGIN_ATTEMPTS must be at most 100 in production.'],
  [
    { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    'NODE_TLS_REJECT_UNAUTHORIZED=0 believes every certificate; name your own authority in NODE_EXTRA_CA_CERTS.',
  ],
  ...['--inspect=0.0.0.0:9229', '--inspect', '--trace-warnings --inspect-brk', '--inspect-wait=9229'].map(
    (NODE_OPTIONS): [Record<string, string>, string] => [
      { NODE_OPTIONS },
      'NODE_OPTIONS=--inspect lets whoever reaches its port read every secret; take it out.',
    ],
  ),
]

test('an empty environment is good for development', () => {
  const config = loadConfig({})
  assert.equal(config.production, false)
  assert.equal(config.url, 'http://localhost:3000')
  assert.deepEqual(config.database, { kind: 'sqlite', file: resolve('data/barong.sqlite') })
  assert.deepEqual(loadConfig({ PORT: ' ', JWT_LIFETIME: '' }).values, config.values)
})

test('every value that cannot be read is named at once', () => {
  assert.deepEqual(
    sentencesOf({
      BARONG_ENV: 'staging',
      PORT: '70000',
      MAX_LOGIN_ATTEMPTS: 'five',
      SKIP_EMAILS: 'maybe',
      BARONG_URL: 'barong.example',
      JWT_LIFETIME: '1e4',
    }),
    [
      'BARONG_ENV must be one of development, production, not "staging".',
      'PORT must be a whole number from 0 to 65535, not "70000".',
      'BARONG_URL must be an absolute URL (http, https), not "barong.example".',
      'JWT_LIFETIME must be a whole number from 1 to 86400, not "1e4".',
      'MAX_LOGIN_ATTEMPTS must be a whole number from 1 to 1000, not "five".',
      'SKIP_EMAILS must be true or false, not "maybe".',
    ],
  )
})

test('values are read in the spellings operators use', () => {
  for (const word of ['true', 'YES', '1', 'on'])
    assert.equal(loadConfig({ SKIP_EMAILS: word }).values.SKIP_EMAILS, true)
  for (const word of ['false', 'No', '0', 'off'])
    assert.equal(loadConfig({ SKIP_EMAILS: word }).values.SKIP_EMAILS, false)
  assert.equal(loadConfig({ STORAGE_PROVIDER: 'LOCAL' }).values.STORAGE_PROVIDER, 'local')
  assert.equal(loadConfig({ BARONG_URL: 'https://barong.example//' }).url, 'https://barong.example')
  assert.equal(loadConfig({ UNLOCK_IN: '2' }).unlock_in, 120_000)
})

test('what must be kept secret is not told where it is wrong', () => {
  assert.throws(() => loadConfig({ EVENT_API_RABBITMQ_URL: 'amqp//barong:secret@broker' }), {
    message: 'EVENT_API_RABBITMQ_URL must be an absolute URL (amqp, amqps).',
  })
})

test('what contradicts itself is refused, each with a sentence of its own', () => {
  const cases: [environment: Record<string, string>, sentence: string][] = [
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL must begin with postgres:// or sqlite:.'],
    [
      { BARONG_MASTER_KEY: 'x', BARONG_MASTER_KEY_FILE: 'y' },
      'BARONG_MASTER_KEY and BARONG_MASTER_KEY_FILE are both set; keep one.',
    ],
    [
      { JWT_PRIVATE_KEY_PATH: 'x', JWT_SHARED_SECRET_KEY: 'y' },
      'JWT_PRIVATE_KEY_PATH and JWT_SHARED_SECRET_KEY are both set; keep one.',
    ],
    [{ JWT_LIFETIME: '1799' }, 'JWT_LIFETIME must be from 1800 to 86400 seconds.'],
    [
      { BARONG_ANTIVIRUS: 'clamav://' },
      'BARONG_ANTIVIRUS names neither a host nor a socket, such as clamav://127.0.0.1:3310 or clamav:///run/clamav/clamd.ctl.',
    ],
    [{ OAUTH_REQUIRE: 'par' }, 'OAUTH_REQUIRE: "par" is none of pushed_requests, bound_tokens and client_keys.'],
    [{ SESSION_REQUIRE: 'dpop' }, 'SESSION_REQUIRE: "dpop" is none of bound_tokens and new_tokens.'],
    [
      { GATEWAY_ORIGINS: 'https://trade.example/x' },
      'GATEWAY_ORIGINS: "https://trade.example/x" is no origin, such as https://trade.example.com.',
    ],
    [{ API_CORS_ORIGINS: ',' }, 'API_CORS_ORIGINS names no origin.'],
    [{ API_CORS_ORIGINS: '*,https://a.example' }, 'API_CORS_ORIGINS must be either * or a list of origins.'],
    ...['https://app.example.com', 'app.example.com/', 'me@app.example.com', '*.example.com'].map(
      (host): [Record<string, string>, string] => [
        { DOMAIN_NAME: `shop.example, ${host}` },
        `DOMAIN_NAME: "${host}" is no host, such as app.example.com.`,
      ],
    ),
    ...['null', 'a.example', 'https://a.example/', 'https://A.example', 'https://a.example/path'].map(
      (origin): [Record<string, string>, string] => [
        { API_CORS_ORIGINS: origin },
        `API_CORS_ORIGINS: "${origin}" is no origin, such as https://app.example.com.`,
      ],
    ),
    [
      { API_CORS_ALLOW_CREDENTIALS: 'true' },
      'API_CORS_ALLOW_CREDENTIALS needs a list of origins in API_CORS_ORIGINS instead of *.',
    ],
    [
      {
        TWILIO_ACCOUNT_SID: 'x',
        TWILIO_AUTH_TOKEN: 'y',
        TWILIO_PHONE_NUMBER: '+1',
        SMS_HOOK_URL: 'https://sms.example',
        SMS_HOOK_SECRET: 'z',
      },
      'TWILIO_ACCOUNT_SID and SMS_HOOK_URL are both set; keep one way to send SMS.',
    ],
    [{ TWILIO_ACCOUNT_SID: 'x' }, 'TWILIO_ACCOUNT_SID needs TWILIO_AUTH_TOKEN and TWILIO_PHONE_NUMBER as well.'],
    [{ SMS_HOOK_URL: 'https://sms.example' }, 'SMS_HOOK_URL needs SMS_HOOK_SECRET as well.'],
    [
      { STORAGE_PROVIDER: 'aws', STORAGE_BUCKET_NAME: 'x', STORAGE_ACCESS_KEY: 'y' },
      'STORAGE_ACCESS_KEY and STORAGE_SECRET_KEY belong together; without both the credentials of the machine are used.',
    ],
    [{ STORAGE_PROVIDER: 'aws' }, 'STORAGE_PROVIDER=AWS needs STORAGE_BUCKET_NAME.'],
  ]
  for (const [environment, sentence] of cases) assert.deepEqual(sentencesOf(environment), [sentence])
})

test('bounds of lifetimes can be widened together', () => {
  assert.deepEqual(sentencesOf({ JWT_LIFETIME: '600', JWT_LIFETIME_MIN: '300' }), [])
})

// ASVS 12.2.1, 13.2.3, 13.4.2
test('production takes a safe configuration and refuses each unsafe part', () => {
  assert.deepEqual(sentencesOf(PRODUCTION), [])
  const cases: [change: Record<string, string>, sentence: string][] = [
    [
      { BARONG_MASTER_KEY: '' },
      'Production needs BARONG_MASTER_KEY or BARONG_MASTER_KEY_FILE (make one with `openssl rand -base64 32`).',
    ],
    [{ BARONG_URL: 'http://barong.example' }, 'Production needs BARONG_URL with https://.'],
    [{ BARONG_URL: '' }, 'Production needs BARONG_URL with https://.'],
    [
      { SMTP_ADDRESS: '' },
      'Production needs SMTP_ADDRESS, or SKIP_EMAILS=true when mails are sent by another service.',
    ],
    [{ SMS_HOOK_URL: '' }, 'Production needs a way to send SMS: TWILIO_ACCOUNT_SID or SMS_HOOK_URL.'],
    [{ SMS_HOOK_URL: 'http://sms.example' }, 'Production needs SMS_HOOK_URL with https://.'],
    [{ ADMIN_PASSWORD: 'changeme' }, 'ADMIN_PASSWORD is too short; use 12 characters or more.'],
    ...UNSAFE,
  ]
  for (const [change, sentence] of cases) assert.deepEqual(sentencesOf({ ...PRODUCTION, ...change }), [sentence])
  assert.deepEqual(sentencesOf({ ...PRODUCTION, SMTP_ADDRESS: '', SKIP_EMAILS: 'true' }), [])
  assert.equal(sentencesOf({ BARONG_ENV: 'production' }).length, 4)
})

test('what is unsafe in production is fine in development, or between programs of one machine', () => {
  for (const [change] of UNSAFE)
    assert.deepEqual(sentencesOf({ BARONG_URL: 'https://barong.example', ...change }), [], JSON.stringify(change))
  const relay = { SMTP_ADDRESS: '127.0.0.1', SMTP_TLS: 'none', SMTP_TLS_VERIFY: 'false' }
  assert.deepEqual(sentencesOf({ ...PRODUCTION, ...relay, EVENT_API_RABBITMQ_HOST: 'localhost' }), [])
  assert.deepEqual(sentencesOf({ ...PRODUCTION, EVENT_API_RABBITMQ_URL: 'amqp://127.0.0.1' }), [])
  for (const API_CORS_ORIGINS of ['http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]:3000'])
    assert.deepEqual(sentencesOf({ ...PRODUCTION, API_CORS_ORIGINS }), [], API_CORS_ORIGINS)
  for (const host of ['10.1.2.3', '172.16.0.2', '192.168.1.9', 'fd00::1', 'host.docker.internal', 'postfix'])
    assert.deepEqual(sentencesOf({ ...PRODUCTION, ...relay, SMTP_ADDRESS: host }), [], host)
  for (const host of [
    '172.32.0.1',
    '8.8.8.8',
    '134744072',
    '2a00::1',
    '169.254.1.1',
    'mail.internal',
    'localhost.evil.example',
    '127.evil.example',
  ])
    assert.equal(sentencesOf({ ...PRODUCTION, ...relay, SMTP_ADDRESS: host }).length, 2, host)
})

// ASVS 12.3.1, 12.3.2
test('production speaks to other machines by TLS, unless the operator says that the network is theirs', () => {
  const cases: [name: string, target: string, plain: string[], fine: string[]][] = [
    [
      'DATABASE_URL',
      'database',
      [
        'postgres://me:x@db/barong',
        'postgres://me:x@10.0.0.5/barong?sslmode=disable',
        'postgres://db/b?sslmode=no-verify',
        'postgres://127.0.0.1/b?host=db',
      ],
      [
        'postgres://me:x@db/barong?sslmode=verify-full',
        'postgres://me:x@db/barong?sslmode=require',
        'postgres://me:x@db/barong?ssl=true',
        'postgres://me:x@127.0.0.1/barong',
        'postgres://me:x@%2Frun%2Fpostgresql/barong',
        'postgres:///barong?host=/run/postgresql',
      ],
    ],
    ['DATABASE_URL', 'database', ['postgres://db/b?sslmode=require&uselibpqcompat=true'], []],
    ['EVENT_API_RABBITMQ_URL', 'broker', ['amqp://me:x@rabbitmq'], ['amqps://me:x@rabbitmq', 'amqp://me:x@[::1]']],
    ['BARONG_ANTIVIRUS', 'antivirus', ['clamav://clamav:3310'], ['clamav://[::1]', 'clamav:///run/clamav/clamd.ctl']],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'traces', ['http://otel:4318'], ['https://otel:4318', 'http://localhost:4318']],
  ]
  for (const [name, target, plain, fine] of cases) {
    for (const value of plain) {
      const environment = { ...PRODUCTION, [name]: value }
      const [sentence = '', ...rest] = sentencesOf(environment)
      assert.match(
        sentence,
        new RegExp(`^${name} is an address without TLS, .*, or say PLAINTEXT_TO=${target} if`),
        value,
      )
      assert.deepEqual(rest, [])
      assert.deepEqual(sentencesOf({ ...environment, PLAINTEXT_TO: target }), [], value)
    }
    for (const value of fine) assert.deepEqual(sentencesOf({ ...PRODUCTION, [name]: value }), [], value)
  }
  const bucket = { STORAGE_PROVIDER: 'AWS', STORAGE_BUCKET_NAME: 'b', STORAGE_ACCESS_KEY: 'a', STORAGE_SECRET_KEY: 's' }
  assert.deepEqual(sentencesOf({ ...PRODUCTION, ...bucket }), [])
  const plain = { ...PRODUCTION, ...bucket, STORAGE_ENDPOINT: 'http://minio:9000', PLAINTEXT_TO: 'database, broker' }
  assert.match(sentencesOf(plain).join(), /^STORAGE_ENDPOINT is an address without TLS.*PLAINTEXT_TO=bucket/)
  assert.match(
    sentencesOf({ ...PRODUCTION, EVENT_API_RABBITMQ_HOST: 'rabbit', EVENT_API_RABBITMQ_PASSWORD: 'x' }).join(),
    /^EVENT_API_RABBITMQ_HOST is an address without TLS/,
  )
  assert.deepEqual(sentencesOf({ ...PRODUCTION, PLAINTEXT_TO: 'mail' }), [
    'PLAINTEXT_TO: "mail" is none of database, broker, bucket, traces, antivirus.',
  ])
})

test('trusted proxies are addresses or networks', () => {
  assert.deepEqual(sentencesOf({ BARONG_TRUSTED_PROXIES: '10.0.0.0/8, ::1, proxy' }), [
    'BARONG_TRUSTED_PROXIES: "proxy" is neither an address nor a network in CIDR notation, such as 10.0.0.0/8.',
  ])
})

test('links in mails go to FRONTEND_DOMAIN, else to URL_HOST, else to BARONG_URL', () => {
  const url = { BARONG_URL: 'https://barong.example' }
  const host = { ...url, URL_HOST: 'mail.example' }
  assert.equal(loadConfig(url).link_url, 'https://barong.example')
  assert.equal(loadConfig(host).link_url, 'https://mail.example')
  assert.equal(
    loadConfig({ ...host, FRONTEND_DOMAIN: 'front.example', URL_SCHEME: 'http' }).link_url,
    'http://front.example',
  )
})

test('databases are told apart by their URL', () => {
  const database = (DATABASE_URL: string) => loadConfig({ DATABASE_URL, BARONG_DATA_DIR: '/srv' }).database
  for (const url of ['postgres://host/name', 'postgresql://host/name'])
    assert.deepEqual(database(url), { kind: 'postgres', url, connections: 10 })
  assert.deepEqual(database('sqlite:'), { kind: 'sqlite', file: '/srv/barong.sqlite' })
  for (const url of ['sqlite:/var/x.sqlite', 'sqlite:///var/x.sqlite'])
    assert.deepEqual(database(url), { kind: 'sqlite', file: '/var/x.sqlite' })
})
