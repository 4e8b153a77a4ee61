import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../../../test/support/factories.ts'
import { mailedToken } from '../../../test/support/notices.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { DAY, iso } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'
import { liftLock } from '../accounts/accounts.ts'
import { rotateMasterKey } from '../master-keys/master-keys.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const SAFARI = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1'
const BOT = 'trading-bot/2.1'
const HOME = '203.0.113.7'
const ABROAD = '198.51.100.9'
const PROXY = { BARONG_TRUSTED_PROXIES: '10.0.0.0/8', BARONG_COUNTRY_HEADER: 'CF-IPCountry' }

interface From {
  agent?: string
  address?: string
  headers?: Record<string, string>
}

/** Signs in from somewhere; returns the cookie that the device keeps. */
async function signIn(server: TestServer, { email }: Account, { agent = FIREFOX, address = HOME, headers }: From = {}) {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/v1/sessions',
    remoteAddress: '10.0.0.1',
    headers: { 'user-agent': agent, 'x-forwarded-for': address, ...headers },
    payload: { email, password: PASSWORD, application_id: (await anApplication(server)).uid },
  })
  assert.equal(answer.statusCode, 201, answer.body)
  return String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? ''
}

const SUBJECT = 'New sign-in to your account'

/** How many mails told the person of new devices so far. */
async function told(server: TestServer, { email }: Account): Promise<number> {
  await server.deliver()
  return server.mails.filter(({ to, subject }) => to === email && subject === SUBJECT).length
}

