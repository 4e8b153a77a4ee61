import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, CALLBACK, callbackOf, post, tokensOf, walk } from '../support/oauth.ts'
import { anyText } from '../support/texts.ts'
import { metadataOf } from './conformance/relying-party.ts'

const SITE = 'https://app.example'

onEachDatabase('What the OAuth server answers', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)
  const fetchFrom = (origin: string, path: string, init: RequestInit = {}) =>
    fetch(`${server().origin}${path}`, { ...init, headers: { origin, ...Object(init.headers) } })

  test('is RFC 6749 JSON or a page, and never a 500, whatever it is asked', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const browser = browserOf(server())
    const tokens = await tokensOf(server(), client, account, { browser })
    const { url } = anAttempt(server(), client)
    const known = [
      ...url.searchParams.values(),
      ...['authorization_code', 'refresh_token', 'client_credentials', 'none', 'login', 'form_post', 'fragment'],
      ...[tokens.access_token, tokens.id_token, tokens.refresh_token, client.client_secret, server().origin],
      ...['{"id_token":{"acr":{"essential":true,"values":"x"}}}', '{"userinfo":1}', '[]', 'urn:ietf:wg:oauth:2.0:oob'],
    ]
    const names = [
      ...url.searchParams.keys(),
      ...['grant_type', 'code', 'code_verifier', 'refresh_token', 'client_secret', 'token', 'token_type_hint'],
      ...['prompt', 'max_age', 'claims', 'acr_values', 'id_token_hint', 'login_hint', 'request', 'request_uri'],
      ...['resource', 'response_mode', 'device_code', 'user_code', 'xsrf', 'confirm', 'abort', 'logout', 'audience'],
      ...[
        'post_logout_redirect_uri',
        'client_assertion',
        'client_assertion_type',
        'access_token',
        'dpop_jkt',
        '__proto__',
      ],
    ]
    const value = fc.oneof(fc.constantFrom(...known), anyText({ maxLength: 40 }), fc.webUrl())
    const parameters = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 9 })
    const paths = Object.entries(await metadataOf(server()))
      .filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
      .map(([, path]) => new URL(String(path)).pathname)
    const more = ['/oauth/device', '/oauth/sign_out/confirm', '/oauth/authorize/x', '/oauth/interaction/x', '/oauth/x']
    const request = fc.record({
      path: fc.constantFrom(...paths, ...more, '/oauth/token/info', '/oauth/sign_out/success'),
      method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'),
      parameters,
      authorization: fc.option(
        fc.constantFrom(
          'Basic',
          'Basic !!!',
          'Bearer',
          `Bearer ${tokens.access_token}`,
          `DPoP ${tokens.access_token}`,
          'x',
        ),
      ),
      type: fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'text/plain; charset=x', 'x'),
      accept: fc.constantFrom('text/html', 'application/json', '*/*', 'x'),
      dpop: fc.option(fc.constantFrom('x', tokens.id_token)),
      signedIn: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ path, method, parameters, authorization, type, accept, dpop, signedIn }) => {
        const text = new URLSearchParams(parameters.map(([name, text]) => [name, text])).toString()
        const inBody = method === 'POST' || method === 'PUT'
        const response = await (signedIn ? browser : browserOf(server())).request(
          `${server().origin}${path}${inBody ? '' : `?${text}`}`,
          {
            method,
            headers: {
              accept,
              ...(inBody ? { 'content-type': type } : {}),
              ...(authorization === null ? {} : { authorization }),
              ...(dpop === null ? {} : { dpop }),
            },
            ...(inBody ? { body: text } : {}),
          },
        )
        const body = response.text
        assert.ok(response.status < 500, `${response.status} ${body}`)
        if (response.status < 400 || method === 'HEAD') return
        const isPage = response.headers.get('content-type')?.startsWith('text/html')
        if (isPage) assert.match(body, /<h1>/)
        else assert.equal(typeof JSON.parse(body).error, 'string', body)
      }),
      { numRuns: 300 },
    )
  })

  test('is unauthorized_client to an application that was not given that grant (RFC 6749, section 5.2)', async () => {
    const [shop, service] = [
      await aClient(server(), { grant_types: 'authorization_code' }),
      await aClient(server(), { grant_types: 'client_credentials', redirect_uri: '' }),
    ]
    const device = 'urn:ietf:params:oauth:grant-type:device_code'
    for (const [path, client, form] of [
      ['/oauth/token', shop, { grant_type: 'client_credentials' }],
      ['/oauth/token', shop, { grant_type: 'refresh_token', refresh_token: 'x' }],
      ['/oauth/token', shop, { grant_type: device, device_code: 'x' }],
      ['/oauth/token', service, { grant_type: 'authorization_code', code: 'x', redirect_uri: CALLBACK }],
      ['/oauth/device_authorization', shop, { scope: 'openid' }],
    ] as const) {
      const { status, body } = await post(server(), path, client, form)
      assert.deepEqual(
        [status, body],
        [
          400,
          {
            error: 'unauthorized_client',
            error_description: 'The client is not authorized to perform this request using this method.',
          },
        ],
        JSON.stringify(form),
      )
    }
    const unknown = await post(server(), '/oauth/token', shop, { grant_type: 'password' })
    assert.equal(unknown.body.error, 'unsupported_grant_type')
  })

  test('is an error where the body is too large, is JSON or is cut off', async () => {
    const client = await aClient(server())
    const large = await post(server(), '/oauth/token', client, { grant_type: 'x'.repeat(60_000) })
    assert.deepEqual([large.status, large.body.error], [413, 'invalid_request'])
    const json = await fetch(`${server().origin}/oauth/token`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    assert.deepEqual([json.status, JSON.parse(await json.text()).error], [400, 'invalid_request'])
    const twice = await fetch(`${server().origin}/oauth/token`, {
      method: 'POST',
      body: 'grant_type=client_credentials&grant_type=refresh_token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(twice.status, 400)
  })

  test('is strict on the pages of the engine: no script but its own, no frame, no referrer', async () => {
    for (const path of [
      '/oauth/authorize',
      '/oauth/device',
      '/oauth/sign_out',
      '/oauth/sign_out/success',
      '/oauth/x',
    ]) {
      const { headers } = await browserOf(server()).request(`${server().origin}${path}`)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'/, path)
      assert.match(policy, /frame-ancestors 'none'/, path)
      assert.match(policy, /script-src 'self'( 'sha256-[^ ;]+')?(;|$)/, path)
      assert.doesNotMatch(policy, /unsafe/, path)
      assert.equal(headers.get('x-frame-options'), 'DENY', path)
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    }
  })

  test('posts the answer to the application where it wants that (form_post), by a script the policy knows', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const visit = await walk(
      browserOf(server()),
      anAttempt(server(), client, { response_mode: 'form_post' }).url,
      account,
    )
    const policy = visit.headers.get('content-security-policy') ?? ''
    assert.match(policy, /form-action 'self' https:\/\/app\.example(;|$)/)
    const script = /<script>(.*?)<\/script>/s.exec(visit.text)?.[1] ?? ''
    const digest = createHash('sha256').update(script).digest('base64')
    assert.ok(policy.includes(`'sha256-${digest}'`))
    const form = visit.forms.find(({ action }) => action === CALLBACK)
    assert.deepEqual(Object.keys(form?.fields ?? {}).sort(), ['code', 'iss', 'state'])
  })

  test('shows the code to programs that have no address (out of band)', async () => {
    const account = await anAccount(server())
    const redirect_uri = 'urn:ietf:wg:oauth:2.0:oob'
    const client = await aClient(server(), { redirect_uri })
    const attempt = anAttempt(server(), client, { redirect_uri })
    const shown = await walk(browserOf(server()), attempt.url, account)
    const code = /<pre>([^<]+)<\/pre>/.exec(shown.text)?.[1] ?? ''
    const { code_verifier } = attempt
    const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier }
    assert.equal((await post(server(), '/oauth/token', client, form)).status, 200)
    const declined = await browserOf(server()).open(
      anAttempt(server(), client, { redirect_uri, prompt: 'none' }).url.href,
    )
    assert.deepEqual([declined.status, /login_required/.test(declined.text)], [400, true])
  })

  test('may be read by scripts of the sites of public applications, and of no others', async () => {
    const account = await anAccount(server())
    const page = await aClient(server(), { auth_method: 'none' })
    const backend = await aClient(server())
    const attempt = anAttempt(server(), page)
    const landed = callbackOf(await walk(browserOf(server()), attempt.url, account))
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: page.client_id,
      code: landed.searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
      code_verifier: attempt.code_verifier,
    })
    const elsewhere = await fetchFrom('https://evil.example', '/oauth/token', { method: 'POST', body })
    assert.deepEqual([elsewhere.status, elsewhere.headers.get('access-control-allow-origin')], [400, null])
    const allowed = await fetchFrom(SITE, '/oauth/token', { method: 'POST', body })
    assert.deepEqual([allowed.status, allowed.headers.get('access-control-allow-origin')], [200, SITE])
    const { access_token }: { access_token: string } = JSON.parse(await allowed.text())
    const authorization = { authorization: `Bearer ${access_token}` }
    const me = await fetchFrom(SITE, '/oauth/userinfo', { headers: authorization })
    assert.deepEqual([me.status, me.headers.get('access-control-allow-origin')], [200, SITE])
    const stolen = await fetchFrom('https://evil.example', '/oauth/userinfo', { headers: authorization })
    assert.deepEqual([stolen.status, stolen.headers.get('access-control-allow-origin')], [400, null])
    const { client_id, client_secret } = backend
    const secret = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret })
    assert.equal((await fetchFrom(SITE, '/oauth/token', { method: 'POST', body: secret })).status, 400)
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
      '/oauth/discovery/keys',
    ])
      assert.ok(
        [SITE, '*'].includes((await fetchFrom(SITE, path)).headers.get('access-control-allow-origin') ?? ''),
        path,
      )
    const preflight = await fetchFrom(SITE, '/oauth/token', {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST' },
    })
    assert.equal(preflight.status, 204)
  })

  test('lets an application look at and end the sessions that were begun through it at the API', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const json = { email: account.email, password: PASSWORD, application_id: client.client_id }
    const { body: token } = await server().call('POST', '/sessions', { json })
    const seen = await post(server(), '/oauth/introspect', client, { token })
    assert.deepEqual([seen.body.active, seen.body.scope, seen.body.sub], [true, 'peatio barong', account.uid])
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await fetch(`${server().origin}/oauth/userinfo`, { headers })).status, 403)
    await post(server(), '/oauth/revoke', client, { token })
    assert.equal((await server().call('GET', '/accounts/me', { token })).status, 401)
  })
})
