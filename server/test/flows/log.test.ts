import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { authenticatorOf } from '../support/authenticator.ts'
import { aJws, anRsaKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { aPdf, multipart } from '../support/multipart.ts'
import { eventually, nextMessage, type Program, startProgram } from '../support/program.ts'

const EMAIL = 'mary@example.com'
const CLIENT = { uid: 'the-shop', secret: 'a-secret-between-the-shop-and-the-server' }
const PROFILE = {
  first_name: 'Mariella',
  last_name: 'Poppinsworth',
  dob: '1964-08-27',
  address: '17 Cherry Tree Lane',
  postcode: 'SW1A 1AA',
  city: 'Llanfairpwll',
  country: 'GB',
}

const REAL_TIME = {
  clock: {
    now: systemClock.now,
    advance: () => {
      throw new Error('The real time cannot be moved.')
    },
  },
}

/** What the log must not have, by what it is. */
type Secrets = Map<string, string>

onEachDatabase('The log', (newDatabase) => {
  const folder = mkdtempSync(join(tmpdir(), 'barong-log-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  // ASVS 16.2.5
  test('has nothing that was said in confidence, however much it tells', async () => {
    const seeds = join(folder, 'seeds.yml')
    const application = { name: 'Shop', redirect_uri: 'https://shop.example/cb', ...CLIENT }
    const levels = ['email', 'phone', 'document'].map((key) => ({ key, value: 'verified', description: key }))
    const applications = [{ name: 'Barong', skipauth: true }, application]
    writeFileSync(seeds, JSON.stringify({ levels, accounts: [], applications }))
    await using program = await startProgram(await newDatabase(), { LOG_LEVEL: 'trace', SEEDS_FILE: seeds })

    const secrets: Secrets = new Map([['the secret of an application', CLIENT.secret]])
    const token = await comesIn(program, secrets)
    await verifiesPhone(program, token, secrets)
    await handsInPapers(program, token, secrets)
    const codes = await protectsItself(program, token, secrets)
    await usesKeys(program, token, codes, secrets)
    await exchanges(program, token, secrets)
    await resetsPassword(program, secrets)
    await stumbles(program, secrets)

    const log = program.printed()
    match(log, /"level":20/, 'It tells everything.')
    match(log, /"sent"/)
    deepEqual(
      [...secrets].filter(([, secret]) => isIn(log, secret)).map(([what]) => what),
      [],
      'nothing of these is in the log',
    )
  })

  test('tells why an application is refused, which it is not told itself', async () => {
    const SEEDS_FILE = join(folder, 'shop.yml')
    const shop = { name: 'Shop', redirect_uri: 'https://shop.example/cb', ...CLIENT }
    writeFileSync(SEEDS_FILE, JSON.stringify({ accounts: [], applications: [shop] }))
    await using program = await startProgram(await newDatabase(), { LOG_LEVEL: 'info', SEEDS_FILE })
    const { status, body } = await program.call('POST', `${program.url}/oauth/token`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: Buffer.from(`grant_type=authorization_code&client_id=${CLIENT.uid}&client_secret=not-the-secret`),
    })
    equal(status, 401, JSON.stringify(body))
    equal(JSON.stringify(body).includes('secret'), false)
    const line = await eventually(async () => /^.*An application is refused.*$/m.exec(program.printed())?.[0])
    const { error, why, application } = JSON.parse(line)
    deepEqual([error, why, application], ['invalid_client', 'invalid secret provided', CLIENT.uid])
    equal(line.includes('not-the-secret'), false)
  })

  test('would be seen to have it', () => {
    ok(isIn('{"level":20,"code":"123456"}', '123456'))
    ok(isIn('{"level":20,"url":"/confirm?confirmation_token=abcdef"}', 'abcdef'))
    ok(!isIn('{"level":20,"time":1795123456789}', '123456'))
  })
})

/** Whether a text stands there, other than as a part of a longer word. */
function isIn(log: string, secret: string): boolean {
  ok(secret.length >= 6, 'It is long enough to be told from chance.')
  const text = secret.replace(/[^\w-]/g, '\\$&').replaceAll(/\n/g, String.raw`(\\n|\n)`)
  return new RegExp(`(?<![\\w-])${text}(?![\\w-])`).test(log)
}

function keep(secrets: Secrets, what: string, secret: unknown): string {
  ok(typeof secret === 'string' && secret !== '', `${what} is there`)
  secrets.set(what, secret)
  return secret
}

const tokenIn = (text: string): string | undefined => /_token=([\w-]+)/.exec(text)?.[1]

const signIn = (program: Program, password: string, more: Record<string, string> = {}) =>
  program.call('POST', '/sessions', {
    json: { email: EMAIL, password, application_id: program.application_id, ...more },
  })

async function comesIn(program: Program, secrets: Secrets): Promise<string> {
  const password = keep(secrets, 'a password', 'umbrella over chimneys 64')
  equal((await program.call('POST', '/accounts', { json: { email: EMAIL, password } })).status, 201)
  ok((await program.call('POST', '/accounts', { json: { email: EMAIL, password } })).status >= 400)
  const link = tokenIn((await nextMessage(program, EMAIL)).text)
  const confirmation_token = keep(secrets, 'the token of a mailed link', link)
  const page = `${program.url}/accounts/confirmation?confirmation_token=${confirmation_token}`
  equal((await program.call('GET', page)).status, 200)
  for (const status of [201, 422]) {
    equal((await program.call('POST', '/accounts/confirm', { json: { confirmation_token } })).status, status)
  }
  ok((await signIn(program, keep(secrets, 'a wrong password', 'parasol under bridges 46'))).status >= 400)
  const { status, body } = await signIn(program, password)
  equal(status, 201)
  ok((await program.call('GET', '/accounts/me', { token: `${body}x` })).status >= 400)
  return keep(secrets, 'the token of a session', body)
}

async function verifiesPhone(program: Program, token: string, secrets: Secrets): Promise<void> {
  const json = { phone_number: `+${keep(secrets, 'a phone number', '14155552671')}` }
  equal((await program.call('POST', '/phones', { token, json })).status, 201)
  const sent = /\d{6}$/.exec((await nextMessage(program, json.phone_number)).text)?.[0]
  const verification_code = keep(secrets, 'the code of an SMS', sent)
  const wrong = keep(secrets, 'a wrong code of an SMS', verification_code === '918273' ? '918274' : '918273')
  const verify = (code: string) =>
    program.call('POST', '/phones/verify', { token, json: { ...json, verification_code: code } })
  ok((await verify(wrong)).status >= 400)
  equal((await verify(verification_code)).status, 201)
}

async function handsInPapers(program: Program, token: string, secrets: Secrets): Promise<void> {
  for (const name of ['first_name', 'last_name', 'dob', 'address', 'postcode', 'city'] as const) {
    keep(secrets, `the ${name} of a profile`, PROFILE[name])
  }
  equal((await program.call('POST', '/profiles', { token, json: PROFILE })).status, 201)
  const doc_number = keep(secrets, 'the number of a document', 'XK-7281-9930')
  const content = aPdf(keep(secrets, 'what a document says', 'the words of a passport'))
  const form = (type: string) =>
    multipart([
      ['doc_expire', '2099-12-31'],
      ['doc_type', type],
      ['doc_number', doc_number],
      ['upload', { filename: `${doc_number}.pdf`, type: 'application/pdf', content }],
    ])
  equal((await program.call('POST', '/documents', { token, ...form('Passport') })).status, 201)
  ok((await program.call('POST', '/documents', { token, ...form('') })).status >= 400)
  const [document] = (await program.call('GET', '/documents', { token })).body
  keep(secrets, 'what signs the link of a document', new URL(document.upload.url).search.slice(-20))
  equal((await program.call('GET', document.upload.url)).status, 200)
}

/** Turns the second factor on, and tells its codes: one for each step near the present one. */
async function protectsItself(program: Program, token: string, secrets: Secrets) {
  const { body } = await program.call('POST', '/security/generate_qrcode', { token })
  keep(secrets, 'the seed of an authenticator', new URL(body.data.url).searchParams.get('secret'))
  const app = authenticatorOf(REAL_TIME, body.data.url)
  const code = (step: number) => keep(secrets, `a code of an authenticator (${step})`, app.code(step))
  const wrong = keep(secrets, 'a wrong code of an authenticator', app.wrong())
  ok((await program.call('POST', '/security/enable_2fa', { token, json: { code: wrong } })).status >= 400)
  equal((await program.call('POST', '/security/enable_2fa', { token, json: { code: code(-1) } })).status, 201)
  const made = await program.call('POST', '/security/recovery_codes', { token, json: { code: code(0) } })
  equal(made.status, 201)
  const [first, second]: string[] = made.body.codes
  const recovery = keep(secrets, 'a recovery code', first)
  keep(secrets, 'another recovery code', second)
  const password = secrets.get('a password') ?? ''
  ok((await signIn(program, password, { otp_code: wrong })).status >= 400)
  equal((await signIn(program, password, { otp_code: recovery })).status, 201)
  ok((await signIn(program, password, { otp_code: recovery })).status >= 400)
  return { next: () => code(1) }
}

async function usesKeys(program: Program, token: string, codes: { next(): string }, secrets: Secrets): Promise<void> {
  const key = anRsaKey()
  const json = { public_key: key.public_key, scopes: 'trade', totp_code: codes.next() }
  const registered = await program.call('POST', '/api_keys', { token, json })
  equal(registered.status, 201)
  const iat = Math.floor(systemClock.now() / 1000)
  const claims = { sub: 'api_key_jwt', iss: 'external', iat, exp: iat + 60, jti: 'the first one' }
  const jwt_token = keep(secrets, 'a signed request of an API key', aJws(key, { alg: 'RS256' }, claims))
  const exchange = () =>
    program.call('POST', '/sessions/generate_jwt', { json: { kid: registered.body.uid, jwt_token } })
  const exchanged = await exchange()
  equal(exchanged.status, 200)
  keep(secrets, 'the token of an API key', exchanged.body.token)
  ok((await exchange()).status >= 400)
}

/** What programs say at the token endpoint, in headers and in bodies. */
async function exchanges(program: Program, token: string, secrets: Secrets): Promise<void> {
  const wrong = keep(secrets, 'a wrong secret of an application', 'a-secret-that-somebody-guessed')
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    program.call('POST', `${program.url}${path}`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: Buffer.from(new URLSearchParams(form).toString()),
    })
  for (const secret of [wrong, CLIENT.secret]) {
    const basic = keep(
      secrets,
      `credentials in a header (${secret.length})`,
      Buffer.from(`${CLIENT.uid}:${secret}`).toString('base64'),
    )
    await post('/oauth/token', { grant_type: 'client_credentials' }, { authorization: `Basic ${basic}` })
    const client = { client_id: CLIENT.uid, client_secret: secret }
    const refresh_token = keep(secrets, 'a refresh token', 'a-refresh-token-of-somebody-else-0123456789')
    await post('/oauth/token', { grant_type: 'refresh_token', refresh_token, ...client })
    const code = keep(secrets, 'an authorization code', 'an-authorization-code-of-somebody-else')
    const code_verifier = keep(secrets, 'a code verifier', 'a-code-verifier-that-is-long-enough-for-the-rules')
    await post('/oauth/token', {
      grant_type: 'authorization_code',
      redirect_uri: 'https://shop.example/cb',
      code,
      code_verifier,
      ...client,
    })
    await post('/oauth/introspect', { token, ...client })
    await post('/oauth/revoke', { token: refresh_token, ...client })
  }
}

async function resetsPassword(program: Program, secrets: Secrets): Promise<void> {
  const { length } = await program.messagesTo(EMAIL)
  equal((await program.call('POST', '/security/reset_password', { json: { email: EMAIL } })).status, 201)
  const link = tokenIn((await nextMessage(program, EMAIL, length)).text)
  const reset_password_token = keep(secrets, 'the token of a link to a new password', link)
  const page = `${program.url}/accounts/password/edit?reset_password_token=${reset_password_token}`
  equal((await program.call('GET', page)).status, 200)
  const password = keep(secrets, 'a new password', 'a spoonful of sugar 1964')
  for (const status of [200, 404]) {
    const json = { reset_password_token, password }
    equal((await program.call('PUT', '/security/reset_password', { json })).status, status)
  }
}

/** Requests that nothing can be made of, with secrets in the wrong places. */
async function stumbles(program: Program, secrets: Secrets): Promise<void> {
  const password = keep(secrets, 'a password in broken JSON', 'half-a-password')
  const raw = (body: string, type = 'application/json', query = '') =>
    program.call('POST', `/sessions${query}`, { headers: { 'content-type': type }, payload: Buffer.from(body) })
  ok((await raw(`{"email":"${EMAIL}","password":"${password}"x}`)).status >= 400)
  ok((await raw(`{"password": ${password}}`)).status >= 400)
  ok((await raw(`password=${password}`, 'text/plain')).status >= 400)
  ok((await raw('{}', 'application/json', `?password=${password}`)).status >= 400)
  ok((await program.call('GET', `/no-such-page?token=${password}`)).status >= 400)
  ok((await program.call('GET', '/accounts/me', { headers: { authorization: password } })).status >= 400)
  ok((await program.call('GET', '/accounts/me', { headers: { cookie: `_barong_session=${password}` } })).status >= 400)
}
