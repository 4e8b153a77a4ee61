import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { SECOND } from '../../../src/lib/clock.ts'
import type { Visit } from '../../support/browser.ts'
import { anAttempt, browserOf, CALLBACK, callbackOf, post, walk } from '../../support/oauth.ts'
import { aRelyingParty, type Claims, type Module, metadataOf, refusalOf } from './relying-party.ts'

const hasForm = (visit: Visit, action: string) => visit.forms.some((form) => form.action.endsWith(action))
const namesOf = (claims: Claims) => Object.keys(claims).sort()

/** Userinfo says what a scope stands for, and nothing else (Core, section 5.4). */
const scopeModule = (name: string, scope: string, expected: readonly string[]): Module => ({
  name,
  checks: `userinfo has the claims of the scopes ${scope}`,
  run: async ({ tokens, userinfo }) => {
    const { body } = await tokens({ scope })
    assert.deepEqual(namesOf((await userinfo(body['access_token'] ?? '')).body), [...expected].sort())
  },
})

const PROFILE = ['name', 'given_name', 'family_name', 'birthdate', 'updated_at', 'uid', 'role', 'level', 'state']
const EMAIL = ['email', 'email_verified']
const PHONE = ['phone_number', 'phone_number_verified']

/** The plan oidcc-basic-certification-test-plan, response_type=code, client_secret_basic. */
export const basic: readonly Module[] = [
  {
    name: 'oidcc-server',
    checks: 'a code flow ends with an id token and an access token; the scope, type and lifetime are told',
    run: async ({ tokens, userinfo }) => {
      const { body, claims } = await tokens()
      assert.equal(body['token_type'], 'Bearer')
      assert.ok(Number(body['expires_in']) > 0)
      assert.equal(body['scope'], 'openid')
      assert.equal((await userinfo(body['access_token'] ?? '')).body['sub'], claims['sub'])
    },
  },
  {
    name: 'oidcc-response-type-missing',
    checks: 'a request without response_type is refused with invalid_request or unsupported_response_type',
    run: async ({ open }) => {
      const error = refusalOf(await open({ response_type: undefined }))
      assert.ok(['invalid_request', 'unsupported_response_type'].includes(error), error)
    },
  },
  {
    name: 'oidcc-idtoken-signature',
    checks: 'the id token is signed with RS256 by a key of the JWK Set, which its kid names',
    run: async ({ tokens }) => {
      const { body } = await tokens()
      const header = JSON.parse(Buffer.from((body['id_token'] ?? '').split('.')[0] ?? '', 'base64url').toString())
      assert.equal(header.alg, 'RS256')
      assert.ok(header.kid)
    },
  },
  {
    name: 'oidcc-idtoken-unsigned',
    checks: 'unsigned id tokens are not offered (the suite skips the module then)',
    run: async ({ server }) => {
      const metadata = await metadataOf(server)
      const algorithms = [metadata['id_token_signing_alg_values_supported']].flat()
      assert.deepEqual(new Set(algorithms), new Set(['RS256', 'ES256', 'EdDSA']))
    },
  },
  {
    name: 'oidcc-userinfo-get',
    checks: 'userinfo answers GET with the token in the header',
    run: async ({ tokens, userinfo, account }) => {
      const { body } = await tokens()
      assert.deepEqual(await userinfo(body['access_token'] ?? ''), { status: 200, body: { sub: account.uid } })
    },
  },
  ...(['header', 'body'] as const).map(
    (place): Module => ({
      name: `oidcc-userinfo-post-${place}`,
      checks: `userinfo answers POST with the token in the ${place}`,
      run: async ({ tokens, server, account }) => {
        const { body } = await tokens()
        const access_token = body['access_token'] ?? ''
        const answer = await (place === 'header'
          ? post(server, '/oauth/userinfo', undefined, {}, { authorization: `Bearer ${access_token}` })
          : post(server, '/oauth/userinfo', undefined, { access_token }))
        assert.deepEqual([answer.status, answer.body.sub], [200, account.uid])
      },
    }),
  ),
  {
    name: 'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
    checks: 'a code flow needs no nonce, and the id token has none then',
    run: async ({ tokens }) => {
      assert.equal('nonce' in (await tokens({ nonce: undefined })).claims, false)
    },
  },
  scopeModule('oidcc-scope-profile', 'openid profile', ['sub', ...PROFILE]),
  scopeModule('oidcc-scope-email', 'openid email', ['sub', ...EMAIL]),
  scopeModule('oidcc-scope-address', 'openid address', ['sub', 'address']),
  scopeModule('oidcc-scope-phone', 'openid phone', ['sub', ...PHONE]),
  scopeModule('oidcc-scope-all', 'openid profile email address phone', [
    'sub',
    'address',
    ...PROFILE,
    ...EMAIL,
    ...PHONE,
  ]),
  scopeModule('oidcc-ensure-other-scope-order-succeeds', 'email openid', ['sub', ...EMAIL]),
  ...(['page', 'popup'] as const).map(
    (display): Module => ({
      name: `oidcc-display-${display}`,
      checks: `display=${display} succeeds`,
      run: async ({ tokens }) => void (await tokens({ display })),
    }),
  ),
  {
    name: 'oidcc-prompt-login',
    checks: 'prompt=login asks again, and auth_time tells of it',
    run: async ({ tokens, open, server }) => {
      const first = await tokens()
      server.clock.advance(2 * SECOND)
      assert.ok(hasForm(await open({ prompt: 'login' }), '/sign_in'))
      const second = await tokens({ prompt: 'login' })
      assert.ok(Number(second.claims['auth_time']) > Number(first.claims['auth_time']))
    },
  },
  {
    name: 'oidcc-prompt-none-not-logged-in',
    checks: 'prompt=none answers login_required where nobody is signed in',
    run: async ({ open }) => {
      const error = refusalOf(await open({ prompt: 'none' }))
      assert.equal(error, 'login_required')
    },
  },
  {
    name: 'oidcc-prompt-none-logged-in',
    checks: 'prompt=none succeeds at once for the same person and the same sign-in',
    run: async ({ tokens, open }) => {
      const first = await tokens()
      assert.ok(callbackOf(await open({ prompt: 'none' })).searchParams.has('code'))
      const second = await tokens({ prompt: 'none' })
      assert.deepEqual(
        [second.claims['sub'], second.claims['auth_time']],
        [first.claims['sub'], first.claims['auth_time']],
      )
    },
  },
  {
    name: 'oidcc-max-age-1',
    checks: 'max_age=1 asks again after more than a second, and auth_time tells of it',
    run: async ({ tokens, open, server }) => {
      const first = await tokens()
      server.clock.advance(2 * SECOND)
      assert.ok(hasForm(await open({ max_age: '1' }), '/sign_in'))
      const second = await tokens({ max_age: '1' })
      assert.ok(Number(second.claims['auth_time']) > Number(first.claims['auth_time']))
    },
  },
  {
    name: 'oidcc-max-age-10000',
    checks: 'max_age=10000 asks nothing soon after, and auth_time stays',
    run: async ({ tokens, open }) => {
      const first = await tokens({ max_age: '10000' })
      assert.ok(callbackOf(await open({ max_age: '10000' })).searchParams.has('code'))
      assert.equal((await tokens({ max_age: '10000' })).claims['auth_time'], first.claims['auth_time'])
    },
  },
  {
    name: 'oidcc-ensure-request-with-unknown-parameter-succeeds',
    checks: 'a parameter nobody knows is ignored',
    run: async ({ tokens }) => void (await tokens({ extra: 'foobar' })),
  },
  {
    name: 'oidcc-id-token-hint',
    checks: 'prompt=none succeeds with an id token of the same person as hint, and not with somebody else’s',
    run: async ({ tokens, open, server }) => {
      const { body } = await tokens()
      await tokens({ prompt: 'none', id_token_hint: body['id_token'] })
      const other = await aRelyingParty(server)
      const { body: others } = await other.tokens()
      assert.equal(refusalOf(await open({ prompt: 'none', id_token_hint: others['id_token'] })), 'invalid_request')
    },
  },
  {
    name: 'oidcc-login-hint',
    checks: 'login_hint succeeds, and is what the page suggests',
    run: async ({ tokens, server, client }) => {
      const { url } = anAttempt(server, client, { login_hint: 'ada@example.com' })
      assert.match((await browserOf(server).open(url.href)).text, /value="ada@example.com"/)
      await tokens({ login_hint: 'ada@example.com' })
    },
  },
  ...(['ui', 'claims'] as const).map(
    (kind): Module => ({
      name: `oidcc-${kind}-locales`,
      checks: `${kind}_locales succeeds, whether or not it is followed`,
      run: async ({ tokens }) => void (await tokens({ [`${kind}_locales`]: 'se' })),
    }),
  ),
  {
    name: 'oidcc-ensure-request-with-acr-values-succeeds',
    checks: 'acr_values succeeds, known or not, and the id token says which class was reached',
    run: async ({ tokens }) => {
      assert.equal((await tokens({ acr_values: '1 2' })).claims['acr'], 'urn:barong:acr:1fa')
    },
  },
  {
    name: 'oidcc-codereuse',
    checks: 'a code is refused with invalid_grant when it comes again',
    run: async ({ tokens, server, client }) => {
      const { code } = await tokens()
      const again = await post(server, '/oauth/token', client, {
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK,
      })
      assert.deepEqual([again.status, again.body.error], [400, 'invalid_grant'])
    },
  },
  {
    name: 'oidcc-codereuse-30seconds',
    checks: 'the same after 30 seconds, and the access token of the first use is refused then',
    run: async ({ tokens, userinfo, server, client }) => {
      const { code, body } = await tokens()
      server.clock.advance(30 * SECOND)
      const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK }
      const again = await post(server, '/oauth/token', client, form)
      assert.deepEqual([again.status, again.body.error], [400, 'invalid_grant'])
      assert.equal((await userinfo(body['access_token'] ?? '')).status, 401)
    },
  },
  {
    name: 'oidcc-ensure-registered-redirect-uri',
    checks: 'a redirect_uri that is not registered is refused on a page',
    run: async ({ open }) => {
      const visit = await open({ redirect_uri: `${CALLBACK}/unregistered` })
      assert.equal(visit.status, 400)
      assert.equal(refusalOf(visit), 'invalid_redirect_uri')
    },
  },
  {
    name: 'oidcc-ensure-redirect-uri-in-authorization-request',
    checks: 'a request without redirect_uri is refused on a page, though only one is registered',
    run: async ({ open }) => {
      const visit = await open({ redirect_uri: undefined })
      assert.equal(visit.status, 400)
      assert.equal(refusalOf(visit), 'invalid_request')
    },
  },
  {
    name: 'oidcc-ensure-post-request-succeeds',
    checks: 'the authorization endpoint takes POST like GET',
    run: async ({ server, client, account, browser }) => {
      const attempt = anAttempt(server, client, { scope: 'openid' })
      const posted = await browser.request(`${server.origin}/oauth/authorize`, {
        method: 'POST',
        body: attempt.url.searchParams,
      })
      const next = new URL(posted.headers.get('location') ?? '', server.origin)
      assert.ok(callbackOf(await walk(browser, next, account)).searchParams.has('code'))
    },
  },
  {
    name: 'oidcc-server-client-secret-post',
    checks: 'the client may send its secret in the body',
    run: async ({ authorize, server, client }) => {
      const { answer } = await authorize()
      const { client_id, client_secret } = client
      const { status } = await post(server, '/oauth/token', undefined, {
        grant_type: 'authorization_code',
        code: answer.get('code') ?? '',
        redirect_uri: CALLBACK,
        client_id,
        client_secret,
      })
      assert.equal(status, 200)
    },
  },
  {
    name: 'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
    checks: 'request objects are refused with request_not_supported',
    run: async ({ open }) => assert.equal(refusalOf(await open({ request: unsigned({}) })), 'request_not_supported'),
  },
  {
    name: 'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
    checks: 'request_uri that was not pushed is refused and not fetched',
    run: async ({ open }) => {
      const error = refusalOf(await open({ request_uri: 'https://app.example/request.jwt' }))
      assert.ok(['invalid_request_uri', 'request_uri_not_supported'].includes(error), error)
    },
  },
  {
    name: 'oidcc-ensure-request-object-with-redirect-uri',
    checks: 'a redirect_uri in a request object leads nowhere',
    run: async ({ open, client }) => {
      const request = unsigned({ client_id: client.client_id, redirect_uri: 'https://evil.example/' })
      assert.ok((await open({ request })).url.startsWith(CALLBACK))
    },
  },
  {
    name: 'oidcc-claims-essential',
    checks: 'claims asked for by the claims parameter are told by userinfo after consent',
    run: async ({ tokens, userinfo }) => {
      const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
      const { body } = await tokens({ claims })
      assert.equal((await userinfo(body['access_token'] ?? '')).body['name'], 'Ada Lovelace')
    },
  },
  {
    name: 'oidcc-refresh-token',
    checks: 'a refresh token gives new tokens for the same person and sign-in, and nothing to another client',
    run: async ({ tokens, server, client }) => {
      const { body, claims } = await tokens({ scope: 'openid offline_access', prompt: 'consent' })
      const form = { grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' }
      const other = await aRelyingParty(server)
      assert.equal((await post(server, '/oauth/token', other.client, form)).body.error, 'invalid_grant')
      const refreshed = await post(server, '/oauth/token', client, form)
      assert.equal(refreshed.status, 200)
      const renewed = decodeJwt(refreshed.body.id_token)
      for (const claim of ['iss', 'sub', 'aud', 'auth_time', 'acr'])
        assert.deepEqual(renewed[claim], claims[claim], claim)
    },
  },
  {
    name: 'oidcc-ensure-request-with-valid-pkce-succeeds',
    checks: 'a request with PKCE succeeds with its verifier, and with no other',
    run: async ({ authorize, tokens, server, client }) => {
      const code_verifier = 'a-verifier-that-is-at-least-43-characters-long'
      const code_challenge = createHash('sha256').update(code_verifier).digest('base64url')
      const pkce = { code_challenge, code_challenge_method: 'S256' }
      await tokens({ ...pkce, code_verifier })
      const { answer } = await authorize(pkce)
      const form = { grant_type: 'authorization_code', code: answer.get('code') ?? '', redirect_uri: CALLBACK }
      const wrong = await post(server, '/oauth/token', client, { ...form, code_verifier: `${code_verifier}x` })
      assert.equal(wrong.body.error, 'invalid_grant')
    },
  },
]

const unsigned = (claims: object): string =>
  `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