onEachDatabase('A sign-in from a device that is new', (newDatabase) => {
  // ASVS 6.3.5
  test('is told by mail: when, by what, from where, with a link that freezes the account', async () => {
    await using server = await testServer(await newDatabase(), PROXY)
    const person = await anAccount(server)
    await signIn(server, person)
    assert.equal(await told(server, person), 0, 'the first one of all is expected')
    await signIn(server, person, { agent: SAFARI, address: ABROAD, headers: { 'cf-ipcountry': 'BR' } })
    assert.equal(await told(server, person), 1)
    const mail = server.mails.findLast(({ subject }) => subject === SUBJECT)
    assert.match(
      mail?.text ?? '',
      /at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC .*: Safari, iPhone, 198\.51\.100\.9, Brazil\./,
    )
    const json = { notice_token: await mailedToken(server, person.email) }
    assert.equal((await server.call('POST', '/security/not_me', { json })).status, 201)
    const { db } = server.deps
    const { frozen_at } = await db.selectFrom('accounts').select('frozen_at').executeTakeFirstOrThrow()
    assert.notEqual(frozen_at, null)
  })

  // ASVS 6.3.5
  test('is told in the language that the person read before, whatever the intruder reads', async () => {
    await using server = await testServer(await newDatabase(), PROXY)
    const person = await anAccount(server, { language: 'de' })
    await signIn(server, person, { headers: { 'accept-language': 'de' } })
    await signIn(server, person, { agent: SAFARI, headers: { 'accept-language': 'en' } })
    await server.deliver()
    assert.equal(server.mails.at(-1)?.subject, 'Neue Anmeldung bei Ihrem Konto')
  })

  test('is no device that shows its cookie, however it calls itself and wherever it is', async () => {
    await using server = await testServer(await newDatabase(), PROXY)
    const person = await anAccount(server)
    const cookie = await signIn(server, person)
    await signIn(server, person, { agent: SAFARI, address: ABROAD, headers: { cookie } })
    assert.equal(await told(server, person), 0)
  })

  // ASVS 3.3.1, 3.3.2, 3.3.3, 3.3.4
  test('keeps a cookie that scripts and other sites do not have, and over TLS is for this host alone', async () => {
    await using plain = await testServer(await newDatabase())
    await using secure = await testServer(await newDatabase(), { BARONG_URL: 'https://id.example.com' })
    const given = async (server: TestServer, cookie = '') => {
      const { email } = await anAccount(server)
      const payload = { email, password: PASSWORD, application_id: (await anApplication(server)).uid }
      const headers = { host: new URL(server.deps.config.url).host, cookie }
      return server.app.inject({ method: 'POST', url: '/api/v1/sessions', headers, payload })
    }
    const terms = /; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Lax/.source
    const value = /barong_device=[\w-]{22}\.[0-9a-f]{64}/.source
    assert.match(String((await given(plain)).headers['set-cookie']), new RegExp(`^${value}${terms}$`))
    const cookie = String((await given(secure)).headers['set-cookie'])
    assert.match(cookie, new RegExp(`^__Host-${value}${terms}; Secure$`))
    const [own = ''] = cookie.split(';')
    assert.equal((await given(secure, own)).headers['set-cookie'], undefined)
    const planted = own.replace('__Host-', '')
    assert.notEqual((await given(secure, planted)).headers['set-cookie'], undefined, 'one that a sibling host set')
  })

  test('is no device that signed in while the master key was changed over: its cookie is signed anew', async () => {
    const url = await newDatabase()
    const [old, next] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'))
    const at = async (BARONG_MASTER_KEY: string, use: (server: TestServer) => Promise<string>) => {
      await using server = await testServer(url, { ...PROXY, BARONG_MASTER_KEY })
      return await use(server)
    }
    let person: Account
    const former = await at(`${old}`, async (server) => {
      person = await anAccount(server)
      return signIn(server, person)
    })
    const cookie = await at(`${next},${old}`, async (server) => {
      const get = (path: string, sent: string) => server.app.inject({ url: path, headers: { cookie: sent } })
      assert.equal(
        (await get('/oauth/discovery/keys', former)).headers['set-cookie'],
        undefined,
        'it may be kept for others',
      )
      const anew = await signIn(server, person, { headers: { cookie: former } })
      assert.equal((await get('/api/v1/website', anew)).headers['set-cookie'], undefined)
      await rotateMasterKey(server.deps, () => {})
      return anew
    })
    assert.equal(cookie.split('.')[0], former.split('.')[0])
    await at(`${next}`, async (server) => {
      await signIn(server, person, { agent: SAFARI, address: ABROAD, headers: { cookie } })
      assert.equal(await told(server, person), 0)
      return ''
    })
  })

  test('is no program without cookies that is known in its network, and one that is elsewhere or another', async () => {
    await using server = await testServer(await newDatabase(), PROXY)
    const person = await anAccount(server)
    for (const address of [HOME, '203.0.113.200']) await signIn(server, person, { agent: BOT, address })
    assert.equal(await told(server, person), 0)
    await signIn(server, person, { agent: BOT, address: ABROAD })
    await signIn(server, person, { agent: 'trading-bot/2.2' })
    assert.equal(await told(server, person), 2)
    for (const address of [HOME, ABROAD]) await signIn(server, person, { agent: BOT, address })
    assert.equal(await told(server, person), 2)
  })

  test('is told five times a day at most of a program that changes its network, and of another one all the same', async () => {
    await using server = await testServer(await newDatabase(), PROXY)
    const person = await anAccount(server)
    for (let number = 0; number < 10; number++)
      await signIn(server, person, { agent: BOT, address: `100.64.${number}.1` })
    const first = await told(server, person)
    assert.equal(first, 4, 'the expected one counts among the five')
    await signIn(server, person, { agent: SAFARI, address: ABROAD })
    assert.equal(await told(server, person), first + 1, 'whoever comes in between is told')
    server.clock.advance(DAY)
    await signIn(server, person, { agent: BOT, address: '100.64.99.1' })
    assert.equal(await told(server, person), first + 2)
  })

  test('is told twenty times a day at most, however it calls itself', async () => {
    await using server = await testServer(await newDatabase(), PROXY)
    const person = await anAccount(server)
    for (let number = 0; number < 24; number++) await signIn(server, person, { agent: `bot/${number}` })
    assert.equal(await told(server, person), 19, 'the expected one counts among the twenty')
  })

  test('is remembered as one of the fifty youngest that were seen once, and of those seen again', async () => {
    await using server = await testServer(await newDatabase(), PROXY)
    const person = await anAccount(server)
    const { db } = server.deps
    const cookie = await signIn(server, person)
    server.clock.advance(DAY)
    await signIn(server, person, { headers: { cookie } })
    const seen = (number: number) => iso(server.clock.now() - DAY - number)
    const rows = (['device', 'client'] as const).flatMap((kind) =>
      Array.from({ length: 300 }, (_, number) => ({
        account_id: person.id,
        kind,
        value: `stranger ${number}`,
        created_at: seen(number),
        last_seen_at: number < 60 ? seen(-1) : seen(number),
      })),
    )
    await db.insertInto('familiar_origins').values(rows).execute()
    await signIn(server, person, { agent: BOT, address: ABROAD })
    const left = await db.selectFrom('familiar_origins').select(['kind', 'value']).execute()
    for (const kind of ['device', 'client'])
      assert.ok(left.filter((origin) => origin.kind === kind).length <= 100, `${kind}s are few`)
    const values = left.filter(({ kind }) => kind === 'device').map(({ value }) => value)
    assert.ok(values.includes('stranger 100') && !values.includes('stranger 200'), 'the youngest are kept')
    const before = await told(server, person)
    await signIn(server, person, { agent: SAFARI, address: HOME, headers: { cookie } })
    assert.equal(await told(server, person), before, 'a device that came back is still known')
  })

  test('calls a program by no more than a word, for whoever signs in writes it', async () => {
    await using server = await testServer(await newDatabase(), PROXY)
    const person = await anAccount(server)
    await signIn(server, person)
    await signIn(server, person, { agent: 'visit.evil.example now' })
    await signIn(server, person, { agent: '' })
    await server.deliver()
    const texts = server.mails.filter(({ subject }) => subject === SUBJECT).map(({ text }) => text)
    assert.match(texts[0] ?? '', /: visit, 203\.0\.113\.7\./)
    assert.match(texts[1] ?? '', /: 203\.0\.113\.7\./)
    assert.doesNotMatch(texts.join(), /evil/)
  })

  test('is told after a freeze that an operator lifted, and holds of new countries follow', async () => {
    await using server = await testServer(await newDatabase(), {
      ...PROXY,
      BARONG_HOLDS: 'new_country=hold:withdraw/1d',
    })
    const person = await anAccount(server)
    const headers = { 'cf-ipcountry': 'DE' }
    await signIn(server, person, { headers })
    await signIn(server, person, { agent: SAFARI, address: ABROAD, headers: { 'cf-ipcountry': 'BR' } })
    const holds = async () => (await server.deps.db.selectFrom('labels').select('key').execute()).map(({ key }) => key)
    assert.equal((await holds()).filter((key) => key === 'hold').length, 1)
    await server.deliver()
    const mail = server.mails.findLast(({ subject }) => subject === SUBJECT)
    const json = { notice_token: /notice_token=([\w-]+)/.exec(mail?.text ?? '')?.[1] }
    assert.equal((await server.call('POST', '/security/not_me', { json })).status, 201)
    await liftLock(server.deps, person, { may_lock: false })
    await server.deps.db.deleteFrom('labels').where('key', '=', 'hold').execute()
    await signIn(server, person, { agent: SAFARI, address: ABROAD, headers: { 'cf-ipcountry': 'BR' } })
    assert.equal(await told(server, person), 2)
    assert.equal((await holds()).filter((key) => key === 'hold').length, 1)
  })

  test('is told to nobody with NEW_DEVICE_NOTICES=false', async () => {
    await using server = await testServer(await newDatabase(), { ...PROXY, NEW_DEVICE_NOTICES: 'false' })
    const person = await anAccount(server)
    await signIn(server, person)
    await signIn(server, person, { agent: SAFARI, address: ABROAD })
    assert.equal(await told(server, person), 0)
    assert.deepEqual(await server.deps.db.selectFrom('notice_links').selectAll().execute(), [])
  })
})
