import assert from 'node:assert/strict'
import { MINUTE, SECOND } from '../../../src/lib/clock.ts'
import { anAttempt, browserOf, CALLBACK, callbackOf, exchange, post, walk } from '../../support/oauth.ts'
import { aRelyingParty, type Module, type RelyingParty, refusalOf } from './relying-party.ts'

const NO_PKCE = { code_challenge: undefined, code_challenge_method: undefined }

/** An attempt with PKCE that ended at the application with a code. */
async function aCode({ server, client, browser, account }: RelyingParty) {
  const attempt = anAttempt(server, client, { scope: 'openid' })
  return { attempt, landed: await walk(browser, attempt.url, account) }
}

const push = ({ server, client }: RelyingParty, form: URLSearchParams) =>
  post(server, '/oauth/par', client, Object.fromEntries(form))

/** A pushed request, and the address that uses it. */
async function aPushedRequest(party: RelyingParty) {
  const { server, client } = party
  const attempt = anAttempt(server, client, { scope: 'openid' })
  const { status, body } = await push(party, attempt.url.searchParams)
  assert.equal(status, 201)
  const request_uri = String(body.request_uri)
  const urlFor = (client_id: string) =>
    `${server.origin}/oauth/authorize?${new URLSearchParams({ client_id, request_uri })}`
  return { attempt, request_uri, urlFor, url: urlFor(client.client_id) }
}

const refused = ({ status, body }: { status: number; body: { error?: string } }, error: string, as = 400) =>
  assert.deepEqual([status, body.error], [as, error])

