import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { signIn } from '../../src/features/sessions/sessions.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import type { RecordedRequest, Recording } from '../contract/recordings.ts'
import type { Browser } from '../support/browser.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, browserOf, callbackOf, walk } from '../support/oauth.ts'

const CALLBACK = 'https://peatio.local/auth/barong/callback'
const uidOf = (end: string) => `${'a'.repeat(60)}${end}`
const secretOf = (end: string) => `${'b'.repeat(60)}${end}`

const BAD_REQUEST = 'RFC 6749, section 5.2: 400, where Doorkeeper answered 401'
const AUTHENTICATED =
  'RFC 7009, section 2.1: who revokes says which application it is; an unknown one is refused, not ignored'
const ERROR_STATUS = 'an error page has the status of an error'
const SEE_OTHER = 'RFC 9700, section 4.12: 303 makes browsers forget the form that led here'
const OWN_PAGES = 'pages of Rails that are a JSON API here'

/** Where we answer otherwise than Barong 1.8.26 on purpose: status, `error`, reason. */
const DIFFERENCES: Readonly<Record<string, readonly [status: number, error: string | undefined, reason: string]>> = {
  oauth_token_empty: [400, 'invalid_request', BAD_REQUEST],
  oauth_token_empty_json: [400, 'invalid_request', `${BAD_REQUEST}; JSON is no form of it`],
  oauth_token_password: [400, 'unsupported_grant_type', BAD_REQUEST],
  oauth_token_client_credentials: [200, undefined, 'the grant was switched on and answered 404 by mistake'],
  oauth_token_client_credentials_basic: [200, undefined, 'the same'],
  oauth_token_client_credentials_no_client: [400, 'invalid_request', BAD_REQUEST],
  oauth_token_client_credentials_bad_scope: [200, undefined, 'RFC 6749, section 3.3: a scope nobody knows is left out'],
  oauth_token_refresh: [400, 'invalid_grant', 'the grant is there now'],
  oauth_token_authcode_missing_code: [400, 'invalid_request', 'RFC 6749, section 5.2: a parameter is missing'],
  oauth_token_get: [405, 'invalid_request', 'the path is known'],
  oauth_token_malformed_json: [400, 'invalid_request', 'the same status, with a body'],
  oauth_token_authcode_wrong_redirect: [400, 'invalid_grant', BAD_REQUEST],
  oauth_token_authcode_reuse: [400, 'invalid_grant', BAD_REQUEST],
  oauth_info_post: [404, 'invalid_request', 'the same status, with words'],
  oauth_revoke_none: [400, 'invalid_request', AUTHENTICATED],
  oauth_revoke_no_client: [400, 'invalid_request', AUTHENTICATED],
  oauth_revoke_with_bearer_only: [400, 'invalid_request', AUTHENTICATED],
  oauth_authorize_anon_code: [303, undefined, SEE_OTHER],
  oauth_authorize_scope: [303, undefined, SEE_OTHER],
  oauth_authorize_delete_anon: [405, 'invalid_request', 'declining is a step of the sign-in now'],
  oauth_applications_anon: [404, 'invalid_request', OWN_PAGES],
  oauth_authorized_apps_anon: [404, 'invalid_request', OWN_PAGES],
  oauth_authorize_code_page: [400, undefined, 'there is no such sign-in'],
  oauth_authorize_no_client: [400, undefined, ERROR_STATUS],
  oauth_authorize_no_redirect: [400, undefined, ERROR_STATUS],
  oauth_authorize_bad_response_type: [303, undefined, 'RFC 6749, section 4.1.2.1: the application is told'],
  oauth_authorize_token: [303, undefined, 'the same; OAuth 2.1 has no implicit grant'],
}

const pairs = readFileSync(new URL('../fixtures/contract/pairs.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Recording => JSON.parse(line))
  .filter(({ name, request }) => name.startsWith('oauth_') && request)

onEachDatabase('What Barong 1.8.26 answered below /oauth', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)
  let account: Account
  let browser: Browser
  let code: string

  before(async () => {
    account = await anAccount(server(), { email: 'mg@example.com' })
    const { ring } = server().deps
    for (const end of ['0001', '0002'])
      await aClient(server(), {
        uid: uidOf(end),
        name: end,
        secret_sealed: ring.seal('application-secret', uidOf(end), secretOf(end)),
        redirect_uri: CALLBACK,
        pkce_waived_at: '2026-01-01T00:00:00.000Z',
        consent_skipped_at: '2026-01-01T00:00:00.000Z',
      })
    browser = browserOf(server())
    const query = new URLSearchParams({ response_type: 'code', client_id: uidOf('0001'), redirect_uri: CALLBACK })
    const landed = await walk(browser, `${server().origin}/oauth/authorize?${query}`, account)
    code = callbackOf(landed, CALLBACK).searchParams.get('code') ?? ''
  })

  /** The recorded request with a token, a code and cookies of ours in the places of the recorded ones. */
  async function ask({ method, path, json, form, body, headers = {} }: RecordedRequest, signedIn: boolean) {
    const token = await signIn(server().deps, {
      email: account.email,
      password: PASSWORD,
      application_id: uidOf('0001'),
    })
    const ours = (text: string) => text.replace('<jwt session mg@example.com>', token)
    const { Cookie: _, ...rest } = headers
    const fields = form && Object.entries(form).map(([name, value]) => [name, name === 'code' ? code : ours(value)])
    const payload = fields ? new URLSearchParams(fields).toString() : json ? JSON.stringify(json) : body
    const sent = Object.entries(rest).map(([name, value]) => [name, ours(value)])
    return (signedIn ? browser : browserOf(server())).request(`${server().origin}${ours(path)}`, {
      method,
      headers: { accept: '*/*', ...Object.fromEntries(sent) },
      ...(payload === undefined ? {} : { body: payload }),
    })
  }

  for (const { name, setup, request, response } of pairs) {
    if (!request || !response) continue
    const [status, error, reason] = DIFFERENCES[name] ?? [response.status, errorOf(response.body), undefined]
    test(`${name} is answered ${reason === undefined ? 'alike' : `${status}: ${reason}`}`, async () => {
      const answer = await ask(request, setup !== undefined)
      assert.deepEqual([answer.status, errorOf(answer.text)], [status, error], answer.text)
      if (reason === undefined) assert.deepEqual(shapeOf(answer.text), shapeOf(response.body))
    })
  }

  test('differs nowhere else, and names no recording that does not exist', () => {
    const names = pairs.map(({ name }) => name)
    assert.deepEqual(
      Object.keys(DIFFERENCES).filter((name) => !names.includes(name)),
      [],
    )
  })
})

function parsed(text: string): Record<string, unknown> {
  return text.startsWith('{') ? JSON.parse(text) : {}
}
function errorOf(text: string): unknown {
  return parsed(text)['error']
}

/** The names a body has, without those that are new. */
const shapeOf = (text: string): string[] =>
  Object.keys(parsed(text))
    .filter((name) => name !== 'refresh_token' && name !== 'scope')
    .sort()
