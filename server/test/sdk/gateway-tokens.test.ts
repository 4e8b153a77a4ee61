import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { admit } from '../../../sdk/src/bearer.ts'
import { aJws, anRsaKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../support/factories.ts'
import { type TestServer, testServer } from '../support/server.ts'
import { ask, aTrader, BALANCES } from '../support/traders.ts'
import { becomes, verdictOf, verifierOf } from './verifiers.ts'

type Trader = Awaited<ReturnType<typeof aTrader>>

const borne = (authorization: unknown) => String(authorization).replace('Bearer ', '')

/** The token that an API key is exchanged for. */
async function exchanged(server: TestServer, { key, uid, now }: Trader): Promise<string> {
  const claims = { iss: 'external', sub: 'api_key_jwt', jti: randomUUID(), iat: now(), exp: now() + 60 }
  const json = { kid: uid, jwt_token: aJws(key, { alg: 'RS256' }, claims) }
  return (await server.call('POST', '/sessions/generate_jwt', { json })).body.token
}

onEachDatabase('Services behind a gateway', (newDatabase) => {
  test('refuse its token of a minute as soon as the session ends that it stands for, and no other', async () => {
    await using server = await testServer(await newDatabase())
    await using verifier = verifierOf(server)
    const account = await anAccount(server)
    const [token, other] = [await aToken(server, account), await aToken(server, account)]
    const passed = async (headers: Record<string, string>) => {
      const answer = await ask(server, BALANCES, headers)
      assert.equal(answer.statusCode, 200)
      return borne(answer.headers['authorization'])
    }
    const json = { email: account.email, password: PASSWORD }
    const site = { 'sec-fetch-site': 'same-origin' }
    const signedIn = await server.call('POST', '/browser_session', { json, headers: site })
    const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
    const [ofSession, ofBrowser, kept] = [
      await passed({ authorization: `Bearer ${token}` }),
      await passed({ cookie, ...site }),
      await passed({ authorization: `Bearer ${other}` }),
    ]
    for (const each of [ofSession, ofBrowser, kept]) assert.equal(await verdictOf(verifier, each), 'good')
    const sessions = (await server.call('GET', '/sessions', { token: other })).body
    for (const { id } of sessions.filter(({ current }: { current: boolean }) => !current))
      assert.equal((await server.call('DELETE', `/sessions/${id}`, { token: other })).status, 204)
    await becomes(verifier, ofSession, 'revoked')
    await becomes(verifier, ofBrowser, 'revoked')
    assert.equal(await verdictOf(verifier, kept), 'good')
  })

  test('know the scopes of an API key, and refuse its token as soon as a rule of the key changes', async () => {
    await using server = await testServer(await newDatabase())
    await using verifier = verifierOf(server)
    const trader = await aTrader(server, { scopes: 'trade,read' })
    const token = borne((await trader.send(BALANCES)).headers['authorization'])
    assert.equal(await verdictOf(verifier, token), 'good')
    for (const bearer of [token, await exchanged(server, trader)])
      for (const [scope, status] of [
        ['trade', undefined],
        ['withdraw', 403],
      ] as const) {
        const asked = { method: 'GET', target: '/', authorization: `Bearer ${bearer}`, dpop: undefined }
        const admitted = await admit(verifier, asked, { scope })
        assert.equal('denial' in admitted ? admitted.denial.status : undefined, status, scope)
      }
    await trader.change({ allowed_networks: '203.0.113.0/24' })
    await becomes(verifier, token, 'revoked')
  })

  test('refuse both tokens of an API key when it is given other rules or removed', async () => {
    await using server = await testServer(await newDatabase())
    await using verifier = verifierOf(server)
    for (const [name, end] of Object.entries<(trader: Trader) => Promise<unknown>>({
      'another public key': ({ change }) => change({ public_key: anRsaKey().public_key }),
      'fewer scopes': ({ change }) => change({ scopes: 'read' }),
      'an earlier end': ({ change, now }) => change({ expires_at: new Date((now() + 3600) * 1000).toISOString() }),
      'switched off': ({ change }) => change({ state: 'inactive' }),
      removed: ({ remove }) => remove(),
    })) {
      const trader = await aTrader(server, { scopes: 'trade,read' })
      const tokens = [borne((await trader.send(BALANCES)).headers['authorization']), await exchanged(server, trader)]
      for (const token of tokens) assert.equal(await verdictOf(verifier, token), 'good', name)
      await end(trader)
      for (const token of tokens) await becomes(verifier, token, 'revoked')
    }
  })
})
