import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { type NewDatabase, onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { iso, MINUTE } from '../../lib/clock.ts'

const OWN = {
  'content-type': 'application/x-www-form-urlencoded',
  'sec-fetch-site': 'same-origin',
  accept: 'text/html',
  'x-requested-with': 'fetch',
}

/** A browser's cookies and what it sends. */
function aVisitor({ app }: TestServer) {
  const jar = new Map<string, string>()
  const send = async (method: 'GET' | 'POST', url: string, form: Record<string, string> = {}, headers = {}) => {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
    const payload = method === 'POST' ? { payload: new URLSearchParams(form).toString() } : {}
    const answer = await app.inject({ method, url, headers: { ...OWN, cookie, ...headers }, ...payload })
    for (const { name, value } of answer.cookies) {
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }
  return { jar, send, token: async () => (await send('POST', '/api/v1/sessions/jwt')).json().token }
}

async function aServer(newDatabase: NewDatabase) {
  const server = await testServer(await newDatabase())
  await anApplication(server)
  return server
}

onEachDatabase('Coming in by the pages', (newDatabase) => {
  test('a password signs the browser in, which gets tokens of one session', async () => {
    await using server = await aServer(newDatabase)
    const account = await anAccount(server)
    const visitor = aVisitor(server)
    const answer = await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD })
    assert.equal(answer.statusCode, 303)
    assert.equal(answer.headers['location'], '/account')
    assert.match(String(answer.headers['set-cookie']), /httponly/i)
    const token = await visitor.token()
    assert.equal((await server.call('GET', '/accounts/me', { token })).body.uid, account.uid)
    await visitor.token()
    const { body } = await server.call('GET', '/sessions', { token })
    assert.equal(body.length, 1)
    assert.equal(body[0].current, true)
  })

  // ASVS 6.2.6, 6.2.7
  test('fields for passwords hide them, and are what password managers know', async () => {
    await using server = await aServer(newDatabase)
    const pages = { '/sign-in': 'current-password', '/sign-up': 'new-password' }
    for (const [url, kind] of Object.entries(pages)) {
      const { body } = await aVisitor(server).send('GET', url)
      const fields = body.match(/<input[^>]+name="password"[^>]*>/g) ?? []
      assert.equal(fields.length, 1, url)
      for (const field of fields) {
        assert.match(field, /type="password"/)
        assert.ok(field.includes(`autocomplete="${kind}"`), field)
      }
      assert.doesNotMatch(body, /onpaste|autocomplete="off"/i)
    }
  })

  test('a mail that does not come is sent again by one press', async () => {
    await using server = await aServer(newDatabase)
    const visitor = aVisitor(server)
    const made = await visitor.send('POST', '/sign-up', { email: 'new@example.com', password: PASSWORD })
    const again = /<form method="post" action="([^"]+)">\s*<input type="hidden" name="email" value="([^"]+)">/
    const [, action = '', email = ''] = again.exec(made.body) ?? []
    assert.equal(email, 'new@example.com')
    const sent = await visitor.send('POST', action, { email })
    assert.equal(sent.statusCode, 200)
    await server.deliver()
    const subjects = server.mails.map(({ subject }) => subject)
    assert.deepEqual(subjects, ['Confirmation instructions', 'Confirmation instructions'])
    const reset = await visitor.send('POST', '/forgotten-password', { email })
    assert.equal(again.exec(reset.body)?.[1], '/forgotten-password')
  })

  test('where one wanted to go is kept while one signs up or asks for a mail', async () => {
    await using server = await aServer(newDatabase)
    const visitor = aVisitor(server)
    const query = '?return_to=%2Faccount%2Fphone'
    const { body } = await visitor.send('GET', `/sign-in${query}`)
    for (const path of ['/sign-up', '/forgotten-password', '/send-confirmation', '/send-unlock']) {
      assert.ok(body.includes(`href="${path}${query}"`), path)
      const asked = await visitor.send('GET', `${path}${query}`)
      assert.ok(asked.body.includes('name="return_to" value="/account/phone"'), path)
      assert.ok(asked.body.includes(`href="/sign-in${query}"`), path)
    }
    const made = { email: 'new@example.com', password: PASSWORD, return_to: '/account/phone' }
    assert.ok((await visitor.send('POST', '/sign-up', made)).body.includes(`href="/sign-in${query}"`))
    const foreign = await visitor.send('GET', '/sign-up?return_to=//elsewhere.example/oauth/interaction/x')
    assert.doesNotMatch(foreign.body, /elsewhere/)
  })

  test('a refusal that a mail mends leads to where it is asked for', async () => {
    await using server = await aServer(newDatabase)
    const now = iso(server.clock.now())
    const refused = async (path: string, email: string) =>
      /role="alert".*?<\/div>/s.exec(
        (await aVisitor(server).send('POST', path, { email, password: PASSWORD })).body,
      )?.[0] ?? ''
    const pending = await anAccount(server, { state: 'pending', confirmed_at: null })
    assert.match(await refused('/sign-in', pending.email), /href="\/send-confirmation"/)
    const frozen = await anAccount(server, { frozen_at: now })
    assert.match(await refused('/sign-in', frozen.email), /href="\/forgotten-password"/)
    assert.match(await refused('/send-unlock', frozen.email), /href="\/forgotten-password"/)
  })

  test('a wrong password keeps the e-mail, says so and signs nobody in', async () => {
    await using server = await aServer(newDatabase)
    const account = await anAccount(server)
    const visitor = aVisitor(server)
    const answer = await visitor.send('POST', '/sign-in', { email: account.email, password: 'another' })
    assert.equal(answer.statusCode, 422)
    assert.ok(answer.body.includes(`value="${account.email}"`))
    assert.match(answer.body, /Invalid Email or Password/)
    assert.equal((await visitor.send('POST', '/api/v1/sessions/jwt')).statusCode, 401)
  })

  test('a page that answers a form offers no other language, for which the form would be sent again', async () => {
    await using server = await aServer(newDatabase)
    const visitor = aVisitor(server)
    assert.match((await visitor.send('GET', '/sign-up')).body, /class="languages"/)
    const sent = await visitor.send('POST', '/sign-up', { email: 'ada@example.com', password: PASSWORD })
    assert.equal(sent.statusCode, 200)
    assert.doesNotMatch(sent.body, /class="languages"/)
  })

  test('what is wrong with one field stands beside it, and what was typed stays', async () => {
    await using server = await aServer(newDatabase)
    const { email } = await anAccount(server)
    const { statusCode, body } = await aVisitor(server).send('POST', '/sign-up', { email, password: 'short' })
    assert.equal(statusCode, 422)
    assert.match(body, /name="email" value="[^"]+"[^>]+aria-invalid="true" aria-describedby="email-fault"/)
    assert.match(body, /<p class="fault" id="email-fault">Email has already been taken/)
    assert.match(body, /name="password"[^>]+aria-invalid="true" aria-describedby="password-fault hints"/)
    assert.match(body, /<p class="fault" id="password-fault">Password is too short/)
    assert.doesNotMatch(body, /role="alert"/)
  })

  // ASVS 2.3.1
  test('where there is a second factor it is asked for after the password, within five minutes', async () => {
    await using server = await aServer(newDatabase)
    const account = await anAccount(server)
    const { app } = await anAuthenticator(server, account)
    const visitor = aVisitor(server)
    assert.equal((await visitor.send('GET', '/sign-in/second-factor')).headers['location'], '/sign-in')
    const back = '/sign-in?return_to=%2Faccount%2Fphone'
    const early = await visitor.send('GET', '/sign-in/second-factor?return_to=/account/phone')
    assert.equal(early.headers['location'], back)
    const asked = await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD })
    assert.match(String(asked.headers['location']), /^\/sign-in\/second-factor/)
    assert.equal((await visitor.send('POST', '/api/v1/sessions/jwt')).statusCode, 401)
    assert.equal((await visitor.send('POST', '/sign-in/second-factor', { code: app.wrong() })).statusCode, 422)
    server.clock.advance(6 * MINUTE)
    const late = await visitor.send('POST', '/sign-in/second-factor', { code: app.next(), return_to: '/account/phone' })
    assert.equal(late.headers['location'], back)
    await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD })
    const done = await visitor.send('POST', '/sign-in/second-factor', { code: app.next() })
    assert.equal(done.headers['location'], '/account')
    assert.equal(typeof (await visitor.token()), 'string')
  })

  test('a proof of the password that was made up or belongs to another password is worth nothing', async () => {
    await using server = await aServer(newDatabase)
    const account = await anAccount(server)
    const { app } = await anAuthenticator(server, account)
    const visitor = aVisitor(server)
    visitor.jar.set('barong_pending', 'made up')
    const made = await visitor.send('POST', '/sign-in/second-factor', { code: app.next() })
    assert.equal(made.headers['location'], '/sign-in')
    await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD })
    await server.deps.db.updateTable('accounts').set({ password_digest: 'other' }).execute()
    const changed = await visitor.send('POST', '/sign-in/second-factor', { code: app.next() })
    assert.equal(changed.headers['location'], '/sign-in')
  })

  test('it leads on within this server only', async () => {
    await using server = await aServer(newDatabase)
    const account = await anAccount(server)
    const credentials = { email: account.email, password: PASSWORD }
    for (const [return_to, location] of [
      ['/account/security?x=1', '/account/security?x=1'],
      ['/admin', '/admin'],
      ['//evil.example', '/account'],
      ['https://evil.example/account', '/account'],
      ['/\\evil.example', '/account'],
      ['/account\r\nset-cookie: a=b', '/account'],
      ['javascript:alert(1)', '/account'],
      ['/accounts/unlock', '/account'],
    ] as const) {
      const answer = await aVisitor(server).send('POST', '/sign-in', { ...credentials, return_to })
      assert.equal(answer.headers['location'], location, return_to)
    }
  })

  test('another site can neither sign a browser in or out nor get a token by its cookie', async () => {
    await using server = await aServer(newDatabase)
    const account = await anAccount(server)
    const visitor = aVisitor(server)
    await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD })
    for (const site of ['cross-site', 'same-site']) {
      const foreign = { 'sec-fetch-site': site }
      assert.equal((await visitor.send('POST', '/sign-out', {}, foreign)).statusCode, 403)
      assert.equal((await visitor.send('POST', '/api/v1/sessions/jwt', {}, foreign)).statusCode, 403)
      const forced = await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD }, foreign)
      assert.equal(forced.statusCode, 403)
    }
    assert.equal(typeof (await visitor.token()), 'string')
  })

  test('a session id that somebody planted is not the one that is signed in', async () => {
    await using server = await aServer(newDatabase)
    const account = await anAccount(server)
    const visitor = aVisitor(server)
    visitor.jar.set('barong_session', 'planted')
    await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD })
    assert.notEqual(visitor.jar.get('barong_session'), 'planted')
    const first = visitor.jar.get('barong_session') ?? ''
    await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD })
    const old = aVisitor(server)
    old.jar.set('barong_session', first)
    assert.equal((await old.send('POST', '/api/v1/sessions/jwt')).statusCode, 401)
  })

  test('signing out ends the session, its tokens and its cookie', async () => {
    await using server = await aServer(newDatabase)
    const account = await anAccount(server)
    const visitor = aVisitor(server)
    await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD })
    const token = await visitor.token()
    const kept = visitor.jar.get('barong_session') ?? ''
    await visitor.send('POST', '/sign-out')
    assert.equal((await server.call('GET', '/accounts/me', { token })).status, 401)
    visitor.jar.set('barong_session', kept)
    assert.equal((await visitor.send('POST', '/api/v1/sessions/jwt')).statusCode, 401)
  })

  test('a session ended from another device signs the browser out; a password change keeps the one that asked', async () => {
    await using server = await aServer(newDatabase)
    const account = await anAccount(server)
    const [here, there] = [aVisitor(server), aVisitor(server)]
    for (const visitor of [here, there])
      await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD })
    const token = await here.token()
    await there.token()
    const { body } = await server.call('GET', '/sessions', { token })
    const other = body.find(({ current }: { current: boolean }) => !current)
    assert.equal((await server.call('DELETE', `/sessions/${other.id}`, { token })).status, 204)
    assert.equal((await there.send('POST', '/api/v1/sessions/jwt')).statusCode, 401)
    const json = { old_password: PASSWORD, new_password: 'umbrella over chimneys 64' }
    assert.equal((await server.call('PUT', '/accounts/password', { token, json })).status, 200)
    assert.equal(typeof (await here.token()), 'string')
  })

  test('a banned account gets no tokens although its browser is signed in', async () => {
    await using server = await aServer(newDatabase)
    const account = await anAccount(server)
    const visitor = aVisitor(server)
    await visitor.send('POST', '/sign-in', { email: account.email, password: PASSWORD })
    await server.deps.db.updateTable('accounts').set({ state: 'banned' }).where('id', '=', account.id).execute()
    assert.equal((await visitor.send('POST', '/api/v1/sessions/jwt')).statusCode, 401)
  })

  test('signing up shows what is wrong, mails the link and says the same to whoever has an account when they are hidden', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_HIDE_ACCOUNTS: 'true' })
    const account = await anAccount(server)
    const visitor = aVisitor(server)
    const weak = await visitor.send('POST', '/sign-up', { email: 'new@example.com', password: 'x' })
    assert.equal(weak.statusCode, 422)
    assert.match(weak.body, /too short/)
    const words = (body: string) => body.replace(/[\w.]+@[\w.]+/g, '')
    const password = 'umbrella over chimneys 64'
    const taken = await visitor.send('POST', '/sign-up', { email: account.email, password })
    const fresh = await visitor.send('POST', '/sign-up', { email: 'new@example.com', password })
    assert.equal(words(taken.body), words(fresh.body))
  })
})
