import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../test/support/factories.ts'
import { mailedToken } from '../../test/support/mails.ts'
import { aPng, multipart } from '../../test/support/multipart.ts'
import { aClient } from '../../test/support/oauth.ts'
import { type TestServer, testServer } from '../../test/support/server.ts'
import { tableDigest } from '../../test/support/table-digest.ts'
import { HOUR, iso, SECOND } from '../lib/clock.ts'
import { limitedEngineRoutes, limitedRoutes } from './limited-routes.ts'

const TOO_MANY = { error: 'Too many requests, please try again later' }
const KEY = Buffer.alloc(32, 7).toString('base64')

interface Call {
  from?: string
  headers?: Record<string, string>
  json?: object
  method?: 'GET' | 'POST'
}

/** Calls as from another machine. */
const call = async (server: TestServer, url: string, { from, headers = {}, json, method }: Call = {}) => {
  const answer = await server.app.inject({
    method: method ?? (json === undefined ? 'GET' : 'POST'),
    url,
    headers: { ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(json === undefined ? {} : { payload: JSON.stringify(json) }),
    ...(from === undefined ? {} : { remoteAddress: from }),
  })
  return { status: answer.statusCode, retry_after: answer.headers['retry-after'], answer }
}
const statuses = async (times: number, once: (index: number) => Promise<{ status: number }>) => {
  const found: number[] = []
  for (let index = 0; index < times; index++) found.push((await once(index)).status)
  return found
}

onEachDatabase('Limits', (newDatabase) => {
  const aServer = async (environment: Record<string, string>) => testServer(await newDatabase(), environment)
  const ME = '/api/v1/accounts/me'

  test('refuse an address that asks too often, in the form of each surface, and say when it may ask again', async () => {
    await using server = await aServer({ BARONG_LIMIT_REQUESTS: '2/1m' })
    assert.deepEqual(await statuses(3, () => call(server, ME)), [401, 401, 429])
    const refused = await call(server, ME)
    assert.deepEqual([refused.answer.json(), refused.retry_after], [TOO_MANY, '30'])
    assert.equal(refused.answer.headers['access-control-allow-origin'], '*')
    for (const url of ['/management_api/v1/timestamp', '/api/v1/admin/applications', '/', '/documents/x'])
      assert.equal((await call(server, url)).status, 429, url)
    const page = await call(server, '/', { headers: { accept: 'text/html' } })
    assert.match(page.answer.body, /<html.*Too many requests/s)
    const engine = await call(server, '/oauth/userinfo')
    assert.deepEqual(
      [engine.status, engine.retry_after, engine.answer.json()],
      [429, '30', { error: 'temporarily_unavailable', error_description: TOO_MANY.error }],
    )
    assert.equal((await call(server, '/health/live')).status, 200)
    assert.equal((await call(server, ME, { from: '192.0.2.1' })).status, 401)
    server.clock.advance(30 * SECOND - 1)
    assert.equal((await call(server, ME)).status, 429)
    server.clock.advance(1)
    assert.deepEqual(await statuses(2, () => call(server, ME)), [401, 429])
  })

  test('let a /48 of IPv6 do no more than sixteen addresses where it costs most', async () => {
    const once = { SIGN_IN: '1/1h', SIGN_UP: '1/1h', MAIL: '1/1h', SMS: '1/1h' }
    const environment = Object.entries(once).map(([family, rate]) => [`BARONG_LIMIT_${family}`, rate])
    await using server = await aServer(Object.fromEntries(environment))
    const headers = { authorization: `Bearer ${await aToken(server, await anAccount(server))}` }
    const doors: [path: string, json: object][] = [
      ['/sessions/passkey/options', {}],
      ['/accounts', { email: 'no e-mail', password: 'short' }],
      ['/security/reset_password', { email: 'nobody@example.com' }],
      ['/phones', { phone_number: '1' }],
    ]
    for (const [path, json] of doors) {
      const knock = (from: string) => call(server, `/api/v1${path}`, { from, json, headers })
      const found = await statuses(18, (index) => knock(`2001:db8:7:${index}::1`))
      assert.deepEqual([found.slice(0, 16).includes(429), found.slice(16)], [false, [429, 429]], path)
      assert.notEqual((await knock('2001:db8:8::1')).status, 429)
      assert.notEqual((await knock('192.0.2.1')).status, 429)
    }
  })

  test('take the /64 of IPv6 for one address', async () => {
    await using server = await aServer({ BARONG_LIMIT_REQUESTS: '2/1m' })
    const from = (address: string) => call(server, ME, { from: address })
    assert.deepEqual(await statuses(3, (index) => from(`2001:db8:0:1:${index}::1`)), [401, 401, 429])
    assert.equal((await from('2001:db8:0:2::1')).status, 401)
    assert.deepEqual(
      await statuses(3, (index) => from(['192.0.2.1', '::ffff:192.0.2.1'][index % 2] ?? '')),
      [401, 401, 429],
    )
  })

  // ASVS 4.1.3, 15.3.4
  test('believe X-Forwarded-For from trusted proxies alone', async () => {
    const claiming = (server: TestServer, address: string, from: string) =>
      call(server, ME, { from, headers: { 'x-forwarded-for': address } })
    await using open = await aServer({ BARONG_LIMIT_REQUESTS: '2/1m' })
    assert.deepEqual(await statuses(3, (index) => claiming(open, `198.51.100.${index}`, '192.0.2.1')), [401, 401, 429])
    await using behind = await aServer({ BARONG_LIMIT_REQUESTS: '2/1m', BARONG_TRUSTED_PROXIES: '10.0.0.0/8' })
    assert.deepEqual(await statuses(3, (index) => claiming(behind, `198.51.100.${index}`, '10.0.0.1')), [401, 401, 401])
    // What stands left of the address the proxy saw is the client's own invention.
    const spoofed = (index: number) => claiming(behind, `203.0.113.${index}, 198.51.100.9`, '10.0.0.1')
    assert.deepEqual(await statuses(3, spoofed), [401, 401, 429])
    assert.deepEqual(
      await statuses(3, (index) => claiming(behind, `198.51.100.${index}`, '192.0.2.9')),
      [401, 401, 429],
    )
  })

  test('leave out addresses that are exempt, and are off when told so', async () => {
    await using server = await aServer({ BARONG_LIMIT_REQUESTS: '1/1h', BARONG_LIMIT_EXEMPT: '10.1.0.0/16, fd00::/8' })
    for (const from of ['10.1.2.3', 'fd00::1', '::ffff:10.1.2.3'])
      assert.deepEqual(await statuses(3, () => call(server, ME, { from })), [401, 401, 401], from)
    assert.deepEqual(await statuses(2, () => call(server, ME, { from: '10.2.0.1' })), [401, 429])
    await using off = await aServer({
      BARONG_LIMIT_REQUESTS: 'off',
      BARONG_LIMIT_SIGN_IN: '0',
      BARONG_LIMIT_STRANGER_RECORDS: 'off',
    })
    const json = { email: 'nobody@example.com', password: 'wrong', application_id: 'x' }
    assert.deepEqual(await statuses(2, () => call(off, '/api/v1/sessions', { json })), [401, 401])
    assert.deepEqual(await off.deps.db.selectFrom('limit_counters').selectAll().execute(), [])
  })

  test('refuse an account that asks too often, wherever it asks from', async () => {
    await using server = await aServer({ BARONG_LIMIT_ACCOUNT_REQUESTS: '2/1m' })
    const person = await anAccount(server)
    const tokens = [await aToken(server, person), await aToken(server, person)]
    const ask = (index: number) =>
      call(server, ME, { from: `192.0.2.${index}`, headers: { authorization: `Bearer ${tokens[index % 2]}` } })
    assert.deepEqual(await statuses(3, ask), [200, 200, 429])
    const other = await aToken(server, await anAccount(server))
    assert.equal((await server.call('GET', '/accounts/me', { token: other })).status, 200)
  })

  test('hold for two processes together', async () => {
    const database = await newDatabase()
    const environment = { BARONG_LIMIT_SIGN_UP: '5/1h', BARONG_MASTER_KEY: KEY }
    await using one = await testServer(database, environment)
    await using other = await testServer(database, environment)
    const json = { email: 'no e-mail', password: 'short' }
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => call(index % 2 === 0 ? one : other, '/api/v1/accounts', { json })),
    )
    const admitted = answers.filter(({ status }) => status === 422)
    assert.equal(admitted.length, 5)
    const refused = answers.filter(({ status }) => status === 429)
    assert.equal(refused.length, 25)
    // The two clocks differ a little.
    for (const { retry_after } of refused) assert.ok(Math.abs(Number(retry_after) - 3600) < 60, String(retry_after))
  })

  // ASVS 2.4.1, 6.3.1
  test('count what costs something, before it is done', async () => {
    const families = { SIGN_IN: '1/1h', SIGN_UP: '1/1h', MAIL: '2/1h', SMS: '1/1h' }
    const environment = Object.entries(families).map(([family, rate]) => [`BARONG_LIMIT_${family}`, rate])
    await using server = await aServer(Object.fromEntries(environment))
    const person = await anAccount(server)
    const headers = { authorization: `Bearer ${await aToken(server, person)}` }
    const { email } = person
    const cases: [path: string, json: object, statuses: number[]][] = [
      ['/sessions', { email, password: 'wrong', application_id: (await anApplication(server)).uid }, [401, 429, 429]],
      ['/accounts', { email, password: PASSWORD }, [422, 429, 429]],
      ['/security/reset_password', { email }, [201, 201, 429]],
      ['/accounts/send_unlock_instructions', { email }, [429, 429, 429]],
      ['/phones', { phone_number: '+4915112345678' }, [201, 429, 429]],
      ['/phones/send_code', { phone_number: '+4915112345678' }, [429, 429, 429]],
    ]
    for (const [path, json, expected] of cases) {
      const once = () => call(server, `/api/v1${path}`, { json, headers })
      assert.deepEqual(await statuses(3, once), expected, path)
      assert.deepEqual((await once()).answer.json(), TOO_MANY)
      assert.equal((await once()).retry_after, '3600')
    }
    assert.deepEqual(await statuses(2, () => call(server, '/api/v1/sessions', { json: {} })), [400, 400])
    await server.deliver()
    assert.equal(server.sms.length, 1)
  })

  // ASVS 2.4.1
  test('hold for the documents of an account, before any is looked at, and for those without a token not', async () => {
    await using server = await aServer({ BARONG_LIMIT_UPLOADS: '2/1h' })
    const [person, other] = [await anAccount(server), await anAccount(server)]
    const send = async (token?: string) => {
      const form = multipart([
        ['doc_expire', '2099-12-31'],
        ['doc_type', 'Library card'],
        ['doc_number', 'A1'],
        ['upload', { filename: 'a.png', content: aPng() }],
      ])
      return server.call('POST', '/documents', { ...(token === undefined ? {} : { token }), ...form })
    }
    const token = await aToken(server, person)
    assert.deepEqual(await statuses(3, () => send(token)), [422, 422, 429])
    assert.deepEqual((await send(await aToken(server, person))).body, TOO_MANY)
    assert.deepEqual(await statuses(3, () => send()), [401, 401, 401])
    assert.equal((await send(await aToken(server, other))).status, 422)
  })

  // ASVS 2.4.1, 6.4.3
  test('hold for the recipient of mails too, and keep nobody from a link that strangers asked for without end', async () => {
    await using server = await aServer({ BARONG_LIMIT_MAIL_RECIPIENT: '2/1h,4/1d' })
    const person = await anAccount(server)
    const reset = (from: string, email = person.email) =>
      call(server, '/api/v1/security/reset_password', { from, json: { email } })
    const mailed = async () => {
      await server.deliver()
      return server.mails.filter(({ to, subject }) => to === person.email && /Reset/.test(subject)).length
    }
    const spellings = [person.email, ` ${person.email.toUpperCase()}`]
    const strangers = await statuses(5, (index) => reset(`192.0.2.${index}`, spellings[index % 2]))
    assert.deepEqual([strangers, await mailed()], [[201, 201, 201, 201, 201], 2], 'the answer is as ever')
    const unknown = await statuses(4, (index) => reset(`192.0.2.${index}`, 'nobody@example.com'))
    assert.deepEqual(unknown, [404, 404, 404, 404])
    const { statusCode } = await server.app.inject({
      method: 'POST',
      url: '/forgotten-password',
      remoteAddress: '192.0.2.9',
      headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ email: person.email }).toString(),
    })
    assert.deepEqual([statusCode, await mailed()], [200, 2], 'the page sends the same mail')
    server.clock.advance(3 * HOUR)
    for (let round = 0; round < 8; round++) await reset('192.0.2.1')
    assert.equal(await mailed(), 3)
    server.clock.advance(3 * HOUR)
    for (let round = 0; round < 3; round++) await reset('192.0.2.1')
    assert.equal(await mailed(), 4, 'the budget of the day is used up, and the last link is old')
    const json = { reset_password_token: await mailedToken(server, person.email), password: 'seven lanterns uphill' }
    assert.equal((await server.call('PUT', '/security/reset_password', { json })).status, 200)
  })

  test('of mails are apart for devices that the account knows', async () => {
    await using server = await aServer({ BARONG_LIMIT_MAIL_RECIPIENT: '2/1h' })
    const { email } = await anAccount(server)
    const json = { email, password: PASSWORD, application_id: (await anApplication(server)).uid }
    const signedIn = await call(server, '/api/v1/sessions', { json })
    const cookie = String(signedIn.answer.headers['set-cookie']).split(';')[0] ?? ''
    const reset = (headers: Record<string, string>) =>
      call(server, '/api/v1/security/reset_password', { headers, json: { email } })
    await statuses(5, () => reset({}))
    await statuses(5, () => reset({ cookie }))
    await server.deliver()
    assert.equal(server.mails.filter(({ subject }) => /Reset/.test(subject)).length, 4)
  })

  test('of mails hold for confirmations and unlocks, whose links stay good', async () => {
    await using server = await aServer({ BARONG_LIMIT_MAIL_RECIPIENT: '1/1h', MAX_LOGIN_ATTEMPTS: '1' })
    await server.call('POST', '/accounts', { json: { email: 'new@example.com', password: PASSWORD } })
    const { email } = await anAccount(server)
    const json = { email, password: 'wrong', application_id: (await anApplication(server)).uid }
    await call(server, '/api/v1/sessions', { json })
    const ask = (path: string, to: string) => server.call('POST', `/accounts/${path}`, { json: { email: to } })
    const answers = [
      ...(await statuses(3, () => ask('send_confirmation_instructions', 'new@example.com'))),
      ...(await statuses(3, () => ask('send_unlock_instructions', email))),
    ]
    assert.deepEqual(answers, [201, 201, 201, 201, 201, 201])
    const unlock_token = await mailedToken(server, email)
    const confirmation_token = await mailedToken(server, 'new@example.com')
    assert.deepEqual(
      [email, 'new@example.com'].map((address) => server.mails.filter(({ to }) => to === address).length),
      [2, 2],
      'one with the cause, and one within the limit',
    )
    server.clock.advance(4 * HOUR)
    await statuses(5, () => ask('send_confirmation_instructions', 'new@example.com'))
    await server.deliver()
    assert.equal(server.mails.filter(({ to }) => to === 'new@example.com').length, 3, 'one more within the limit')
    assert.equal((await server.call('POST', '/accounts/unlock', { json: { unlock_token } })).status, 201)
    assert.equal((await server.call('POST', '/accounts/confirm', { json: { confirmation_token } })).status, 201)
  })

  test('hold for the account that asks for another address, to however many addresses', async () => {
    await using server = await aServer({ BARONG_LIMIT_MAIL_RECIPIENT: '2/1h' })
    const headers = { authorization: `Bearer ${await aToken(server, await anAccount(server))}` }
    const ask = (index: number) =>
      call(server, '/api/v1/accounts/email', {
        from: `192.0.2.${index}`,
        headers,
        json: { email: `new-${index}@example.com` },
      })
    assert.deepEqual(await statuses(4, ask), [201, 201, 429, 429])
    await server.deliver()
    assert.equal(server.mails.length, 4)
  })

  test('hold for an address that several accounts want, and which is mailed to for each', async () => {
    await using server = await aServer({ BARONG_LIMIT_MAIL_RECIPIENT: '2/1h' })
    const ask = async (index: number) => {
      const headers = { authorization: `Bearer ${await aToken(server, await anAccount(server))}` }
      const email = ['victim@example.com', ' Victim@Example.com'][index % 2]
      return call(server, '/api/v1/accounts/email', { from: `192.0.2.${index}`, headers, json: { email } })
    }
    assert.deepEqual(await statuses(4, ask), [201, 201, 429, 429])
    await server.deliver()
    assert.equal(server.mails.filter(({ to }) => to === 'victim@example.com').length, 2)
  })

  // ASVS 2.4.1
  test('hold for the numbers of one block and of one country, whoever asks from wherever', async () => {
    await using server = await aServer({ BARONG_LIMIT_SMS_PREFIX: '2/1d', BARONG_LIMIT_SMS_COUNTRY: '4/1d' })
    const send = async (phone_number: string, index: number) => {
      const headers = { authorization: `Bearer ${await aToken(server, await anAccount(server))}` }
      const from = `192.0.2.${index + 1}`
      return call(server, '/api/v1/phones', { json: { phone_number }, headers, from })
    }
    assert.deepEqual(await statuses(3, (index) => send(`+1415555267${index}`, index)), [201, 201, 429])
    assert.deepEqual(await statuses(3, (index) => send(`+1212555${index}671`, index)), [201, 201, 429])
    assert.equal((await send('+4915112345678', 9)).status, 201)
    await server.deliver()
    assert.equal(server.sms.length, 5)
    const strangers = await call(server, '/api/v1/phones', { json: { phone_number: '+4915112345679' } })
    assert.equal(strangers.status, 401, 'who is not signed in uses up nothing')
  })

  test('of numbers and countries are used up by what is sent, and not by what is refused', async () => {
    await using server = await aServer({ BARONG_LIMIT_SMS_PREFIX: '20/1d', BARONG_LIMIT_SMS_COUNTRY: '14/1d' })
    const headers = { authorization: `Bearer ${await aToken(server, await anAccount(server))}` }
    const phone = { phone_number: '+14155552671' }
    assert.equal((await call(server, '/api/v1/phones', { json: phone, headers })).status, 201)
    // Twelve codes a day is what a number gets.
    const again = () => call(server, '/api/v1/phones/send_code', { json: phone, headers })
    assert.deepEqual((await statuses(20, again)).filter((status) => status === 201).length, 11)
    const other = { authorization: `Bearer ${await aToken(server, await anAccount(server))}` }
    const next = (index: number) =>
      call(server, '/api/v1/phones', { json: { phone_number: `+1415555277${index}` }, headers: other })
    assert.deepEqual(await statuses(3, next), [201, 201, 429], 'two of fourteen were left')
    await server.deliver()
    assert.equal(server.sms.length, 14)
  })

  // ASVS 6.3.1
  test('hold for every door that hashes what is typed', async () => {
    const password = 'seven lanterns uphill'
    const doors: ['POST' | 'PUT', string, object][] = [
      ['POST', '/security/confirm', { password: 'wrong' }],
      ['POST', '/security/disable_2fa', { password: 'wrong', code: '000000' }],
      ['POST', '/security/recovery_codes', { code: '000000' }],
      ['PUT', '/accounts/password', { old_password: 'wrong', new_password: password }],
      ['PUT', '/security/reset_password', { reset_password_token: 'x', password }],
    ]
    await using server = await aServer({ BARONG_LIMIT_SIGN_IN: `${doors.length}/1h` })
    const token = await aToken(server, await anAccount(server))
    for (const expected of [401, 429])
      for (const [method, path, json] of doors) {
        const { status } = await server.call(method, path, { json, token })
        assert.equal(status === 429, expected === 429, `${path}: ${status}`)
      }
    const page = await server.app.inject({
      method: 'POST',
      url: '/accounts/password/edit',
      headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'reset_password_token=x&password=y&password_confirmation=y',
    })
    assert.equal(page.statusCode, 429)
  })

  // ASVS 2.4.1, 6.3.1
  test('hold at every door where a stranger guesses, signs up or has mails sent', async () => {
    const once = { SIGN_IN: '1/1h', SIGN_UP: '1/1h', MAIL: '1/1h', TOKENS: '1/1h' }
    const environment = Object.entries(once).map(([family, rate]) => [`BARONG_LIMIT_${family}`, rate])
    await using server = await aServer(Object.fromEntries(environment))
    const { email } = await anAccount(server)
    const typed = { email, password: 'wrong' }
    const credential = { id: 'x' }
    const api: [path: string, json: object][] = [
      ['/sessions', { ...typed, application_id: 'x' }],
      ['/sessions/passkey', { credential, application_id: 'x' }],
      ['/sessions/passkey/options', {}],
      ['/browser_session', typed],
      ['/browser_session/second_factor', { code: '000000' }],
      ['/browser_session/passkey', { credential }],
      ['/browser_session/passkey_options', {}],
      ['/interactions/x/sign_in', typed],
      ['/interactions/x/second_factor', { code: '000000' }],
      ['/interactions/x/passkey', { credential }],
      ['/interactions/x/passkey_options', {}],
      ['/accounts', typed],
      ['/accounts/send_confirmation_instructions', { email }],
      ['/accounts/send_unlock_instructions', { email }],
      ['/security/reset_password', { email }],
      ['/sessions/generate_jwt', { kid: 'x', jwt_token: 'x' }],
      ['/security/verify_api_key', { uid: 'x' }],
    ]
    const pages: [path: string, form: Record<string, string>][] = [
      ['/sign-in', typed],
      ['/sign-in/second-factor', { code: '000000' }],
      ['/oauth/interaction/x/sign_in', typed],
      ['/oauth/interaction/x/second_factor', { code: '000000' }],
      ['/sign-up', typed],
      ['/forgotten-password', { email }],
      ['/send-confirmation', { email }],
      ['/send-unlock', { email }],
      ['/oauth/token', {}],
      ['/oauth/introspect', {}],
      ['/oauth/revoke', {}],
      ['/oauth/device_authorization', {}],
      ['/oauth/device', {}],
      ['/oauth/par', {}],
      ['/oauth/sign_out', {}],
    ]
    const doors = [
      ...api.map(([path, json]) => ({ url: `/api/v1${path}`, type: 'application/json', text: JSON.stringify(json) })),
      ...pages.map(([url, form]) => ({
        url,
        type: 'application/x-www-form-urlencoded',
        text: String(new URLSearchParams(form)),
      })),
    ]
    for (const [index, { url, type, text }] of doors.entries()) {
      const knock = async () => {
        const headers = { 'content-type': type, 'sec-fetch-site': 'same-origin' }
        const remoteAddress = `192.0.2.${index}`
        const answer = await server.app.inject({ method: 'POST', url, remoteAddress, headers, payload: text })
        // The engine's answers are counted once they have left.
        if (url.startsWith('/oauth/')) await new Promise((resolve) => setTimeout(resolve, 20))
        return { status: answer.statusCode }
      }
      const [first, second] = await statuses(2, knock)
      assert.deepEqual([first === 429, second], [false, 429], `${url}: ${first}`)
    }
  })

  test('count what strangers to the token endpoints are refused', async () => {
    await using server = await aServer({ BARONG_LIMIT_TOKENS: '3/1h' })
    const probe = (from: string) => call(server, '/api/v1/security/verify_api_key', { from, json: { uid: 'unknown' } })
    assert.deepEqual(await statuses(4, () => probe('192.0.2.1')), [404, 404, 404, 429])
    const exchange = (index: number) =>
      call(server, '/api/v1/sessions/generate_jwt', { from: '192.0.2.2', json: { kid: `${index}`, jwt_token: 'x' } })
    assert.deepEqual(await statuses(4, exchange), [404, 404, 404, 429])
    const guess = async () => {
      const answer = await call(server, '/oauth/token', { from: '192.0.2.3', json: {}, method: 'POST' })
      // The engine's answers are counted once they have left.
      await new Promise((resolve) => setTimeout(resolve, 50))
      return answer
    }
    assert.deepEqual(await statuses(4, guess), [400, 400, 400, 429])
    const begin = () => call(server, '/oauth/device_authorization', { from: '192.0.2.4', json: {}, method: 'POST' })
    assert.deepEqual((await statuses(4, begin)).at(-1), 429)
  })

  test('let a device wait for its person as long as its code is good, and count what it is refused besides', async () => {
    await using server = await aServer({ BARONG_LIMIT_TOKENS: '3/1h' })
    const { client_id, client_secret } = await aClient(server)
    const from = '192.0.2.5'
    const send = async (path: string, form: Record<string, string>) => {
      const payload = String(new URLSearchParams({ client_id, client_secret, ...form }))
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await server.app.inject({ method: 'POST', url: path, payload, headers, remoteAddress: from })
      await server.deps.limits.exchange()
      return { status: answer.statusCode, body: answer.json() }
    }
    const { device_code } = (await send('/oauth/device_authorization', { scope: 'openid' })).body
    const poll = (code: string) =>
      send('/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code })
    for (let count = 0; count < 12; count += 1) {
      const { status, body } = await poll(device_code)
      assert.deepEqual([status, body.error], [400, 'authorization_pending'], `${count}`)
    }
    const guess = async () => {
      const answer = await poll('a guess')
      // The engine's answers are counted once they have left.
      await new Promise((resolve) => setTimeout(resolve, 50))
      return answer
    }
    const found = await statuses(4, guess)
    assert.deepEqual([found[0], found.at(-1)], [400, 429], String(found))
  })

  // ASVS 2.4.1
  test('count requests to the OAuth engine however their path is written, and what is no route exactly is not there', async () => {
    await using server = await aServer({ BARONG_LIMIT_TOKENS: '3/1h' })
    const paths = [
      '/oauth/token',
      '/oauth/introspect',
      '/oauth/revoke',
      '/oauth/par',
      '/oauth/device_authorization',
      '/oauth/device',
      '/oauth/sign_out',
      '/oauth/authorize',
    ]
    for (const path of paths)
      for (const spelling of [
        `${path}/`,
        path.replace(/\w$/, (last) => last.toUpperCase()),
        `${path}//`,
        `/oauth/${path}`,
      ]) {
        for (const method of ['GET', 'POST'] as const) {
          const { statusCode } = await server.app.inject({ method, url: spelling, remoteAddress: '192.0.2.7' })
          assert.equal(statusCode, 404, `${method} ${spelling}`)
        }
      }
    assert.deepEqual(await server.deps.db.selectFrom('oauth_records').select('kind').execute(), [])
    const begin = (path: string) => () => call(server, path, { from: '192.0.2.8', json: {}, method: 'POST' })
    const spelled = '/oauth/device_%61uthorization'
    assert.deepEqual((await statuses(4, begin(spelled))).at(-1), 429)
    assert.equal((await begin('/oauth/device_authorization')()).status, 429)
  })

  test('count pages that keep a row for whoever opens them', async () => {
    for (const url of ['/oauth/sign_out', '/oauth/device']) {
      await using server = await aServer({ BARONG_LIMIT_TOKENS: '2/1h' })
      assert.deepEqual(await statuses(4, () => call(server, url)), [200, 200, 429, 429], url)
      const rows = await server.deps.db.selectFrom('oauth_records').select('kind').execute()
      assert.equal(rows.length, 2)
    }
  })

  test('do not count what was right at the token endpoints', async () => {
    await using server = await aServer({ BARONG_LIMIT_TOKENS: '1/1h' })
    const { db, clock } = server.deps
    const person = await anAccount(server)
    const now = iso(clock.now())
    const key = { uid: 'a-key', account_id: person.id, public_key: 'x', expires_in: 60, state: 'active' }
    await db
      .insertInto('api_keys')
      .values({ ...key, created_at: now, updated_at: now })
      .execute()
    const ask = () => call(server, '/api/v1/security/verify_api_key', { json: { uid: key.uid } })
    assert.deepEqual(await statuses(5, ask), [200, 200, 200, 200, 200])
    assert.deepEqual(await db.selectFrom('limit_counters').selectAll().execute(), [])
  })

  test('are seen in the metrics', async () => {
    await using server = await aServer({ BARONG_LIMIT_REQUESTS: '2/1m', BARONG_LIMIT_SIGN_UP: '1/1h' })
    await statuses(2, () => call(server, '/api/v1/accounts', { json: { email: 'x', password: 'y' } }))
    await call(server, ME)
    const { text } = await server.deps.metrics.expose()
    const lines = text.split('\n').filter((line) => line.startsWith('barong_limited_total'))
    assert.deepEqual(lines.sort(), [
      'barong_limited_total{family="requests",outcome="admitted"} 2',
      'barong_limited_total{family="requests",outcome="refused"} 1',
      'barong_limited_total{family="sign_up",outcome="admitted"} 1',
      'barong_limited_total{family="sign_up",outcome="refused"} 1',
    ])
  })

  test('cost an authenticated read no write, and one statement in all', async () => {
    const statements: string[] = []
    const environment = { BARONG_LIMIT_REQUESTS: '1200/1m', BARONG_LIMIT_ACCOUNT_REQUESTS: '600/1m' }
    await using server = await testServer(await newDatabase(), environment, ({ query }) => {
      statements.push(query.sql.replace(/^\/\*.*?\*\/ /, '').split(' ')[0] ?? '')
    })
    const headers = { authorization: `Bearer ${await aToken(server, await anAccount(server))}` }
    const before = await tableDigest(server)
    statements.length = 0
    for (let time = 0; time < 20; time++) assert.equal((await call(server, ME, { headers })).status, 200)
    await server.deps.limits.exchange()
    assert.deepEqual(
      statements,
      Array.from({ length: 20 }, () => 'select'),
    )
    assert.equal(await tableDigest(server), before)
    await call(server, '/api/v1/sessions', { json: { email: 'x', password: 'y', application_id: 'z' } })
    assert.ok(statements.includes('insert'), 'a write would have been seen')
  })

  test('name no route that is not there', async () => {
    await using server = await aServer({})
    for (const name of Object.keys(limitedRoutes)) {
      const [method = '', url = ''] = name.split(' ')
      const found = ['GET', 'POST', 'PUT'].some((verb) => verb === method && server.app.hasRoute({ method: verb, url }))
      assert.ok(found || server.app.hasRoute({ method: 'POST', url: `${url}/` }), name)
    }
    for (const url of Object.keys(limitedEngineRoutes)) {
      const { status } = await call(server, url, { method: 'POST', json: {} })
      assert.notEqual(status, 404, url)
    }
  })
})
