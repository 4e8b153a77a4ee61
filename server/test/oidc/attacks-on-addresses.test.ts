import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, CALLBACK, post, tokensOf, walk } from '../support/oauth.ts'

/** Addresses that look like https://app.example/callback to somebody. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  'the host in capitals': 'https://APP.example/callback',
  'the path in capitals': 'https://app.example/Callback',
  'another scheme': 'http://app.example/callback',
  'a trailing slash': 'https://app.example/callback/',
  'a path below': 'https://app.example/callback/evil',
  'a way up': 'https://app.example/callback/../evil',
  'an encoded way up': 'https://app.example/callback/%2e%2e/evil',
  'a backslash': 'https://app.example\\@evil.example/callback',
  'user information': 'https://app.example@evil.example/callback',
  'user information before the host': 'https://evil@app.example/callback',
  'the port written out': 'https://app.example:443/callback',
  'another port': 'https://app.example:8443/callback',
  'a fragment': 'https://app.example/callback#evil',
  'an empty fragment': 'https://app.example/callback#',
  'a query': 'https://app.example/callback?next=https://evil.example',
  'an empty query': 'https://app.example/callback?',
  'a longer host': 'https://app.example.evil.example/callback',
  'a subdomain': 'https://evil.app.example/callback',
  'a letter from elsewhere': 'https://аpp.example/callback',
  'a dot at the end': 'https://app.example./callback',
  'a tab inside': 'https://app.example/call\tback',
  'a line break': 'https://app.example/callback\r\nset-cookie: a=b',
  'a blank around': ' https://app.example/callback ',
  'no scheme': '//app.example/callback',
  'a script': 'javascript:alert(1)//https://app.example/callback',
  data: 'data:text/html,x',
  nothing: '',
}

onEachDatabase('Addresses that attackers choose', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  // ASVS 3.7.2, 10.4.1
  test('are refused as redirect_uri on a page, whatever they look like', async () => {
    const client = await aClient(server())
    for (const [how, redirect_uri] of Object.entries(LOOKALIKES)) {
      const visit = await browserOf(server()).request(anAttempt(server(), client, { redirect_uri }).url.href)
      assert.deepEqual([visit.status, visit.headers.get('location')], [400, null], how)
      assert.match(visit.text, /This did not work/, how)
      const prompt = anAttempt(server(), client, { redirect_uri, prompt: 'none', response_type: 'token' })
      assert.equal((await browserOf(server()).request(prompt.url.href)).headers.get('location'), null, how)
      const pushed = await post(server(), '/oauth/par', client, Object.fromEntries(prompt.url.searchParams))
      assert.equal(pushed.status, 400, how)
    }
  })

  // ASVS 15.3.7
  test('are refused when given twice', async () => {
    const { url } = anAttempt(server(), await aClient(server()))
    url.searchParams.append('redirect_uri', 'https://evil.example/')
    const visit = await browserOf(server()).request(url.href)
    assert.deepEqual([visit.status, visit.headers.get('location')], [400, null])
  })

  test('are allowed any port on the loopback interface alone, and to programs alone (RFC 8252, section 7.3)', async () => {
    const registered = 'http://127.0.0.1/callback'
    const program = await aClient(server(), { redirect_uri: registered, auth_method: 'none' })
    const site = await aClient(server(), { redirect_uri: registered })
    const statusOf = async (client: typeof site, redirect_uri: string) =>
      (await browserOf(server()).request(anAttempt(server(), client, { redirect_uri }).url.href)).status
    assert.equal(await statusOf(program, 'http://127.0.0.1:51004/callback'), 303)
    assert.equal(await statusOf(program, 'http://127.0.0.1:51004/other'), 400)
    assert.equal(await statusOf(program, 'http://localhost:51004/callback'), 400)
    assert.equal(await statusOf(program, 'http://127.0.0.1.evil.example/callback'), 400)
    assert.equal(await statusOf(site, registered), 303)
    assert.equal(await statusOf(site, 'http://127.0.0.1:51004/callback'), 400)
  })

  // ASVS 10.6.2
  test('are refused after signing out', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    const { id_token } = await tokensOf(server(), client, account, { browser })
    const signOut = (query: Record<string, string>) =>
      browser.request(`${server().origin}/oauth/sign_out?${new URLSearchParams(query)}`)
    for (const post_logout_redirect_uri of [...Object.values(LOOKALIKES), 'https://evil.example/']) {
      if (post_logout_redirect_uri === '') continue
      const visit = await signOut({ id_token_hint: id_token, post_logout_redirect_uri })
      assert.deepEqual([visit.status, visit.headers.get('location')], [400, null], post_logout_redirect_uri)
    }
    const nameless = await signOut({ post_logout_redirect_uri: 'https://evil.example/' })
    assert.doesNotMatch(nameless.text + nameless.headers.get('content-security-policy'), /evil/)
    const out = await browser.submit(nameless, '/sign_out/confirm', { logout: 'yes' })
    assert.ok(out.url.startsWith(`${server().origin}/oauth/sign_out/success`))
  })

  test('lead nowhere in any other parameter', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const evil = 'https://evil.example/'
    for (const name of ['request_uri', 'registration', 'request', 'claims', 'response_mode', 'web_message_uri']) {
      const visit = await browserOf(server()).open(anAttempt(server(), client, { [name]: evil }).url.href)
      assert.doesNotMatch(visit.url, /^https:\/\/evil/, name)
      assert.ok(visit.status < 500, name)
    }
    const landed = await walk(
      browserOf(server()),
      anAttempt(server(), client, { resource: evil, state: evil, login_hint: evil, ui_locales: evil }).url,
      account,
    )
    assert.ok(landed.url.startsWith(CALLBACK))
  })

  test('are pages of ours alone where a form leads', async () => {
    const visit = await browserOf(server()).request(
      `${server().origin}/oauth/device?user_code=${encodeURIComponent('"><script>alert(1)</script>')}`,
    )
    assert.doesNotMatch(visit.text, /<script>alert/)
    assert.match(visit.headers.get('content-security-policy') ?? '', /script-src 'self' 'sha256-[^']+'(;|$)/)
  })
})
