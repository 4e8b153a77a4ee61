import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MULTI_FACTOR } from '../../src/features/oauth/policy.ts'
import { iso } from '../../src/lib/clock.ts'
import type { Account, RowPatch } from '../../src/platform/db/schema.ts'
import { type Authenticator, anAuthenticator } from '../support/authenticator.ts'
import type { Browser, Visit } from '../support/browser.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { type ListeningServer, sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, exchange, type OauthClient, post, refresh, tokensOf } from '../support/oauth.ts'
import { addPasskey, aPasskey, type Authenticator as Passkey } from '../support/passkeys.ts'

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'

/** Somebody with all there is, in the middle of everything. */
interface World {
  server: ListeningServer
  account: Account
  app: Authenticator
  passkey: Passkey
  client: OauthClient
  /** Signed in, at the client as well. */
  browser: Browser
  tokens: Record<string, string>
}

/** Does a step up to the moment in which the account changes; what it returns goes on, and tells what came of it. */
type Step = (world: World) => Promise<() => Promise<unknown>>

const has = (visit: Visit, action: string): boolean => visit.forms.some((form) => form.action.endsWith(action))

/** Where a browser stands: at the application with a code or an error, at a page that asks for something, or refused. */
function placeOf(visit: Visit): string {
  const { searchParams } = new URL(visit.url)
  if (searchParams.has('code')) return 'a code'
  const page = ['/sign_in', '/second_factor', '/consent'].find((action) => has(visit, action))
  return searchParams.get('error') ?? page ?? String(visit.status)
}

const answerOf = ({ status, body }: { status: number; body: { error?: string } }) =>
  status === 200 ? 'tokens' : `${status} ${body.error}`

/** A script on a page of this server. */
async function script({ server: { origin } }: World, browser: Browser, path: string, json: object, csrf_token = '') {
  const { status, text } = await browser.request(`${origin}/api/v1${path}`, {
    method: 'POST',
    body: JSON.stringify(json),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'sec-fetch-site': 'same-origin',
      'x-csrf-token': csrf_token,
    },
  })
  return { status, body: text === '' ? {} : JSON.parse(text) }
}

/** A new browser at the sign-in page of the client, and what a script there reads. */
async function atSignIn(world: World) {
  const browser = browserOf(world.server)
  const page = await browser.open(anAttempt(world.server, world.client).url.href)
  const id = new URL(page.url).pathname.split('/').at(-1) ?? ''
  const send = (step: string, json: object) => {
    const csrf_token = page.forms[0]?.fields['csrf_token'] ?? ''
    return script(world, browser, `/interactions/${id}/${step}`, json, csrf_token)
  }
  return { browser, page, send }
}

const credentials = ({ account }: World) => ({ email: account.email, password: PASSWORD })

const afterPassword = async (world: World) => {
  const { browser, page, ...rest } = await atSignIn(world)
  const asked = await browser.submit(page, '/sign_in', credentials(world))
  assert.equal(placeOf(asked), '/second_factor')
  return { browser, asked, ...rest }
}

const bearer = (token = '') => ({ authorization: `Bearer ${token}` })

const STEPS: Readonly<Record<string, Step>> = {
  'a silent request of the signed-in browser':
    async ({ server, client, browser }) =>
    async () =>
      placeOf(await browser.open(anAttempt(server, client, { prompt: 'none' }).url.href)),
  'a request of the signed-in browser':
    async ({ server, client, browser }) =>
    async () =>
      placeOf(await browser.open(anAttempt(server, client).url.href)),
  'a pushed request': async ({ server, client, browser }) => {
    const { url } = anAttempt(server, client)
    const { body } = await post(server, '/oauth/par', client, Object.fromEntries(url.searchParams))
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri: body.request_uri }).toString()
    return async () => placeOf(await browser.open(url.href))
  },
  'the password': async (world) => {
    const { browser, page } = await atSignIn(world)
    return async () => placeOf(await browser.submit(page, '/sign_in', credentials(world)))
  },
  'the code of the second factor': async (world) => {
    const { browser, asked } = await afterPassword(world)
    return async () => placeOf(await browser.submit(asked, '/second_factor', { code: world.app.next() }))
  },
  'a passkey after the password': async (world) => {
    const { send } = await afterPassword(world)
    const { body } = await send('passkey_options', {})
    return async () => (await send('passkey', { credential: world.passkey.get(body) })).status
  },
  'a passkey alone': async (world) => {
    const { send } = await atSignIn(world)
    const { body } = await send('passkey_options', {})
    return async () => (await send('passkey', { credential: world.passkey.get(body) })).status
  },
  'a sign-in that the engine has not taken up yet': async (world) => {
    const { browser, send } = await afterPassword(world)
    const { body } = await send('second_factor', { code: world.app.next() })
    return async () => placeOf(await browser.open(body.redirect_to))
  },
  consent: async (world) => {
    const other = await aClient(world.server)
    const asked = await world.browser.open(anAttempt(world.server, other).url.href)
    assert.equal(placeOf(asked), '/consent')
    return async () => placeOf(await world.browser.submit(asked, '/consent'))
  },
  'a code': async ({ server, client, browser }) => {
    const attempt = anAttempt(server, client)
    const landed = await browser.open(attempt.url.href)
    return async () => answerOf(await exchange(server, client, attempt, landed))
  },
  'a refresh token':
    async ({ server, client, tokens }) =>
    async () =>
      answerOf(await refresh(server, client, tokens['refresh_token'] ?? '')),
  'a device that was connected': async ({ server, client, browser }) => {
    const device = await post(server, '/oauth/device_authorization', client, { scope: 'openid' })
    const page = await browser.open(`${server.origin}/oauth/device`)
    const typed = { user_code: device.body.user_code, confirm: 'yes' }
    assert.match((await browser.submit(page, '/oauth/device', typed)).text, /Connected/)
    const form = { grant_type: DEVICE, device_code: device.body.device_code }
    return async () => answerOf(await post(server, '/oauth/token', client, form))
  },
  'an access token at userinfo':
    async ({ server, tokens }) =>
    async () =>
      (await fetch(`${server.origin}/oauth/userinfo`, { headers: bearer(tokens['access_token']) })).status,
  'an access token at the user API':
    async ({ server, tokens }) =>
    async () =>
      (await server.call('GET', '/accounts/me', { token: tokens['access_token'] })).status,
  'introspection of an access token':
    async ({ server, client, tokens }) =>
    async () =>
      (await post(server, '/oauth/introspect', client, { token: tokens['access_token'] ?? '' })).body.active,
  'introspection of a refresh token':
    async ({ server, client, tokens }) =>
    async () =>
      (await post(server, '/oauth/introspect', client, { token: tokens['refresh_token'] ?? '' })).body.active,
  'a token for a page of this server': async (world) => async () =>
    (await script(world, world.browser, '/sessions/jwt', {})).status,
  'the password at a page of this server': async (world) => async () =>
    (await script(world, browserOf(world.server), '/browser_session', credentials(world))).status,
  'the second factor at a page of this server': async (world) => {
    const browser = browserOf(world.server)
    await script(world, browser, '/browser_session', credentials(world))
    return async () =>
      (await script(world, browser, '/browser_session/second_factor', { code: world.app.next() })).status
  },
}

