import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { HOUR } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'

const NEW_PASSWORD = 'seven lanterns uphill'

/** Opens a path, or sends a form to it as a browser would. */
async function visit(server: TestServer, path: string, form?: Record<string, string>, headers = {}) {
  const answer = await server.app.inject({
    method: form ? 'POST' : 'GET',
    url: path,
    headers: { accept: 'text/html', ...(form && { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
    ...(form && { payload: new URLSearchParams(form).toString() }),
  })
  return { status: answer.statusCode, body: answer.body, headers: answer.headers }
}

/** The path and the token of the link in the last mail. */
async function mailedLink(server: TestServer): Promise<{ path: string; token: string }> {
  await server.deliver()
  const url = new URL(/https?:\/\/\S+/.exec(server.mails.at(-1)?.text ?? '')?.[0] ?? '')
  const [[, token = ''] = []] = url.searchParams
  return { path: `${url.pathname}${url.search}`, token }
}

const reread = ({ deps }: TestServer, { id }: Account) =>
  deps.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

onEachDatabase('The pages that mails lead to', (newDatabase) => {
  // ASVS 3.5.3
  test('confirm an address when the button is pressed, and not when the link is only opened', async () => {
    await using server = await testServer(await newDatabase())
    await server.call('POST', '/accounts', { json: { email: 'new@example.com', password: NEW_PASSWORD } })
    const { path, token } = await mailedLink(server)
    const state = async () =>
      (await server.deps.db.selectFrom('accounts').select('state').executeTakeFirstOrThrow()).state
    for (let scans = 0; scans < 3; scans++) {
      const { status, body } = await visit(server, path)
      assert.equal(status, 200)
      assert.ok(body.includes(`value="${token}"`))
    }
    assert.equal(await state(), 'pending')
    const done = await visit(server, '/accounts/confirmation', { confirmation_token: token })
    assert.equal(done.status, 200)
    assert.match(done.body, /Your e-mail address is confirmed/)
    assert.equal(await state(), 'active')
    const again = await visit(server, '/accounts/confirmation', { confirmation_token: token })
    assert.equal(again.status, 422)
    assert.match(again.body, /Already confirmed/)
  })

  test('that do not work any more lead to where another mail is asked for', async () => {
    await using server = await testServer(await newDatabase())
    const helps = {
      '/accounts/confirmation': ['confirmation_token', '/send-confirmation'],
      '/accounts/unlock': ['unlock_token', '/send-unlock'],
      '/accounts/not_me': ['notice_token', '/forgotten-password'],
      '/accounts/password/edit': ['reset_password_token', '/forgotten-password'],
      '/accounts/email/confirmation': ['email_change_token', '/account/security/email'],
    }
    for (const [path, [token = '', help = '']] of Object.entries(helps)) {
      const passwords = { password: NEW_PASSWORD, password_confirmation: NEW_PASSWORD }
      const { body } = await visit(server, path, { [token]: 'x', ...passwords })
      assert.ok(body.includes(`<a href="${help}">`), body)
    }
  })

  test('lead on from a confirmation to where the link says, where that is allowed', async () => {
    await using server = await testServer(await newDatabase(), { DOMAIN_NAME: 'app.shop.example, Shop.example:8443' })
    let people = 0
    const confirmed = async (redirect_uri: string) => {
      const email = `person${++people}@example.com`
      await server.call('POST', '/accounts', { json: { email, password: NEW_PASSWORD } })
      const { path, token } = await mailedLink(server)
      const asked = await visit(server, `${path}&redirect_uri=${encodeURIComponent(redirect_uri)}`)
      const form = { confirmation_token: token, redirect_uri }
      const done = await visit(server, '/accounts/confirmation', form)
      return { asked, done, policy: String(asked.headers['content-security-policy']) }
    }
    for (const target of ['https://app.shop.example/welcome?a=1&b=2', 'https://shop.example:8443/']) {
      const { asked, done, policy } = await confirmed(target)
      assert.ok(asked.body.includes(`name="redirect_uri" value="${target.replace('&', '&amp;')}"`), asked.body)
      assert.ok(policy.includes(`form-action 'self' ${new URL(target).origin}`), policy)
      assert.deepEqual([done.status, done.headers['location']], [303, target])
    }
    const refused = [
      'http://app.shop.example/',
      'https://shop.example/',
      'https://evil.app.shop.example/',
      'https://app.shop.example.evil.example/',
      'https://app.shop.example@evil.example/',
      'https://me@app.shop.example/',
      'https://app.shop.example:444/',
      'javascript:alert(1)//app.shop.example',
      '//app.shop.example/',
      '/account',
      'https://[',
    ]
    for (const target of refused) {
      const { asked, done, policy } = await confirmed(target)
      assert.ok(!asked.body.includes('redirect_uri'), target)
      assert.ok(policy.includes("form-action 'self';"), policy)
      assert.deepEqual([done.status, done.headers['location']], [200, undefined], target)
    }
    const wrong = { confirmation_token: 'x', redirect_uri: 'https://app.shop.example/' }
    assert.equal((await visit(server, '/accounts/confirmation', wrong)).status, 422)
  })

  test('unlock an account once', async () => {
    await using server = await testServer(await newDatabase(), { MAX_LOGIN_ATTEMPTS: '1' })
    const account = await anAccount(server)
    await aToken(server, account)
    const { uid } = await server.deps.db.selectFrom('applications').selectAll().executeTakeFirstOrThrow()
    const json = { email: account.email, password: 'wrong', application_id: uid }
    await server.call('POST', '/sessions', { json })
    assert.notEqual((await reread(server, account)).locked_at, null)
    const { path, token } = await mailedLink(server)
    assert.equal((await visit(server, path)).status, 200)
    const done = await visit(server, '/accounts/unlock', { unlock_token: token })
    assert.match(done.body, /You can sign in again/)
    assert.equal((await reread(server, account)).locked_at, null)
    assert.equal((await visit(server, '/accounts/unlock', { unlock_token: token })).status, 422)
  })

  test('change a password once, after refusing a weak and a mistyped one', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    await server.call('POST', '/security/reset_password', { json: { email: account.email } })
    const { path, token } = await mailedLink(server)
    assert.match((await visit(server, path)).body, /At least 8 characters/)
    const send = (password: string, password_confirmation = password) =>
      visit(server, '/accounts/password/edit', { reset_password_token: token, password, password_confirmation })

    const weak = await send('password')
    assert.equal(weak.status, 422)
    assert.match(weak.body, /Password is too common/)
    // Each by itself, so that the locales know it.
    assert.match(
      (await send('barong1')).body,
      /<p>Password is too short[^<]+<\/p><p>Password is too easy to guess<\/p>/,
    )
    assert.ok(weak.body.includes(`value="${token}"`))
    assert.match((await send(NEW_PASSWORD, 'seven lanterns downhill')).body, /not the same/)
    assert.equal((await reread(server, account)).password_digest, account.password_digest)

    assert.match((await send(NEW_PASSWORD)).body, /Password changed/)
    const { passwords } = server.deps
    const { password_digest } = await reread(server, account)
    assert.equal(await passwords.match(password_digest, NEW_PASSWORD), 'right')
    assert.equal(await passwords.match(password_digest, PASSWORD), 'wrong')
    assert.equal((await send('another long password')).status, 404)
  })

  test('refuse a link that is too old', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    await server.call('POST', '/security/reset_password', { json: { email: account.email } })
    const { token } = await mailedLink(server)
    server.clock.advance(7 * HOUR)
    const form = { reset_password_token: token, password: NEW_PASSWORD, password_confirmation: NEW_PASSWORD }
    const answer = await visit(server, '/accounts/password/edit', form)
    assert.equal(answer.status, 422)
    assert.match(answer.body, /too old/)
  })

  test('explain a link without its token, or with a wrong one', async () => {
    await using server = await testServer(await newDatabase())
    const pages = { '/accounts/confirmation': 'confirmation_token', '/accounts/unlock': 'unlock_token' }
    for (const [path, name] of Object.entries(pages)) {
      assert.equal((await visit(server, path)).status, 400)
      assert.equal((await visit(server, path, {})).status, 400)
      assert.equal((await visit(server, path, { [name]: '"><script>' })).status, 422)
      assert.match((await visit(server, `${path}?${name}=%22%3E%3Cscript%3E`)).body, /&quot;&gt;&lt;script&gt;/)
    }
  })

  test('take forms from their own site only, and leak no address', async () => {
    await using server = await testServer(await newDatabase())
    const form = { confirmation_token: 'x' }
    const status = async (headers: Record<string, string>) =>
      (await visit(server, '/accounts/confirmation', form, headers)).status
    assert.equal(await status({ 'sec-fetch-site': 'cross-site' }), 403)
    assert.equal(await status({ 'sec-fetch-site': 'same-site' }), 403)
    assert.equal(await status({ origin: 'https://evil.example' }), 403)
    assert.equal(await status({ 'sec-fetch-site': 'same-origin', origin: 'null' }), 422)
    assert.equal(await status({}), 422)
    const { headers } = await visit(server, '/accounts/confirmation?confirmation_token=x')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cache-control'], 'no-store')
  })
})
