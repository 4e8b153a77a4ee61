import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { plantSeeds, readSeedFile } from '../../src/features/seeds/seeds.ts'
import { signIn } from '../../src/features/sessions/sessions.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import type { RecordedRequest, Recording } from '../contract/recordings.ts'
import type { Browser, Visit } from '../support/browser.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { browserOf, callbackOf, walk } from '../support/oauth.ts'

const CALLBACK = 'https://peatio.local/auth/barong/callback'
const uidOf = (end: string) => `${'a'.repeat(60)}${end}`
const secretOf = (end: string) => `${'b'.repeat(60)}${end}`

/** A seed file as those of Barong 1.8.26 were. */
const SEEDS = `applications:
${['0001', '0002']
  .map(
    (end) => `  - name: ${end}
    redirect_uri: ${CALLBACK}
    skipauth: true
    uid: ${uidOf(end)}
    secret: ${secretOf(end)}
`,
  )
  .join('')}`

const BAD_REQUEST = 'RFC 6749, section 5.2: 400, where Doorkeeper answered 401'
const NOT_GIVEN = 'the application was not given the grant, which answered 404 by mistake'
const AUTHENTICATED =
  'RFC 7009, section 2.1: who revokes says which application it is; an unknown one is refused, not ignored'
const NOBODY =
  'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.'
const ERROR_STATUS = 'an error page has the status of an error'
const SEE_OTHER = 'RFC 9700, section 4.12: 303 makes browsers forget the form that led here'
const OWN_PAGES = 'pages of Rails that lead to the pages of this server'

/** An answer of ours that differs; what it does not name is as recorded, as far as it can be with that status. */
interface Difference {
  status: number
  error?: string
  /** The description, where it is another than that of the error in the recording. */
  says?: string
  because: string
}

/** Where we answer otherwise than Barong 1.8.26 on purpose. */
const DIFFERENCES: Readonly<Record<string, Difference>> = {
  oauth_token_empty: { status: 400, error: 'invalid_request', because: BAD_REQUEST },
  oauth_token_empty_json: {
    status: 400,
    error: 'invalid_request',
    says: 'only application/x-www-form-urlencoded content-type bodies are supported on POST /oauth/token',
    because: `${BAD_REQUEST}; JSON is no form of it`,
  },
  oauth_token_password: { status: 400, error: 'unsupported_grant_type', because: BAD_REQUEST },
  oauth_token_client_credentials: { status: 400, error: 'unauthorized_client', because: NOT_GIVEN },
  oauth_token_client_credentials_basic: { status: 400, error: 'unauthorized_client', because: NOT_GIVEN },
  oauth_token_client_credentials_bad_scope: { status: 400, error: 'unauthorized_client', because: NOT_GIVEN },
  oauth_token_refresh: { status: 400, error: 'invalid_grant', because: 'the grant is there now' },
  oauth_token_authcode_missing_code: {
    status: 400,
    error: 'invalid_request',
    because: 'RFC 6749, section 5.2: a parameter is missing, and it is told which',
  },
  oauth_token_get: { status: 405, error: 'invalid_request', because: 'the path is known' },
  oauth_token_malformed_json: { status: 400, error: 'invalid_request', because: 'the same status, with a body' },
  oauth_token_authcode_wrong_redirect: { status: 400, error: 'invalid_grant', because: BAD_REQUEST },
  oauth_token_authcode_reuse: { status: 400, error: 'invalid_grant', because: BAD_REQUEST },
  oauth_info_post: { status: 404, error: 'invalid_request', because: 'the same status, with words' },
  oauth_revoke_none: { status: 401, error: 'invalid_client', says: NOBODY, because: AUTHENTICATED },
  oauth_revoke_no_client: { status: 401, error: 'invalid_client', says: NOBODY, because: AUTHENTICATED },
  oauth_revoke_with_bearer_only: { status: 400, error: 'invalid_request', because: AUTHENTICATED },
  oauth_authorize_anon_code: { status: 303, because: SEE_OTHER },
  oauth_authorize_scope: { status: 303, because: SEE_OTHER },
  oauth_authorize_delete_anon: {
    status: 405,
    error: 'invalid_request',
    because: 'declining is a step of the sign-in now',
  },
  oauth_applications_anon: { status: 302, because: OWN_PAGES },
  oauth_authorized_apps_anon: { status: 302, because: OWN_PAGES },
  oauth_authorize_code_page: { status: 400, because: 'there is no such sign-in' },
  oauth_authorize_no_client: { status: 400, because: ERROR_STATUS },
  oauth_authorize_no_redirect: { status: 400, because: ERROR_STATUS },
  oauth_authorize_bad_response_type: {
    status: 303,
    because: 'RFC 6749, section 4.1.2.1: the application is told',
  },
  oauth_authorize_token: { status: 303, because: 'the same; OAuth 2.1 has no implicit grant' },
}

