import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { rotateSigningKeys } from '../../src/features/signing-keys/signing-keys.ts'
import { HOUR, MINUTE, SECOND } from '../../src/lib/clock.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { freePort, listeningServer } from '../support/loopback.ts'
import {
  aClient,
  anAttempt,
  browserOf,
  callbackOf,
  type OauthClient,
  post,
  refresh,
  tokensOf,
  walk,
} from '../support/oauth.ts'
import { type TestServer, testServer } from '../support/server.ts'

const OFFLINE = { scope: 'openid profile offline_access', prompt: 'consent' }
const STEP = 30 * SECOND

/** A server, and where it listens. */
type Node = TestServer & { at: string }

/** What somebody holds, and until when it is good. */
interface Held {
  access_token: string
  id_token: string
  until: number
}

onEachDatabase('Keys that rotate under load', (newDatabase) => {
  test('leave openid-client at ease: new tokens name the new key, old ones go on, and sign out', async () => {
    await using server = await listeningServer(await newDatabase())
    const { deps, clock, origin } = server
    const [account, client, browser] = [await anAccount(server), await aClient(server), browserOf(server)]
    const { client_id, client_secret } = client
    const execute = [openid.allowInsecureRequests]
    const config = await openid.discovery(new URL(origin), client_id, { client_secret }, undefined, { execute })
    const signIn = async () => {
      const { url, code_verifier, state, nonce } = anAttempt(server, client)
      const checks = { pkceCodeVerifier: code_verifier, expectedState: state, expectedNonce: nonce }
      return openid.authorizationCodeGrant(config, callbackOf(await walk(browser, url, account)), checks)
    }
    const before = await signIn()
    await rotateSigningKeys(deps)
    clock.advance((deps.config.values.KEY_PUBLISHED_AHEAD + 1) * SECOND)
    await deps.keys.refresh()
    const after = await signIn()
    const kidOf = (token = '') => decodeProtectedHeader(token).kid
    assert.notEqual(kidOf(before.id_token), kidOf(after.id_token))
    assert.notEqual(kidOf(before.access_token), kidOf(after.access_token))
    for (const { access_token, id_token } of [before, after]) {
      assert.equal((await openid.fetchUserInfo(config, access_token, account.uid)).sub, account.uid)
      const url = openid.buildEndSessionUrl(config, { id_token_hint: id_token ?? '' })
      assert.equal((await browser.open(url.href)).status, 200)
    }
  })

  test('fail no verification: not at another node, nor at who reads the public keys now and then', async () => {
    const database = await newDatabase()
    const BARONG_MASTER_KEY = randomBytes(32).toString('base64')
    await using one = await listeningServer(database, { BARONG_MASTER_KEY })
    await using two = await testServer(database, { BARONG_MASTER_KEY, BARONG_URL: one.origin })
    const port = await freePort()
    await two.app.listen({ host: '127.0.0.1', port })
    const nodes: Node[] = [
      { ...one, at: one.origin },
      { ...two, at: `http://127.0.0.1:${port}` },
    ]
    const client = await aClient(one, { token_algorithm: 'RS256' })
    const account = await anAccount(one)
    // A relying party keeps what it read for ten minutes, and reads anew for a key it does not know at most twice a minute.
    const keySets = nodes.map(({ at }) =>
      createRemoteJWKSet(new URL('/oauth/discovery/keys', at), { cacheMaxAge: 10 * MINUTE, cooldownDuration: STEP }),
    )
    let refresh_token: string = (await tokensOf(one, client, account, { params: OFFLINE })).refresh_token
    let held: Held[] = []
    const signers = new Set<string>()
    let verifications = 0

    const check = async ({ access_token, id_token }: Held) => {
      for (const keys of keySets) {
        await jwtVerify(access_token, keys, { issuer: 'barong' })
        await jwtVerify(id_token, keys, { issuer: one.origin })
      }
      for (const node of nodes) {
        assert.equal((await node.call('GET', '/accounts/me', { token: access_token })).status, 200)
        assert.equal(await isActive(node, client, access_token), true)
      }
      verifications += 2 * keySets.length + 2 * nodes.length
    }

    for (let turn = 0; turn * STEP < 2 * HOUR; turn += 1) {
      const { at: origin, deps } = nodes[turn % 2] ?? { ...one, at: one.origin }
      if (turn % 60 === 10) await rotateSigningKeys(deps)
      const { status, body } = await refresh({ origin }, client, refresh_token)
      assert.equal(status, 200, JSON.stringify(body))
      refresh_token = body.refresh_token
      const now = one.clock.now()
      held = [...held, { ...body, until: now + 20 * MINUTE }].filter(({ until }) => until > now)
      signers.add(String(decodeProtectedHeader(body.access_token).kid))
      const [oldest, middle, newest] = [held.at(0), held.at(held.length / 2), held.at(-1)]
      await Promise.all([oldest, middle, newest].map((each) => each && check(each)))
      for (const { clock } of [one, two]) clock.advance(STEP)
    }
    assert.equal(signers.size, 5, 'each rotation brought a new key')
    assert.ok(verifications > 4000)
  })
})

async function isActive({ at }: Node, client: OauthClient, token: string): Promise<boolean> {
  return (await post({ origin: at }, '/oauth/introspect', client, { token })).body.active
}
