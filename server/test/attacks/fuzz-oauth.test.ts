import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { ROUTES } from '../../src/features/oauth/urls.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { BODIES, faultsIn, HOSTILE, memoryInUse, rowCounts } from '../support/hostile.ts'
import { aClient, CALLBACK } from '../support/oauth.ts'
import { testServer } from '../support/server.ts'

/** What endpoints take, with values that are good where any would be. */
const PARAMETERS = {
  client_id: 'nobody',
  redirect_uri: CALLBACK,
  response_type: 'code',
  response_mode: 'query',
  scope: 'openid',
  state: 's',
  nonce: 'n',
  prompt: 'login',
  max_age: '1',
  acr_values: 'a',
  claims: '{}',
  resource: 'https://a.example',
  request_uri: 'urn:x',
  id_token_hint: 'x.y.z',
  login_hint: 'a@example.com',
  ui_locales: 'en',
  code_challenge: 'a'.repeat(43),
  code_challenge_method: 'S256',
  grant_type: 'authorization_code',
  code: 'c',
  code_verifier: 'v'.repeat(43),
  refresh_token: 'r',
  device_code: 'd',
  user_code: 'ABCD-EFGH',
  xsrf: 'x',
  token: 't',
  token_type_hint: 'access_token',
  client_secret: 's',
  client_assertion: 'a.b.c',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  dpop_jkt: 'j',
  post_logout_redirect_uri: CALLBACK,
  logout: 'yes',
}
const PATHS = [
  ...Object.values(ROUTES),
  '/oauth/token/info',
  '/oauth/revocations',
  '/oauth/interaction/x',
  '/oauth/interaction/x/sign_in',
]
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const TEXTS = HOSTILE.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed())

/** Of the hostile texts each parameter gets a fifth at each endpoint, and all of them at five. */
const textsFor = (path: string, at: number): string[] =>
  TEXTS.filter((_, index) => (index + at + PATHS.indexOf(path)) % 5 === 0)

/** Every parameter at every endpoint with what it is not made for, in the address and in a form; and bodies that are none. */
function requestsTo(path: string, known: Record<string, string>): InjectOptions[] {
  const all = { ...PARAMETERS, ...known }
  const wrong = Object.keys(PARAMETERS).flatMap((name, at) =>
    textsFor(path, at).flatMap((text): InjectOptions[] => {
      const inAddress = new URLSearchParams({ ...all, [name]: text.slice(0, 3000) })
      const inForm = new URLSearchParams({ ...all, [name]: text.slice(0, 60_000) })
      return [
        { method: 'GET', url: `${path}?${inAddress}` },
        { method: 'POST', url: path, payload: String(inForm), headers: FORM },
      ]
    }),
  )
  const raw = [
    '%',
    '%ff=%00',
    '&&&',
    '=',
    'client_id',
    'client_id[]=1',
    'client_id=1&client_id=2',
    '__proto__[a]=1',
    'a'.repeat(8000),
  ]
  const queries = raw.map((query): InjectOptions => ({ method: 'GET', url: `${path}?${query}` }))
  const bodies = BODIES.map(
    ([type, payload]): InjectOptions => ({ method: 'POST', url: path, payload, headers: { 'content-type': type } }),
  )
  return [...wrong, ...queries, ...bodies]
}

const HEADERS = [
  'authorization',
  'cookie',
  'dpop',
  'origin',
  'accept',
  'accept-language',
  'content-type',
  'x-forwarded-proto',
  'x-forwarded-host',
]
const VALUES = [
  '',
  ' ',
  'Basic',
  'Basic !',
  'Basic OjphOmI=',
  `Basic ${'A'.repeat(6000)}`,
  'Bearer',
  'Bearer a.b.c',
  'DPoP x',
  'null',
  '../x',
  'a=b; c',
  '__Host-barong_session=%00',
  'barong_session=a; barong_session=b',
  `barong_interaction=${'x'.repeat(3000)}`,
  'en;q=x,*;;;',
  'http://[',
  '"',
  '{}',
  'e30.e30.e30',
]

const strangeHeaders = (path: string): InjectOptions[] =>
  HEADERS.flatMap((name) =>
    VALUES.flatMap((value): InjectOptions[] => [
      { method: 'GET', url: path, headers: { [name]: value } },
      { method: 'POST', url: path, payload: 'grant_type=client_credentials', headers: { ...FORM, [name]: value } },
    ]),
  )

onEachDatabase('Whatever is sent to the OAuth endpoints', (newDatabase, kind) => {
  // The engine is the same on both; PostgreSQL gets a part.
  const paths = kind === 'sqlite' ? PATHS : [ROUTES.authorization, ROUTES.token, ROUTES.introspection]

  test('is answered with what is wrong, never with 500, by an application that may ask', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LIMIT_TOKENS: '1000000/1m' })
    const { client_id, client_secret } = await aClient(server)
    const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
    for (const path of paths)
      deepEqual(await faultsIn(server, requestsTo(path, { client_id }), { authorization: basic }), [])
  })

  // ASVS 2.3.3
  test('leaves nothing behind, in the database or in memory, where a stranger sends it', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LIMIT_TOKENS: '1000000/1m' })
    await aToken(server, await anAccount(server))
    const strange = [ROUTES.authorization, ROUTES.token, ROUTES.userinfo, ROUTES.code_verification]
    const everything = async () => {
      for (const path of paths) deepEqual(await faultsIn(server, requestsTo(path, {})), [])
      for (const path of strange) deepEqual(await faultsIn(server, strangeHeaders(path)), [])
    }
    // The pages of devices and of signing out keep a row for their form, limited and for a time.
    const others = async () => ({ ...(await rowCounts(server)), oauth_records: 0 })
    const rows = await others()
    await everything()
    const before = memoryInUse()
    await everything()
    const grown = memoryInUse() - before
    ok(grown < 24, `${grown} MiB more are in use after the same requests`)
    deepEqual(await others(), rows)
    const kept = await server.deps.db.selectFrom('oauth_records').select(['kind', 'expires_at']).distinct().execute()
    deepEqual([...new Set(kept.map(({ kind }) => kind))], ['Session'])
    ok(kept.every(({ expires_at }) => expires_at !== null))
  })
})
