import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../support/factories.ts'
import { type ListeningServer, sharedListeningServer } from '../support/loopback.ts'
import { aClient, type OauthClient, post, tokensOf } from '../support/oauth.ts'

const PATH = '/oauth/introspect'
const OF_ITS_OWN = ['date', 'x-request-id', 'connection', 'keep-alive', 'transfer-encoding', 'content-length']

onEachDatabase('Introspection', (newDatabase) => {
  const shared = sharedListeningServer(newDatabase)

  /** The header is answered at once where that is possible, what stands in the form by the engine. */
  const bothWays = async (server: ListeningServer, client: OauthClient, token: string) => {
    const { client_id, client_secret } = client
    const answers = [
      await post(server, PATH, client, { token }),
      await post(server, PATH, undefined, { token, client_id, client_secret }),
    ]
    return answers.map(({ status, headers, body }) => ({
      status,
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ITS_OWN.includes(name))),
      body,
    }))
  }
  const tellsTheSame = async (server: ListeningServer, client: OauthClient, token: string) => {
    const [atOnce, byTheEngine] = await bothWays(server, client, token)
    deepEqual(atOnce, byTheEngine)
    return atOnce?.body
  }

  test('tells the same of tokens of sessions and of applications, whichever way a client proves itself', async () => {
    const server = shared()
    const account = await anAccount(server)
    const now = new Date(server.clock.now()).toISOString()
    const service = await aClient(server, { consent_skipped_at: now })
    const shop = await aClient(server)
    const person = { email: account.email, password: PASSWORD }
    const session = await aToken(server, account)
    const { access_token, refresh_token } = await tokensOf(server, shop, person, {
      params: { scope: 'openid offline_access profile', prompt: 'consent' },
    })
    for (const token of [session, access_token]) {
      const told = await tellsTheSame(server, service, token)
      deepEqual([told.active, told.sub, told.token_type], [true, account.uid, 'Bearer'])
    }
    equal((await tellsTheSame(server, shop, access_token)).active, true)
    deepEqual(await tellsTheSame(server, shop, session), { active: false })
    equal((await tellsTheSame(server, shop, refresh_token)).active, true)
    deepEqual(await tellsTheSame(server, service, `${session.slice(0, -4)}AAAA`), { active: false })
    deepEqual(await tellsTheSame(server, service, 'nonsense'), { active: false })
    const { body } = await post(server, '/oauth/token', service, { grant_type: 'client_credentials' })
    equal((await tellsTheSame(server, service, body.access_token)).active, true)
  })

  test('tells of nothing that ended, at once', async () => {
    const server = shared()
    const account = await anAccount(server)
    const shop = await aClient(server)
    const person = { email: account.email, password: PASSWORD }
    const revoked = await tokensOf(server, shop, person)
    equal((await post(server, PATH, shop, { token: revoked.access_token })).body.active, true)
    await post(server, '/oauth/revoke', shop, { token: revoked.access_token })
    deepEqual(await tellsTheSame(server, shop, revoked.access_token), { active: false })
    const other = await tokensOf(server, shop, person)
    equal((await post(server, PATH, shop, { token: other.access_token })).body.active, true)
    await server.deps.db.updateTable('accounts').set({ state: 'banned' }).where('id', '=', account.id).execute()
    for (const token of [other.access_token, other.refresh_token])
      deepEqual(await tellsTheSame(server, shop, token), { active: false })
    await server.deps.db.updateTable('accounts').set({ state: 'active' }).where('id', '=', account.id).execute()
    server.clock.advance(25 * 3_600_000)
    deepEqual(await tellsTheSame(server, shop, other.access_token), { active: false })
  })

  test('tells of a token no longer than the sign-in of the browser lasts that it hangs on', async () => {
    const server = shared()
    const account = await anAccount(server)
    const shop = await aClient(server)
    const person = { email: account.email, password: PASSWORD }
    const hanging = await tokensOf(server, shop, person, { params: { scope: 'openid' } })
    const free = await tokensOf(server, shop, person, {
      params: { scope: 'openid offline_access', prompt: 'consent' },
    })
    const active = async () => [
      (await tellsTheSame(server, shop, hanging.access_token)).active,
      (await tellsTheSame(server, shop, free.access_token)).active,
    ]
    deepEqual(await active(), [true, true])
    await server.deps.db.deleteFrom('oauth_records').where('kind', '=', 'Session').execute()
    deepEqual(await active(), [false, true])
  })

  test('tells what was asked to be told of the browser’s session', async () => {
    const server = shared()
    const account = await anAccount(server)
    const shop = await aClient(server)
    const { access_token } = await tokensOf(
      server,
      shop,
      { email: account.email, password: PASSWORD },
      {
        params: { scope: 'openid', claims: JSON.stringify({ id_token: { sid: null } }) },
      },
    )
    equal(typeof (await tellsTheSame(server, shop, access_token)).sid, 'string')
  })

  test('tokens of clients are the same, whichever way the client proves itself', async () => {
    const server = shared()
    const clients = [
      await aClient(server),
      await aClient(server, { scopes: 'peatio kyc', access_token_lifetime: 600, token_algorithm: 'ES256' }),
      await aClient(server, { grant_types: 'authorization_code' }),
    ]
    for (const client of clients)
      for (const scope of [undefined, 'peatio', 'kyc peatio kyc', 'profile', 'unknown', ' ', 'peatio  kyc']) {
        const { client_id, client_secret } = client
        const form = { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) }
        const answers = [
          await post(server, '/oauth/token', client, form),
          await post(server, '/oauth/token', undefined, { ...form, client_id, client_secret }),
        ]
        const [atOnce, byTheEngine] = answers.map(({ status, headers, body: { access_token, ...body } }) => ({
          status,
          headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ITS_OWN.includes(name))),
          body,
          token: access_token && partsOf(access_token),
        }))
        deepEqual(atOnce, byTheEngine, `${client.application.scopes}: ${scope}`)
      }
  })

  test('tells strangers nothing', async () => {
    const server = shared()
    const account = await anAccount(server)
    const shop = await aClient(server, { consent_skipped_at: new Date(server.clock.now()).toISOString() })
    const token = await aToken(server, account)
    for (const client of [{ ...shop, client_secret: 'wrong' }, { ...shop, client_id: 'unknown' }, undefined]) {
      const { status, body } = await post(server, PATH, client, { token })
      equal(status === 200, false, JSON.stringify(body))
      equal(JSON.stringify(body).includes(account.uid), false)
    }
    for (const consent_skipped_at of [null, new Date(server.clock.now()).toISOString()]) {
      const page = await aClient(server, { auth_method: 'none', consent_skipped_at })
      const { client_id } = page
      deepEqual((await post(server, PATH, page, { token })).body.active ?? false, false)
      deepEqual((await post(server, PATH, undefined, { token, client_id })).body.active ?? false, false)
    }
  })
})

/** Header and claims of a JWT, but for its id. */
function partsOf(token: string): Record<string, unknown>[] {
  const parts = token.split('.').slice(0, 2)
  return parts.map((part) => ({ ...JSON.parse(Buffer.from(part, 'base64url').toString()), jti: undefined }))
}
