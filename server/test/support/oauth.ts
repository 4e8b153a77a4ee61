import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { iso } from '../../src/lib/clock.ts'
import { hexToken, urlToken } from '../../src/lib/ids.ts'
import type { Application, NewRow } from '../../src/platform/db/schema.ts'
import { aBrowser, type Browser, type Visit } from './browser.ts'
import { PASSWORD } from './factories.ts'
import type { ListeningServer } from './loopback.ts'
import type { Answer } from './server.ts'

/** Where applications of these tests are sent back to; nothing listens there. */
export const CALLBACK = 'https://app.example/callback'

/** An application as its developer knows it. */
export interface OauthClient {
  application: Application
  client_id: string
  client_secret: string
}

let count = 0

/** An application that asks for consent and may use every grant, unless told otherwise. */
export async function aClient(
  { deps: { db, ring, clock } }: Pick<ListeningServer, 'deps'>,
  overrides: Partial<NewRow<'applications'>> = {},
): Promise<OauthClient> {
  const client_id = hexToken(32)
  const client_secret = hexToken(32)
  const now = iso(clock.now())
  const application = await db
    .insertInto('applications')
    .values({
      uid: client_id,
      name: `Shop ${++count}`,
      redirect_uri: CALLBACK,
      scopes: '',
      secret_sealed: ring.seal('application-secret', client_id, client_secret),
      grant_types: 'authorization_code refresh_token client_credentials urn:ietf:params:oauth:grant-type:device_code',
      created_at: now,
      updated_at: now,
      ...overrides,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { application, client_id, client_secret }
}

/** What a person types when asked. */
export interface Person {
  email: string
  password?: string
  /** Gives a fresh code of their authenticator. */
  code?: () => string
}

/** A browser of somebody new to this server. */
export const browserOf = ({ origin }: { origin: string }): Browser => aBrowser(origin)

/** Opens an address and does what the pages ask until the browser is sent elsewhere, or a page asks for nothing known. */
export async function walk(browser: Browser, url: string | URL, person: Person): Promise<Visit> {
  let visit = await browser.open(String(url))
  for (let pages = 0; pages < 8; pages += 1) {
    const step = ['/sign_in', '/second_factor', '/consent'].find((action) =>
      visit.forms.some((form) => form.action.endsWith(action)),
    )
    if (step === undefined || visit.status === 422) return visit
    visit = await browser.submit(visit, step, typedOn(step, person))
  }
  return visit
}

function typedOn(step: string, { email, password = PASSWORD, code }: Person): Record<string, string> {
  if (step === '/sign_in') return { email, password }
  if (step === '/second_factor') return { code: code?.() ?? '' }
  return {}
}

/** Fails unless the browser ended at the application with what the server answered; returns the address. */
export function callbackOf(visit: Visit, callback = CALLBACK): URL {
  assert.ok(visit.url.startsWith(callback), `ended at ${visit.url} with ${visit.status}:\n${visit.text}`)
  return new URL(visit.url)
}

/** What an application keeps while a person is away signing in. */
export interface Attempt {
  url: URL
  code_verifier: string
  state: string
  nonce: string
}

type Parameters = Record<string, string | undefined>

/** An authorization request with PKCE; `params` are added, or left out where undefined. */
export function anAttempt(
  { origin }: { origin: string },
  { client_id }: OauthClient,
  params: Parameters = {},
): Attempt {
  const [code_verifier, state, nonce] = [urlToken(32), urlToken(8), urlToken(8)]
  const all: Parameters = {
    client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid email profile',
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...params,
  }
  const url = new URL('/oauth/authorize', origin)
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value)
  return { url, code_verifier, state, nonce }
}

/** A call as an application's server makes it, authenticated by its secret unless `client` is left out. */
export async function post(
  { origin }: { origin: string },
  path: string,
  client: OauthClient | undefined,
  form: Record<string, string> | [string, string][],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const basic = client && Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')
  const response = await fetch(new URL(path, origin), {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }), ...headers },
    redirect: 'manual',
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: text.startsWith('{') ? JSON.parse(text) : text,
  }
}

/** Exchanges the code that an attempt led to. */
export const exchange = (
  server: { origin: string },
  client: OauthClient,
  { code_verifier }: Attempt,
  landed: Visit,
  form: Record<string, string> = {},
): Promise<Answer> =>
  post(server, '/oauth/token', client, {
    grant_type: 'authorization_code',
    code: callbackOf(landed).searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier,
    ...form,
  })

/** Signs a person in at an application and returns the answer of the token endpoint. */
export async function tokensOf(
  server: ListeningServer,
  client: OauthClient,
  person: Person,
  { params = {}, browser = browserOf(server) }: { params?: Parameters; browser?: Browser } = {},
) {
  const attempt = anAttempt(server, client, params)
  const { status, body } = await exchange(server, client, attempt, await walk(browser, attempt.url, person))
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

/** A further turn of a refresh token. */
export const refresh = (server: { origin: string }, client: OauthClient, refresh_token: string): Promise<Answer> =>
  post(server, '/oauth/token', client, { grant_type: 'refresh_token', refresh_token })