/** What comes of the steps where nothing happens to the account. Whoever takes a code too late has nothing from it. */
const GOES_ON: Readonly<Record<string, unknown>> = {
  'a silent request of the signed-in browser': 'a code',
  'a request of the signed-in browser': 'a code',
  'a pushed request': 'a code',
  'the password': '/second_factor',
  'the code of the second factor': 'a code',
  'a passkey after the password': 200,
  'a passkey alone': 200,
  'a sign-in that the engine has not taken up yet': 'a code',
  consent: 'a code',
  'a code': 'tokens',
  'a refresh token': 'tokens',
  'a device that was connected': 'tokens',
  'an access token at userinfo': 200,
  'an access token at the user API': 200,
  'introspection of an access token': true,
  'introspection of a refresh token': true,
  'a token for a page of this server': 200,
  'the password at a page of this server': 200,
  'the second factor at a page of this server': 200,
}

/** The same where the account ended: nobody is signed in any more, and nobody can sign in. */
const ENDS: Readonly<Record<string, unknown>> = {
  'a silent request of the signed-in browser': 'login_required',
  'a request of the signed-in browser': '/sign_in',
  'a pushed request': '/sign_in',
  'the password': '/sign_in',
  'the code of the second factor': '/second_factor',
  'a passkey after the password': 401,
  'a passkey alone': 401,
  'a sign-in that the engine has not taken up yet': '404',
  consent: '404',
  'a code': '400 invalid_grant',
  'a refresh token': '400 invalid_grant',
  'a device that was connected': '400 invalid_grant',
  'an access token at userinfo': 401,
  'an access token at the user API': 401,
  'introspection of an access token': false,
  'introspection of a refresh token': false,
  'a token for a page of this server': 401,
  'the password at a page of this server': 401,
  'the second factor at a page of this server': 401,
}

const SIGN_IN_REFUSED = ['the password', 'the code of the second factor'].map((step) => [step, ENDS[step]])
const AT_PAGES = ['the password at a page of this server', 'the second factor at a page of this server']

/** What happens to the account, and what comes of the steps then. */
const STATES: Readonly<Record<string, [patch: (now: string) => RowPatch<'accounts'>, Record<string, unknown>]>> = {
  'untouched gets on at every step': [() => ({}), GOES_ON],
  'discarded gets nowhere': [
    (now) => ({ discarded_at: now }),
    { ...ENDS, 'the second factor at a page of this server': 409 },
  ],
  'banned gets nowhere': [() => ({ state: 'banned' }), ENDS],
  'frozen gets nowhere': [(now) => ({ frozen_at: now }), ENDS],
  'locked after wrong passwords does not sign in by them, and what was opened before goes on': [
    (now) => ({ locked_at: now }),
    {
      ...GOES_ON,
      ...Object.fromEntries([...SIGN_IN_REFUSED, ...AT_PAGES.map((step) => [step, 401])]),
      'a passkey after the password': 401,
    },
  ],
}

onEachDatabase('An account that is', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  async function aWorld(): Promise<World> {
    const account = await anAccount(server())
    const client = await aClient(server())
    const { token, app } = await anAuthenticator(server(), account)
    const passkey = aPasskey({ at: server().origin })
    assert.equal((await addPasskey(server(), token, passkey)).status, 201)
    const browser = browserOf(server())
    const person = { email: account.email, code: () => app.next() }
    const params = { acr_values: MULTI_FACTOR }
    const tokens = await tokensOf(server(), client, person, { browser, params })
    return { server: server(), account, app, passkey, client, browser, tokens }
  }

  for (const [title, [patch, expected]] of Object.entries(STATES))
    test(title, async () => {
      const world = await aWorld()
      const attempts: [string, () => Promise<unknown>][] = []
      for (const [name, step] of Object.entries(STEPS)) attempts.push([name, await step(world)])
      const { db, clock } = server().deps
      const change = patch(iso(clock.now()))
      if (Object.keys(change).length > 0)
        await db.updateTable('accounts').set(change).where('id', '=', world.account.id).execute()
      const came: Record<string, unknown> = {}
      for (const [name, attempt] of attempts) came[name] = await attempt()
      assert.deepEqual(came, expected)
    })
})
