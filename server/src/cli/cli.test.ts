import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BCRYPT } from '../../test/support/account-files.ts'
import { jwkOf } from '../../test/support/assertions.ts'
import { anEcKey } from '../../test/support/client-keys.ts'
import { aFolder, barong, launch, run } from '../../test/support/command-line.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { smtpInbox } from '../platform/mail/test/smtp-inbox.ts'

describe('The command line', () => {
  test('lists its commands, and tells how each is called', async () => {
    using folder = aFolder()
    const help = await barong(folder.path, 'help')
    assert.equal(help.code, 0)
    for (const name of ['start', 'migrate', 'seed', 'account', 'application', 'doctor'])
      assert.match(help.out, RegExp(name))
    const usage = await barong(folder.path, 'account create --help')
    assert.equal(usage.code, 0)
    assert.match(usage.out, /barong account create --email/)
  })

  test('loads nothing of the server until a command asks for it, as a supervisor of workers does not', async () => {
    using folder = aFolder()
    const hook = `import { registerHooks } from 'node:module'
      registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) })`
    const { out } = await barong(folder.path, '--version', {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}`,
    })
    const loaded = out.split('\n').filter((line) => line.startsWith('file:'))
    assert.ok(loaded.some((url) => url.endsWith('/src/main.ts')))
    assert.deepEqual(
      loaded.filter((url) => /\/node_modules\/|\/src\/features\//.test(url)),
      [],
    )
  })

  test('says what it does not understand, with status 2', async () => {
    using folder = aFolder()
    const unknown = await barong(folder.path, 'acount')
    assert.deepEqual([unknown.code, unknown.out], [2, ''])
    assert.match(unknown.problems, /There is no command acount. Did you mean account\?/)
    assert.equal((await barong(folder.path, 'toString')).code, 2)
    const option = await barong(folder.path, 'application --colour red')
    assert.equal(option.code, 2)
    assert.match(option.problems, /Unknown option '--colour'\.\n`barong application --help`/)
    assert.equal((await barong(folder.path, 'account show')).code, 2)
  })

  test('sends nothing again where it is told two things, and drops what was given up only for sure', async () => {
    using folder = aFolder()
    for (const words of [
      '--dead --delivery 7',
      '--dead --to rabbitmq --since 2030-01-01',
      '--delivery 7 --to rabbitmq',
      '--delivery 7 --since 2030-01-01',
    ]) {
      const { code, problems } = await barong(folder.path, `event replay ${words}`)
      assert.deepEqual([code, /^Say one thing/.test(problems)], [2, true], words)
    }
    assert.equal((await barong(folder.path, 'event drop')).code, 2)
    assert.equal(existsSync(folder.path), false)
  })

  test('lists, sends again and drops mails that were given up', async () => {
    using folder = aFolder()
    assert.equal((await barong(folder.path, 'seed')).code, 0)
    const database = new DatabaseSync(join(folder.path, 'barong.sqlite'))
    const now = '2030-01-01T00:00:00.000Z'
    database
      .prepare(
        `insert into outbox (message_id, channel, topic, payload_sealed, created_at, next_attempt_at, failed_at, last_error)
         values ('a-message', 'mail', 'approved', '', ?, ?, ?, 'No such mailbox')`,
      )
      .run(now, now, now)
    database.close()
    assert.match(
      (await barong(folder.path, 'event dead')).out,
      /^a-message {2}approved {2}mail {2}\S+ {2}No such mailbox$/m,
    )
    assert.equal((await barong(folder.path, 'event drop --yes')).out, '1 are dropped.\n')
    assert.equal((await barong(folder.path, 'event dead')).out, 'Nothing was given up.\n')
  })

  test('tells how each destination of events fares, and drops what was given up at one', async () => {
    using folder = aFolder()
    assert.equal((await barong(folder.path, 'seed')).code, 0)
    const database = new DatabaseSync(join(folder.path, 'barong.sqlite'))
    const now = '2030-01-01T00:00:00.000Z'
    for (const uid of ['idle', 'dead'])
      database
        .prepare(
          `insert into webhook_endpoints (uid, url, description, event_filter, secret_sealed, created_at, updated_at)
           values (?, ?, '', '["*"]', '', ?, ?)`,
        )
        .run(uid, `https://${uid}.example/`, now, now)
    const { lastInsertRowid: event } = database
      .prepare(
        `insert into events (message_id, name, payload_sealed, created_at, fanned_out_at)
         values ('an-event', 'system.account.confirmed', '', ?, ?)`,
      )
      .run(now, now)
    database
      .prepare(
        `insert into deliveries (event_id, destination, endpoint_id, stream, created_at, next_attempt_at, failed_at, last_error)
         select ?, 'webhook:' || id, id, 0, ?, ?, ?, 'No answer' from webhook_endpoints where uid = 'dead'`,
      )
      .run(event, now, now, now)
    database.close()
    const { out } = await barong(folder.path, 'event status')
    assert.match(out, /^idle {2}https:\/\/idle\.example\/ {2}0 waiting, the oldest for 0 s; 0 given up$/m)
    assert.match(out, /^dead {2}https:\/\/dead\.example\/ {2}0 waiting, the oldest for 0 s; 1 given up$/m)
    assert.equal((await barong(folder.path, 'event drop --to idle --yes')).out, '0 are dropped.\n')
    assert.equal((await barong(folder.path, 'event drop --events')).code, 2)
    assert.equal((await barong(folder.path, 'event drop --to dead --yes')).out, '1 are dropped.\n')
    assert.equal((await barong(folder.path, 'event dead')).out, 'Nothing was given up.\n')
  })

  test('says one sentence for each wrong setting, with status 1 and without a stack', async () => {
    using folder = aFolder()
    const { code, problems } = await barong(folder.path, 'seed', { PORT: 'x', LOG_LEVEL: 'loud' })
    assert.equal(code, 1)
    assert.match(problems, /^PORT must be a whole number/m)
    assert.match(problems, /^LOG_LEVEL must be one of/m)
    assert.doesNotMatch(problems, /\n {4}at /)
  })
})

describe('barong seed', () => {
  test('prints what it made as JSON, and nothing the second time', async () => {
    using folder = aFolder()
    const first = await barong(folder.path, 'seed', { ADMIN_PASSWORD: 'a lamp in the harbour', LOG_LEVEL: 'info' })
    assert.equal(first.code, 0)
    const { accounts, applications } = JSON.parse(first.out)
    assert.deepEqual(accounts, [{ email: 'admin@barong.io', password: 'a lamp in the harbour', level: 1 }])
    assert.deepEqual(Object.keys(applications[0]), ['name', 'redirect_uri', 'uid', 'secret'])
    assert.match(first.problems, /An account was seeded/)
    assert.doesNotMatch(first.problems, /lamp/)
    assert.deepEqual(JSON.parse((await barong(folder.path, 'seed')).out), { accounts: [], applications: [] })
  })

  test('by several processes at once makes each thing once', async () => {
    using folder = aFolder()
    assert.equal((await barong(folder.path, 'migrate')).code, 0)
    const all = await Promise.all([1, 2, 3].map(() => barong(folder.path, 'seed')))
    assert.deepEqual(
      all.map(({ code }) => code),
      [0, 0, 0],
      all.map(({ problems }) => problems).join(),
    )
    const made = all.flatMap(({ out }) => JSON.parse(out).applications.map(({ name }: { name: string }) => name))
    assert.deepEqual(made.sort(), ['Barong', 'Peatio'])
  })

  test('names the line of a mistake in the file, and a file that is not there', async () => {
    using folder = aFolder()
    const file = join(folder.path, '../seeds.yml')
    writeFileSync(file, 'accounts:\n  - account: { level: high }\n')
    const wrong = await barong(folder.path, 'seed', { SEEDS_FILE: file })
    assert.equal(wrong.code, 1)
    assert.match(wrong.problems, /seeds\.yml, line 2: accounts\[0\]\.account\.level must be a whole number\.\n$/)
    const missing = await barong(folder.path, 'seed', { SEEDS_FILE: '/nowhere/seeds.yml' })
    assert.match(missing.problems, /^SEEDS_FILE cannot be read: /)
  })
})

describe('barong account', () => {
  test('makes, shows, changes and closes an account', async () => {
    using folder = aFolder()
    const created = await barong(
      folder.path,
      'account create --email Ann@Example.com --role compliance --password-stdin',
      {
        input: 'seven lanterns uphill\n',
      },
    )
    assert.equal(created.code, 0, created.problems)
    assert.doesNotMatch(created.out, /lanterns/)
    const [uid = ''] = /ID[0-9A-F]{10}/.exec(created.out) ?? []
    assert.match((await barong(folder.path, 'account role ann@example.com admin')).out, /Role +admin/)
    assert.match((await barong(folder.path, `account show ${uid}`)).out, /E-mail +ann@example\.com/)
    assert.match((await barong(folder.path, `account set-password ${uid}`)).out, /Password +[\w-]{20}/)
    assert.match((await barong(folder.path, `account discard ${uid}`)).out, /^Discarded:\n[\s\S]*Discarded +2/)
    assert.doesNotMatch((await barong(folder.path, `account restore ${uid}`)).out, /Discarded/)
    assert.match((await barong(folder.path, `account unlock ${uid}`)).out, /^It was neither locked nor frozen:\n/)
    assert.match((await barong(folder.path, `account sign-out ${uid}`)).out, /^Signed out everywhere/)
    assert.equal((await barong(folder.path, 'account sign-out --everybody')).code, 2)
    assert.match((await barong(folder.path, 'account sign-out --everybody --yes')).out, /Accounts signed out: 0/)
  })

  test('refuses what is not there, is taken or is wrong in one sentence', async () => {
    using folder = aFolder()
    const problems = async (args: string, input = '') => {
      const { code, problems } = await barong(folder.path, `account ${args}`, { input })
      return [code, problems.trim()]
    }
    assert.deepEqual(await problems('show nobody@example.com'), [1, 'There is no account of this e-mail or uid.'])
    assert.deepEqual(await problems('create --email nobody'), [1, 'Email is invalid.'])
    assert.deepEqual(await problems('create --email a@example.com --role king'), [
      1,
      'Role must be one of member, support, compliance, admin.',
    ])
    assert.deepEqual(await problems('create --email a@example.com --password-stdin', 'password'), [
      1,
      'Password is too common.',
    ])
    assert.equal((await barong(folder.path, 'account create --email a@example.com')).code, 0)
    assert.deepEqual(await problems('create --email A@example.com'), [1, 'Email has already been taken.'])
  })
})

describe('barong application', () => {
  test('adds an application, shows its secret once, and lists it', async () => {
    using folder = aFolder()
    const made = await barong(folder.path, 'application create --name Shop --redirect-uri https://shop.example/cb')
    assert.match(made.out, /Secret +[0-9a-f]{64}/)
    const listed = await barong(folder.path, 'application list')
    const line =
      /^[0-9a-f]{64} {2}Shop {2}redirects: https:\/\/shop\.example\/cb {2}scopes: any {2}resources: the user API {2}grants: authorization_code refresh_token\n$/
    assert.match(listed.out, line)
    const wrong = await barong(folder.path, 'application create --name Other --redirect-uri nowhere')
    assert.deepEqual([wrong.code, wrong.problems], [1, 'Redirect URI must be a valid URI.\n'])
  })

  test('refuses scopes and grants that there are not, and gives those that are asked for', async () => {
    using folder = aFolder()
    const create = (more: string[]) => run(folder.path, ['application', 'create', '--name', 'Bot', ...more])
    const scope = await create(['--redirect-uri', 'https://bot.example/cb', '--scopes', 'openid bogus'])
    assert.deepEqual([scope.code, scope.problems.split(';')[0]], [2, 'There is no scope bogus'])
    const grant = await create(['--grant', 'password'])
    assert.match(
      grant.problems,
      /^There is no grant password; there are authorization_code, refresh_token, client_credentials, device_code\./,
    )
    const made = await create(['--grant', 'client_credentials', '--grant', 'device_code', '--scopes', 'openid kyc'])
    assert.equal(made.code, 0, made.problems)
    assert.match(made.out, /Redirect URIs +none\n +Scopes +openid kyc\n/)
    assert.match(made.out, /Grants +client_credentials urn:ietf:params:oauth:grant-type:device_code\n/)
  })

  test('adds an application with keys, which has no secret', async () => {
    using folder = aFolder()
    const file = join(folder.path, '../keys.json')
    writeFileSync(file, JSON.stringify({ keys: [jwkOf(anEcKey())] }))
    const create = 'application create --name Bot --redirect-uri https://bot.example/cb'
    const made = await barong(folder.path, `${create} --jwks ${file}`)
    assert.equal(made.code, 0, made.problems)
    assert.match(made.out, /Id +[0-9a-f]{64}/)
    assert.doesNotMatch(made.out, /secret/i)
    const wrong = await barong(folder.path, `${create} --jwks ${folder.path}/nothing.json`)
    assert.deepEqual([wrong.code, /is no file with a JWK Set/.test(wrong.problems)], [2, true])
    const inside = await barong(folder.path, `${create} --jwks-uri https://127.0.0.1/keys`)
    assert.match(inside.problems, /jwks_uri is at 127\.0\.0\.1, which is not a public address/)
  })

  test('says what the tokens of an application may be for, that they are bound, and changes that', async () => {
    using folder = aFolder()
    const create = 'application create --name Bot --redirect-uri https://bot.example/cb --scopes openid'
    const made = await barong(folder.path, `${create} --resource https://wallet.example/ --tokens bound`)
    assert.equal(made.code, 0, made.problems)
    assert.match(made.out, /Resources +https:\/\/wallet\.example\/\n.*\n? +Tokens +bound to its key\n/)
    const [id = ''] = /[0-9a-f]{64}/.exec(made.out) ?? []
    const changed = await barong(folder.path, `application change ${id} --resource none --tokens any`)
    assert.match(changed.out, /Scopes +openid\n +Resources +the user API\n/)
    assert.doesNotMatch(changed.out, /bound/)
    const wrong = await barong(folder.path, `application change ${id} --resource wallet`)
    assert.match(wrong.problems, /Resource wallet must be an absolute URI\./)
    assert.equal((await barong(folder.path, `application change ${id}`)).code, 2)
    assert.equal((await barong(folder.path, 'application change')).code, 2)
    assert.match((await barong(folder.path, 'application change x --name y')).problems, /Record is not found/)
  })

  test('adds an application that could not keep a secret, and has none', async () => {
    using folder = aFolder()
    const create = 'application create --public --name Page --redirect-uri https://page.example/cb'
    const made = await barong(folder.path, create)
    assert.equal(made.code, 0, made.problems)
    assert.match(made.out, /^The application was added\. It has no secret:/)
    assert.doesNotMatch(made.out, /[0-9a-f]{64}.*[0-9a-f]{64}/s)
    const wrong = await barong(folder.path, `${create} --grant client_credentials --grant authorization_code`)
    assert.match(wrong.problems, /A public application has no credentials of its own/)
  })
})

describe('barong import', () => {
  test('leaves its report beside the file, tells the path, and ends with 1 when something was left out', async () => {
    using folder = aFolder()
    await barong(folder.path, 'seed')
    const file = join(folder.path, 'people.ndjson')
    const report = `${file}.report.ndjson`
    writeFileSync(file, `${JSON.stringify({ email: 'ann@example.com', password_hash: BCRYPT })}\n`)
    const first = await barong(folder.path, `import accounts ${file}`)
    assert.deepEqual([first.code, first.problems], [0, ''])
    assert.match(first.out, /^accounts: 1 read, 1 imported, 0 there already, 0 left out$/m)
    assert.ok(first.out.includes(` stands in ${report}.`))
    assert.equal(statSync(report).mode & 0o777, 0o600)
    writeFileSync(file, 'no JSON\n', { flag: 'a' })
    const second = await barong(folder.path, `import accounts ${file}`)
    assert.equal(second.code, 1)
    assert.match(second.out, /^accounts: 2 read, 0 imported, 1 there already, 1 left out$/m)
  })
})

describe('barong webhook', () => {
  test('removes an endpoint only when it is told to, and tells what goes with it', async () => {
    using folder = aFolder()
    const local = await barong(folder.path, 'webhook add http://localhost:4000/hook')
    assert.match(
      local.problems,
      /^URL is at \S+, which is not a public address \(WEBHOOK_ALLOWED_NETWORKS can allow it\)\.\n$/,
    )
    const added = await barong(folder.path, 'webhook add https://example.com/hook')
    const [uid = ''] = added.out.split(' ')
    const asked = await barong(folder.path, `webhook remove ${uid}`)
    assert.deepEqual([asked.code, /drops 0 deliveries that were not sent; say --yes/.test(asked.problems)], [2, true])
    assert.match((await barong(folder.path, 'webhook list')).out, RegExp(uid))
    const removed = await barong(folder.path, `webhook remove ${uid} --yes`)
    assert.deepEqual([removed.code, removed.problems], [0, ''])
    assert.equal((await barong(folder.path, 'webhook list')).out, '')
  })
})

describe('barong event', () => {
  test('says so where there is nothing to tell and nothing to send again', async () => {
    using folder = aFolder()
    const replayed = await barong(folder.path, 'event replay --dead')
    assert.match(replayed.out, /^Nothing is sent again: nothing of it was given up/)
  })
})

describe('barong key', () => {
  test('tells of each key whether it signs, will sign or only verifies', async () => {
    using folder = aFolder()
    assert.match((await barong(folder.path, 'key rotate')).out, /RS256 {2}will sign from 2\d{3}-/)
    assert.doesNotMatch((await barong(folder.path, 'key list')).out, / $/m)
  })

  test('revokes a key when it is told to', async () => {
    using folder = aFolder()
    const [kid = ''] = (await barong(folder.path, 'key list')).out.split(' ')
    const asked = await barong(folder.path, `key revoke ${kid}`)
    assert.deepEqual([asked.code, /say --yes/.test(asked.problems)], [2, true])
    const revoked = await barong(folder.path, `key revoke ${kid} --yes`)
    assert.deepEqual([revoked.code, revoked.problems], [0, ''])
    const left = (await barong(folder.path, 'key list')).out
    assert.ok(!left.includes(kid))
    assert.equal(left.match(/RS256 {2}signs/g)?.length, 1)
    assert.equal(
      (await barong(folder.path, `key revoke ${kid} --yes`)).problems,
      'There is no such key in the database.\n',
    )
    const withDash = await barong(folder.path, `key revoke -${'x'.repeat(42)} --yes`)
    assert.equal(withDash.problems, 'There is no such key in the database.\n')
    assert.equal((await barong(folder.path, 'key revoke')).code, 2)
  })
})

describe('barong doctor', () => {
  test('finds nothing wrong with a fresh folder, and makes nothing in it', async () => {
    using folder = aFolder()
    const { code, out } = await barong(folder.path, 'doctor')
    assert.equal(code, 0, out)
    assert.throws(() => statSync(folder.path))
  })

  test('finds a house in order', async () => {
    using folder = aFolder()
    await barong(folder.path, 'seed')
    const { code, out } = await barong(folder.path, 'doctor')
    assert.equal(code, 0, out)
    assert.match(out, /^ok +master key +it opens what is sealed$/m)
    assert.match(out, /^ok +database .*up to date$/m)
    assert.match(out, /^ok +tokens +ACCESS_TOKEN_IN_QUERY lets tokens be sent in addresses, which proxies log; /m)
    const closed = await barong(folder.path, 'doctor', { ACCESS_TOKEN_IN_QUERY: 'false' })
    assert.match(closed.out, /^ok +tokens +taken from headers alone$/m)
  })

  test('finds another master key, an open folder, and a mail server and an antivirus that are away', async () => {
    using folder = aFolder()
    await barong(folder.path, 'seed')
    chmodSync(folder.path, 0o755)
    const closed = createServer().listen(0)
    await once(closed, 'listening')
    const address = closed.address()
    closed.close()
    const { code, out } = await barong(folder.path, 'doctor', {
      BARONG_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
      SMTP_ADDRESS: '127.0.0.1',
      BARONG_ANTIVIRUS: 'clamav:///nowhere/clamd.ctl',
      SMTP_PORT: String(typeof address === 'object' ? address?.port : 1),
    })
    assert.equal(code, 1)
    assert.match(out, /^PROBLEM +master key +it does not open \d+ secrets/m)
    assert.match(out, /^PROBLEM +data directory .*chmod go=/m)
    assert.match(out, /^PROBLEM +antivirus +clamav:\/\/\/nowhere\/clamd\.ctl does not answer \(.*ENOENT.*\)/m)
    assert.match(out, /^PROBLEM +mail +127\.0\.0\.1:\d+ takes no mails \(SMTP: .*ECONNREFUSED/m)
  })

  test('comes as far as a mail, an SMS, an event and a trace would: certificates and passwords are looked at', async () => {
    using folder = aFolder()
    await using inbox = await smtpInbox()
    await using secure = await smtpInbox({ secure: true })
    const told = async (environment: Record<string, string>) => (await barong(folder.path, 'doctor', environment)).out
    const smtp = { SMTP_ADDRESS: '127.0.0.1', SMTP_PORT: String(inbox.port) }
    assert.match(await told(smtp), /^PROBLEM +mail +127\.0\.0\.1:\d+ takes no mails \(SMTP: .*certificate/m)
    const unverified = { ...smtp, SMTP_TLS_VERIFY: 'false', SMTP_USER: 'barong' }
    assert.match(await told({ ...unverified, SMTP_PASSWORD: 'open sesame' }), /^ok +mail +127\.0\.0\.1:\d+ lets/m)
    const out = await told({
      ...unverified,
      SMTP_PASSWORD: 'wrong',
      SMS_HOOK_URL: `https://127.0.0.1:${secure.port}/send`,
      SMS_HOOK_SECRET: 'a secret of the hook',
      EVENT_API_RABBITMQ_URL: 'amqp://barong:secret@127.0.0.1:1',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    })
    assert.match(out, /^PROBLEM +mail .*Wrong password/m)
    assert.match(out, /^PROBLEM +SMS +127\.0\.0\.1:\d+ does not answer \(.*certificate/m)
    assert.match(out, /^PROBLEM +events +RabbitMQ at 127\.0\.0\.1:1 is not to be had \(.*ECONNREFUSED/m)
    assert.match(out, /^PROBLEM +traces +http:\/\/127\.0\.0\.1:1 does not answer/m)
    assert.doesNotMatch(out, /sesame|secret of|barong:secret/)
  })

  test('counts the connections that PostgreSQL allows against those of the nodes', async () => {
    using folder = aFolder()
    await using postgres = await startPostgres()
    const DATABASE_URL = await postgres.createDatabase()
    await barong(folder.path, 'seed', { DATABASE_URL })
    const few = await barong(folder.path, 'doctor --nodes 3', { DATABASE_URL, DATABASE_POOL: '20' })
    assert.equal(few.code, 0, few.out)
    assert.match(few.out, /^ok +connections +PostgreSQL allows \d+: room for \d+ nodes of 20$/m)
    const many = await barong(folder.path, 'doctor --nodes 30', { DATABASE_URL, DATABASE_POOL: '20' })
    assert.equal(many.code, 1)
    assert.match(many.out, /^PROBLEM +connections .* 30 nodes of 20, .* need 620; lower DATABASE_POOL/m)
    assert.equal((await barong(folder.path, 'doctor --nodes none', { DATABASE_URL })).code, 2)
  })

  test('finds nothing wrong with an empty PostgreSQL', async () => {
    using folder = aFolder()
    await using postgres = await startPostgres()
    const DATABASE_URL = await postgres.createDatabase()
    for (const key of [{}, { BARONG_MASTER_KEY: randomBytes(32).toString('hex') }]) {
      const { out } = await barong(folder.path, 'doctor', { DATABASE_URL, ...key })
      assert.deepEqual(
        out.match(/^PROBLEM .*/gm)?.map((line) => line.split(/ +/)[1]),
        ['database'],
      )
      assert.match(out, /run `barong migrate`, or just start/)
    }
  })

  test('finds wrong settings and a database that is away', async () => {
    using folder = aFolder()
    const settings = await barong(folder.path, 'doctor', { BARONG_ENV: 'production' })
    assert.equal(settings.code, 1)
    assert.match(settings.out, /PROBLEM +configuration +Production needs BARONG_URL/)
    const away = await barong(folder.path, 'doctor', { DATABASE_URL: 'postgres://localhost:1/none' })
    assert.equal(away.code, 1)
    assert.match(away.out, /PROBLEM +database +the database does not answer .* check DATABASE_URL/)
  })
})

describe('What an operator hands in', () => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const of = (key: KeyObject) =>
    Buffer.from(key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }))
  const open = of(pem.publicKey).toString('base64url')
  const secret = of(pem.privateKey).toString('base64url')
  const weak = of(generateKeyPairSync('ed25519').privateKey).toString('base64url')
  const policy = (value: string, mandatory_signers: string[]) =>
    JSON.stringify({
      keychain: { exchange: { algorithm: 'RS256', value } },
      scopes: { read_accounts: { permitted_signers: ['exchange'], mandatory_signers } },
    })
  const wrong: [title: string, environment: Record<string, string>][] = [
    ['a private key among those of the management API', { MANAGEMENT_API_CONFIG_YAML: policy(secret, ['exchange']) }],
    ['a scope of the management API without mandatory signers', { MANAGEMENT_API_CONFIG_YAML: policy(open, []) }],
    ['a file of the management API that is not there', { MANAGEMENT_API_CONFIG: '/nowhere/management.yml' }],
    ['a public key to sign with', { JWT_SHARED_SECRET_KEY: open }],
    ['a key to sign with that is not RSA', { JWT_SHARED_SECRET_KEY: weak }],
    ['a private key as the public one', { JWT_PUBLIC_KEY: secret }],
    ['a public key that is none', { JWT_PUBLIC_KEY: 'bm9uZQ' }],
    [
      'a key for events that is none',
      { EVENT_API_RABBITMQ_URL: 'amqp://127.0.0.1:1', EVENT_API_JWT_PRIVATE_KEY: open },
    ],
    ['seeds that are not there', { SEEDS_FILE: '/nowhere/seeds.yml' }],
  ]
  for (const [title, environment] of wrong) {
    test(`stops a start, and is told in the same words by the doctor: ${title}`, async () => {
      using folder = aFolder()
      const started = await barong(folder.path, 'start', { PORT: '0', ...environment })
      assert.equal(started.code, 1)
      assert.doesNotMatch(started.problems, /\n {4}at /)
      const { code, out } = await barong(folder.path, 'doctor', environment)
      assert.equal(code, 1)
      // A broker that is away stops no start.
      const told = out.match(/^PROBLEM (?! *events ).*$/gm)?.map((line) => line.replace(/^PROBLEM {2}.*? {2,}/, ''))
      assert.deepEqual(told, started.problems.trim().split('\n'))
    })
  }

  test('takes the public key that relying parties have', async () => {
    using folder = aFolder()
    const { code, out } = await barong(folder.path, 'doctor', { JWT_PUBLIC_KEY: open, JWT_SHARED_SECRET_KEY: secret })
    assert.equal(code, 0, out)
  })
})

describe('barong start', () => {
  test('announces where it is and the new administrator, serves, and stops on SIGTERM', async () => {
    using folder = aFolder()
    const start = async () => {
      const child = launch(folder.path, ['start'], { PORT: '0' })
      let out = ''
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        out += chunk
      })
      while (!/Application +\S+/.test(out)) await once(child.stdout, 'data')
      const [, url = ''] = /ready at (\S+)/.exec(out) ?? []
      const ready = await fetch(`${url}/health/ready`)
      assert.deepEqual([ready.status, await ready.json()], [200, { status: 'ok' }])
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      return { code, out }
    }
    const first = await start()
    assert.equal(first.code, 0)
    assert.match(first.out, /Mailbox +http:\/\/localhost:\d+\/mailbox/)
    assert.match(first.out, /Application +[0-9a-f]{64} \(Barong\)/)
    assert.match(first.out, /E-mail +admin@barong\.io\n +Password +[\w-]{20}\n/)
    assert.equal(statSync(join(folder.path, 'master.key')).mode & 0o777, 0o600)
    const second = await start()
    assert.doesNotMatch(second.out, /Password/)
    assert.equal(readFileSync(join(folder.path, 'master.key'), 'utf8').length > 40, true)
  })

  for (const BARONG_WORKERS of ['0', '2']) {
    test(`stops on SIGTERM also before it serves, with BARONG_WORKERS=${BARONG_WORKERS}`, async () => {
      using folder = aFolder()
      const child = launch(folder.path, ['start'], { PORT: '0', BARONG_WORKERS, LOG_LEVEL: 'fatal' })
      while (!existsSync(join(folder.path, 'master.key'))) await sleep(5)
      child.kill('SIGTERM')
      const [out, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')])
      assert.doesNotMatch(out, /ready at/)
      // Not by the signal itself, which does nothing to the first process of a container.
      assert.deepEqual([code, signal], [0, null])
    })
  }

  test('tells that its port is in use, and the password that no later start can tell', async () => {
    using folder = aFolder()
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const PORT = String(typeof address === 'object' ? address?.port : '')
    const { code, out, problems } = await barong(folder.path, 'start', { PORT })
    taken.close()
    assert.equal(code, 1)
    assert.match(out, /^ +E-mail +admin@barong\.io\n +Password +\S{12,}$/m)
    assert.match(problems, new RegExp(`Port ${PORT} is in use already`))
  })
})
