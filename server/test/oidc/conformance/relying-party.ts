import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import type { Account, NewRow } from '../../../src/platform/db/schema.ts'
import type { Browser, Visit } from '../../support/browser.ts'
import { anAccount, aPhone, aProfile } from '../../support/factories.ts'
import type { ListeningServer } from '../../support/loopback.ts'
import {
  type Attempt,
  aClient,
  anAttempt,
  browserOf,
  CALLBACK,
  callbackOf,
  type OauthClient,
  post,
  walk,
} from '../../support/oauth.ts'

/** A module of the OpenID conformance suite, as a case of ours. */
export interface Module {
  /** The suite's own name. */
  name: string
  checks: string
  run: (relyingParty: RelyingParty) => Promise<void>
}

/** Plays the suite's part: a registered client without PKCE, and a person with all that scopes can tell. */
export interface RelyingParty {
  server: ListeningServer
  client: OauthClient
  account: Account
  browser: Browser
  /** Opens an authorization request in the browser and does nothing more. */
  open(params?: Params): Promise<Visit>
  /** The same, and signs in and consents where asked. */
  authorize(params?: Params): Promise<{ attempt: Attempt; answer: URLSearchParams }>
  /** Authorizes, exchanges the code, and verifies the id token as Core, section 3.1.3.7, says. */
  tokens(params?: Params): Promise<{ attempt: Attempt; code: string; body: Record<string, string>; claims: Claims }>
  userinfo(access_token: string): Promise<{ status: number; body: Claims }>
}

type Params = Record<string, string | undefined>
export type Claims = Record<string, unknown>

const WITHOUT_PKCE = { code_challenge: undefined, code_challenge_method: undefined }

/** The suite's clients of the plans for OpenID Connect know no PKCE, save in one module. */
const WAIVED = { pkce_waived_at: '2026-01-01T00:00:00.000Z' }

/** A relying party that nobody has signed in at yet. */
export async function aRelyingParty(
  server: ListeningServer,
  overrides: Partial<NewRow<'applications'>> = WAIVED,
): Promise<RelyingParty> {
  const account = await aKnownPerson(server)
  const client = await aClient(server, overrides)
  const browser = browserOf(server)
  const keys = createRemoteJWKSet(new URL('/oauth/discovery/keys', server.origin))
  const open = (params: Params = {}) =>
    browser.open(anAttempt(server, client, { ...WITHOUT_PKCE, scope: 'openid', ...params }).url.href)
  const authorize = async (params: Params = {}) => {
    const attempt = anAttempt(server, client, { ...WITHOUT_PKCE, scope: 'openid', ...params })
    const answer = callbackOf(await walk(browser, attempt.url, account)).searchParams
    if (attempt.url.searchParams.has('state')) assert.equal(answer.get('state'), attempt.state)
    assert.equal(answer.get('iss'), server.origin)
    return { attempt, answer }
  }
  const tokens = async (params: Params = {}) => {
    const { attempt, answer } = await authorize(params)
    const code = answer.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK }
    const verifier = params['code_challenge'] === undefined ? {} : { code_verifier: params['code_verifier'] ?? '' }
    const { status, body, headers } = await post(server, '/oauth/token', client, { ...form, ...verifier })
    assert.equal(status, 200, JSON.stringify(body))
    assert.match(String(headers['cache-control']), /no-store/)
    const { payload } = await jwtVerify(body.id_token, keys, { issuer: server.origin, audience: client.client_id })
    assert.equal(payload.sub, account.uid)
    if (attempt.url.searchParams.has('nonce')) assert.equal(payload['nonce'], attempt.nonce)
    return { attempt, code, body, claims: payload }
  }
  const userinfo = async (access_token: string) => {
    const response = await fetch(`${server.origin}/oauth/userinfo`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    return { status: response.status, body: JSON.parse(await response.text()) }
  }
  return { server, client, account, browser, open, authorize, tokens, userinfo }
}

async function aKnownPerson(server: ListeningServer): Promise<Account> {
  const account = await anAccount(server)
  await aProfile(server, account)
  await aPhone(server, account)
  return account
}

/** Fails unless the answer is an error page or an error that the application is told. */
export function refusalOf(visit: Visit): string {
  const told = new URL(visit.url).searchParams.get('error')
  if (told !== null) return told
  assert.equal(visit.status, 400)
  return /<code>([a-z_]+)<\/code>/.exec(visit.text)?.[1] ?? ''
}

/** A discovery document. */
export async function metadataOf({ origin }: ListeningServer, name = 'openid-configuration'): Promise<Claims> {
  const response = await fetch(`${origin}/.well-known/${name}`)
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
  return JSON.parse(await response.text())
}
