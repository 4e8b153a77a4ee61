import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { storeFile } from '../../src/features/documents/sealed-files.ts'
import { insertDocument } from '../../src/features/documents/store.ts'
import { iso } from '../../src/lib/clock.ts'
import { anAuthenticator } from '../support/authenticator.ts'
import { anEcKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../support/factories.ts'
import { sharedServer } from '../support/shared-server.ts'

onEachDatabase('Where no secret may travel in addresses', (newDatabase) => {
  const server = sharedServer(newDatabase, { SECRETS_IN_URLS: 'false' })
  const lastMail = async () => {
    await server().deliver()
    return String(server().mails.at(-1)?.text)
  }
  const page = (method: 'GET' | 'POST', url: string, form?: Record<string, string>) =>
    server().app.inject({
      method,
      url,
      headers: { accept: 'text/html', ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) },
      ...(form ? { payload: new URLSearchParams(form).toString() } : {}),
    })

  // ASVS 14.2.1
  test('mailed links carry their tokens behind the #, the pages ask for them, and forget those of addresses', async () => {
    const email = 'new@example.com'
    await server().call('POST', '/accounts', { json: { email, password: PASSWORD } })
    const [, path = '', token = ''] =
      /(\/accounts\/confirmation)#confirmation_token=([\w-]+)/.exec(await lastMail()) ?? []
    assert.notEqual(token, '')
    assert.doesNotMatch(await lastMail(), /[?&]\w*token=/)
    for (const url of [path, `${path}?confirmation_token=${token}`]) {
      const { statusCode, body } = await page('GET', url)
      assert.equal(statusCode, 200)
      assert.match(body, /<label class="link-token">.*\n<input type="text" name="confirmation_token"/)
      assert.doesNotMatch(body, new RegExp(token))
    }
    const confirmed = await page('POST', path, {
      confirmation_token: `http://barong.test${path}#confirmation_token=${token}`,
    })
    assert.equal(confirmed.statusCode, 200)
    await server().call('POST', '/security/reset_password', { json: { email } })
    const reset = /(\/accounts\/password\/edit)#reset_password_token=([\w-]+)/.exec(await lastMail()) ?? []
    const form = { password: 'another river at noon', password_confirmation: 'another river at dusk' }
    assert.match((await page('GET', String(reset[1]))).body, /class="link-token"/)
    const again = await page('POST', String(reset[1]), { ...form, reset_password_token: String(reset[2]) })
    assert.equal(again.statusCode, 422)
    assert.match(again.body, /type="hidden" name="reset_password_token"/)
  })

  // ASVS 14.2.1
  test('operations with a body take nothing from the query, and no token is taken from there', async () => {
    const account = await anAccount(server())
    const { uid: application_id } = await anApplication(server())
    const all = { email: account.email, password: PASSWORD, application_id }
    const { status } = await server().call('POST', `/sessions?${new URLSearchParams(all)}`)
    assert.equal(status, 400)
    const { password, ...rest } = all
    assert.equal((await server().call('POST', `/sessions?password=${password}`, { json: rest })).status, 400)
    assert.equal((await server().call('POST', '/sessions', { json: all })).status, 201)
    const token = await aToken(server(), account)
    assert.equal((await server().call('GET', `/accounts/me?access_token=${token}`)).status, 401)
    assert.equal((await server().call('GET', '/activities?limit=1', { token })).status, 200, 'what is no secret is')
  })

  // ASVS 14.2.1
  test('one-time codes come in a header', async () => {
    const account = await anAccount(server())
    const { token, app } = await anAuthenticator(server(), account)
    const json = { public_key: anEcKey().public_key, totp_code: app.next() }
    assert.equal((await server().call('POST', '/api_keys', { token, json })).status, 201)
    assert.equal((await server().call('GET', `/api_keys?totp_code=${app.next()}`, { token })).status, 400)
    const { status, body } = await server().call('GET', '/api_keys', { token, headers: { 'totp-code': app.next() } })
    assert.deepEqual([status, body.length], [200, 1])
    const headers = { 'totp-code': app.next() }
    assert.equal((await server().call('DELETE', `/api_keys/${body[0].uid}`, { token, headers })).status, 204)
  })

  // ASVS 14.2.1
  test('files of documents are for who brings a token of their account, and no link opens them', async () => {
    const [owner, other] = [await anAccount(server()), await anAccount(server())]
    const { deps } = server()
    const file = await storeFile(deps, owner.id, Readable.from([Buffer.from('%PDF-1.4 paper')]))
    const now = iso(server().clock.now())
    const kind = { doc_type: 'Passport', doc_number: 'A1', doc_expire: '2040-01-01', metadata: null }
    const row = { ...kind, ...file, account_id: owner.id, content_type: 'application/pdf', size: 14 }
    await deps.db
      .transaction()
      .execute((tx) => insertDocument(tx, deps.vault, { ...row, created_at: now, updated_at: now }))
    const token = await aToken(server(), owner)
    const { body } = await server().call('GET', '/documents', { token })
    const { url } = body[0].upload
    assert.match(url, /^http:\/\/barong\.test\/api\/v1\/documents\/\d+\/file$/)
    const path = new URL(url).pathname.replace('/api/v1', '')
    const opened = await server().call('GET', path, { token })
    assert.deepEqual([opened.status, opened.body], [200, '%PDF-1.4 paper'])
    assert.equal(opened.headers['cache-control'], 'private, no-store')
    assert.equal((await server().call('GET', path)).status, 401)
    assert.equal((await server().call('GET', path, { token: await aToken(server(), other) })).status, 404)
    const forged = await page('GET', `${path}?expires=9999999999&signature=x`)
    assert.equal(forged.statusCode, 404)
  })

  // ASVS 14.2.1
  test('hints of OAuth that are tokens or name people are refused in addresses', async () => {
    for (const path of ['/oauth/authorize', '/oauth/sign_out'])
      for (const hint of ['id_token_hint=a.b.c', 'login_hint=ann@example.com', 'logout_hint=ann@example.com']) {
        const { statusCode, body } = await page('GET', `${path}?client_id=x&${hint}`)
        assert.equal(statusCode, 400, `${path} ${hint}`)
        assert.match(body, /can be pushed beforehand/)
      }
    // What is posted to begin would be led on to an address.
    for (const hint of ['id_token_hint', 'login_hint']) {
      const { statusCode, headers } = await page('POST', '/oauth/authorize', {
        client_id: 'x',
        [hint]: 'ann@example.com',
      })
      assert.deepEqual([statusCode, headers.location], [400, undefined], hint)
    }
  })
})