type Response = NonNullable<Recording['response']>

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
    await plantSeeds(server().deps, readSeedFile('seeds.yml', SEEDS))
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

  for (const recording of pairs) {
    const { name, setup, request, response } = recording
    if (!request || !response) continue
    const difference = DIFFERENCES[name]
    test(`${name} is answered ${difference ? `${difference.status}: ${difference.because}` : 'alike'}`, async () => {
      const expected = expectedAnswer(response, difference)
      const answer = await ask(request, setup !== undefined)
      assert.deepEqual(answerOf(answer, expected), { ...expected }, answer.text)
      if (!difference) assert.deepEqual(shapeOf(answer.text), shapeOf(response.body))
      const isOfTokens = request.path === '/oauth/token' && request.method === 'POST'
      if (isOfTokens) assert.deepEqual([answer.headers.get('cache-control'), answer.headers.get('pragma')], NOT_KEPT)
    })
  }

  test('leads those who come as omniauth-barong 0.1.4 does to the sign-in', () => {
    assert.match(code, /^[\w-]{43}$/)
  })

  test('tells of a token the scopes it was given, also where consent is skipped', async () => {
    const query = { response_type: 'code', client_id: uidOf('0001'), redirect_uri: CALLBACK, scope: 'peatio' }
    const landed = await browser.open(`${server().origin}/oauth/authorize?${new URLSearchParams(query)}`)
    const form = {
      grant_type: 'authorization_code',
      code: callbackOf(landed, CALLBACK).searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
      client_id: uidOf('0001'),
      client_secret: secretOf('0001'),
    }
    const body = new URLSearchParams(form)
    const granted = await browser.request(`${server().origin}/oauth/token`, {
      method: 'POST',
      body,
      headers: { accept: '*/*' },
    })
    const authorization = `Bearer ${parsed(granted.text)['access_token']}`
    const info = await browser.request(`${server().origin}/oauth/token/info`, { headers: { authorization } })
    assert.deepEqual(parsed(info.text)['scopes'], ['peatio'])
  })

  test('differs nowhere else, and names no recording that does not exist', () => {
    const names = pairs.map(({ name }) => name)
    assert.deepEqual(
      Object.keys(DIFFERENCES).filter((name) => !names.includes(name)),
      [],
    )
  })
})

const NOT_KEPT = ['no-store', 'no-cache']

/** What is compared: all of an answer that is as recorded, and of others what they share with the recording. */
function expectedAnswer({ status, headers, body }: Response, difference: Difference | undefined) {
  const { error, error_description } = parsed(body)
  const challenge = headers['WWW-Authenticate'] ?? null
  if (!difference) return { status, error, error_description, challenge, media_type: headers['Content-Type'] }
  const says = difference.says ?? (difference.error === error ? error_description : undefined)
  return {
    status: difference.status,
    error: difference.error,
    ...(says === undefined ? {} : { error_description: says }),
    // RFC 9110, section 15.5.2: of 401 alone.
    challenge: difference.status === 401 ? challengeOf(difference.error, says) : null,
  }
}

const challengeOf = (error: unknown, description: unknown): string =>
  `Bearer realm="Doorkeeper", error="${error}", error_description="${description}"`

function answerOf({ status, text, headers }: Visit, expected: object): Record<string, unknown> {
  const media_type = headers.get('content-type')
  const all = { ...parsed(text), status, challenge: headers.get('www-authenticate'), media_type }
  return Object.fromEntries(Object.keys(expected).map((name) => [name, Reflect.get(all, name)]))
}

function parsed(text: string): Record<string, unknown> {
  return text.startsWith('{') ? JSON.parse(text) : {}
}

/** The names a body has, without those that are new. */
const shapeOf = (text: string): string[] =>
  Object.keys(parsed(text))
    .filter((name) => name !== 'refresh_token' && name !== 'scope')
    .sort()