/** Modules of fapi2-security-profile-final-test-plan on PKCE, codes and pushed requests, by a client with a secret. */
export const codes: readonly Module[] = [
  {
    name: 'fapi2-security-profile-final-par-ensure-pkce-required',
    checks: 'a pushed request without PKCE is refused with invalid_request',
    run: async (party) => {
      const { url } = anAttempt(party.server, party.client, NO_PKCE)
      refused(await push(party, url.searchParams), 'invalid_request')
    },
  },
  {
    name: 'fapi2-security-profile-final-par-plain-pkce-rejected',
    checks: 'a pushed request with the method plain is refused with invalid_request',
    run: async (party) => {
      const { url } = anAttempt(party.server, party.client, { code_challenge_method: 'plain' })
      refused(await push(party, url.searchParams), 'invalid_request')
    },
  },
  {
    name: 'fapi2-security-profile-final-ensure-pkce-code-verifier-required',
    checks: 'a code is refused with invalid_grant when it comes without its verifier',
    run: async (party) => {
      const { landed } = await aCode(party)
      const code = callbackOf(landed).searchParams.get('code') ?? ''
      const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK }
      refused(await post(party.server, '/oauth/token', party.client, form), 'invalid_grant')
    },
  },
  {
    name: 'fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected',
    checks: 'a code is refused with invalid_grant when it comes with another verifier',
    run: async (party) => {
      const { server, client } = party
      const { landed } = await aCode(party)
      refused(await exchange(server, client, anAttempt(server, client), landed), 'invalid_grant')
    },
  },
  {
    name: 'fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client',
    checks: 'a code is refused with invalid_grant when another client brings it',
    run: async (party) => {
      const { attempt, landed } = await aCode(party)
      const other = await aRelyingParty(party.server)
      refused(await exchange(party.server, other.client, attempt, landed), 'invalid_grant')
    },
  },
  {
    name: 'fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second',
    checks:
      'a code is refused with invalid_grant when it comes again, and the access token of the first use is refused then',
    run: async (party) => {
      const { server, client, userinfo } = party
      const { attempt, landed } = await aCode(party)
      const { body } = await exchange(server, client, attempt, landed)
      server.clock.advance(SECOND)
      refused(await exchange(server, client, attempt, landed), 'invalid_grant')
      assert.equal((await userinfo(body.access_token)).status, 401)
    },
  },
  {
    name: 'fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code',
    checks: 'a code is refused with invalid_grant after its minute',
    run: async (party) => {
      const { attempt, landed } = await aCode(party)
      party.server.clock.advance(MINUTE + SECOND)
      refused(await exchange(party.server, party.client, attempt, landed), 'invalid_grant')
    },
  },
  {
    name: 'fapi2-security-profile-final-ensure-client-id-in-token-endpoint',
    checks: 'a code is refused when nobody says for which client it is',
    run: async (party) => {
      const { attempt, landed } = await aCode(party)
      const code = callbackOf(landed).searchParams.get('code') ?? ''
      const { code_verifier } = attempt
      const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier }
      // RFC 6749, section 5.2: no client authentication is included.
      refused(await post(party.server, '/oauth/token', undefined, form), 'invalid_client', 401)
    },
  },
  {
    name: 'fapi2-security-profile-final-user-rejects-authentication',
    checks: 'who declines comes back with access_denied, the state and iss',
    run: async ({ server, client, browser }) => {
      const attempt = anAttempt(server, client)
      const { searchParams } = callbackOf(await browser.submit(await browser.open(attempt.url.href), '/decline'))
      const told = ['error', 'state', 'iss'].map((name) => searchParams.get(name))
      assert.deepEqual(told, ['access_denied', attempt.state, server.origin])
    },
  },
  {
    name: 'fapi2-security-profile-final-ensure-response-type-token-fails',
    checks: 'response_type=token is refused with unsupported_response_type, and no token is told',
    run: async ({ server, client, browser }) => {
      const visit = await browser.open(anAttempt(server, client, { response_type: 'token' }).url.href)
      const { hash, search } = new URL(visit.url)
      assert.equal(new URLSearchParams(hash.slice(1)).get('error'), 'unsupported_response_type')
      assert.doesNotMatch(hash + search, /access_token/)
    },
  },
  {
    name: 'fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds',
    checks: 'a pushed request can be opened again until somebody went through with it',
    run: async (party) => {
      const { attempt, url } = await aPushedRequest(party)
      await party.browser.open(url)
      const landed = await walk(party.browser, url, party.account)
      assert.equal((await exchange(party.server, party.client, attempt, landed)).status, 200)
    },
  },
  {
    name: 'fapi2-security-profile-final-par-attempt-reuse-request_uri',
    checks: 'a pushed request that somebody went through with is refused on a page',
    run: async ({ browser, account, ...rest }) => {
      const { url } = await aPushedRequest({ browser, account, ...rest })
      callbackOf(await walk(browser, url, account))
      assert.equal((await browser.open(url)).status, 400)
    },
  },
  {
    name: 'fapi2-security-profile-final-par-attempt-to-use-expired-request_uri',
    checks: 'a pushed request is refused on a page when its time is over',
    run: async (party) => {
      const { url } = await aPushedRequest(party)
      party.server.clock.advance(MINUTE + SECOND)
      const visit = await party.browser.open(url)
      assert.deepEqual([visit.status, refusalOf(visit)], [400, 'invalid_request_uri'])
    },
  },
  {
    name: 'fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client',
    checks: 'a pushed request of another client is refused on a page',
    run: async (party) => {
      const { urlFor } = await aPushedRequest(party)
      const other = await aRelyingParty(party.server)
      assert.equal((await party.browser.open(urlFor(other.client.client_id))).status, 400)
    },
  },
  {
    name: 'fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param',
    checks: 'a pushed request that names a request_uri is refused with request_uri_not_supported',
    run: async (party) => {
      const { request_uri } = await aPushedRequest(party)
      const { url } = anAttempt(party.server, party.client, { request_uri })
      refused(await push(party, url.searchParams), 'request_uri_not_supported')
    },
  },
  {
    name: 'fapi2-security-profile-final-par-attempt-invalid-http-method',
    checks: 'requests are pushed by POST alone',
    run: async ({ server }) => {
      for (const method of ['GET', 'PUT'])
        assert.equal((await browserOf(server).request(`${server.origin}/oauth/par`, { method })).status, 405)
    },
  },
  {
    name: 'fapi2-security-profile-final-par-without-duplicate-parameters',
    checks: 'client_id and request_uri are all that is needed where a request was pushed',
    run: async (party) => {
      const { attempt, url } = await aPushedRequest(party)
      const landed = await walk(party.browser, url, party.account)
      assert.equal(callbackOf(landed).searchParams.get('state'), attempt.state)
    },
  },
]
