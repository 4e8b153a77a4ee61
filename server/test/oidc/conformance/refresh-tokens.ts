import assert from 'node:assert/strict'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { changeApplication } from '../../../src/features/applications/applications.ts'
import { rotateSigningKeys } from '../../../src/features/signing-keys/signing-keys.ts'
import { SECOND } from '../../../src/lib/clock.ts'
import { anAssertion, jwkOf, postAssertion } from '../../support/assertions.ts'
import { anEcKey, type ClientKey } from '../../support/client-keys.ts'
import { CALLBACK, post, refresh } from '../../support/oauth.ts'
import { aRelyingParty, type Module, type RelyingParty } from './relying-party.ts'

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }

const keysOf = async ({ server }: RelyingParty) =>
  JSON.parse(await (await fetch(`${server.origin}/oauth/discovery/keys`)).text())

/** What the suite's modules on refresh tokens check one by one, and the rotation of the server's keys. */
export const refreshTokens: readonly Module[] = [
  {
    name: 'oidcc-refresh-token (allowed characters)',
    checks: 'refresh tokens are made of the characters that RFC 6749, appendix A.17, allows',
    run: async ({ tokens }) => assert.match((await tokens(OFFLINE)).body['refresh_token'] ?? '', /^[\x20-\x7e]+$/),
  },
  {
    name: 'oidcc-refresh-token (second client)',
    checks: 'a refresh token is refused with invalid_grant when another client brings it, and goes on working',
    run: async ({ tokens, server, client }) => {
      const { refresh_token = '' } = (await tokens(OFFLINE)).body
      const other = await aRelyingParty(server)
      const { status, body } = await refresh(server, other.client, refresh_token)
      assert.deepEqual([status, body.error], [400, 'invalid_grant'])
      assert.equal((await refresh(server, client, refresh_token)).status, 200)
    },
  },
  {
    name: 'fapi2-security-profile-final-refresh-token (client authentication)',
    checks: 'a refresh token is refused to whoever does not prove to be its client',
    run: async ({ tokens, server, client }) => {
      const { refresh_token = '' } = (await tokens(OFFLINE)).body
      const { client_id } = client
      for (const form of [{}, { client_id }, { client_id, client_secret: 'wrong' }]) {
        const answer = await post(server, '/oauth/token', undefined, {
          grant_type: 'refresh_token',
          refresh_token,
          ...form,
        })
        assert.ok([400, 401].includes(answer.status))
        assert.ok(['invalid_request', 'invalid_client'].includes(answer.body.error), answer.body.error)
      }
      assert.equal((await refresh(server, client, refresh_token)).status, 200)
    },
  },
  {
    name: 'oidcc-refresh-token-rp-key-rotation',
    checks: 'a client that proves who it is by its key refreshes by its next key, and by the former one no more',
    run: async ({ authorize, server, client: { application, client_id } }) => {
      const [former, next] = [anEcKey(), anEcKey()]
      const register = (key: ClientKey) => changeApplication(server.deps, client_id, { jwks: { keys: [jwkOf(key)] } })
      const ask = (key: ClientKey, form: Record<string, string>) =>
        postAssertion(server, '/oauth/token', anAssertion(server, { application, client_id, key }), form)
      await register(former)
      const code = (await authorize(OFFLINE)).answer.get('code') ?? ''
      const { body } = await ask(former, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK })
      const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' }
      await register(next)
      assert.equal((await ask(former, form)).status, 401)
      assert.equal((await ask(next, form)).status, 200)
    },
  },
  {
    name: 'oidcc-server-rotate-keys',
    checks: 'after a rotation the JWK Set has a new key and still the old one, and both verify what they signed',
    run: async (party) => {
      const { tokens, server } = party
      const before = await keysOf(party)
      const first = await tokens()
      await rotateSigningKeys(server.deps)
      server.clock.advance((server.deps.config.values.KEY_PUBLISHED_AHEAD + 1) * SECOND)
      await server.deps.keys.refresh()
      const second = await tokens({ prompt: 'login' })
      const after = await keysOf(party)
      const kids = (keys: { keys: { kid: string }[] }) => keys.keys.map(({ kid }) => kid)
      assert.ok(kids(before).every((kid) => kids(after).includes(kid)))
      assert.ok(kids(after).some((kid) => !kids(before).includes(kid)))
      const signers = [first, second].map(({ body }) => decodeProtectedHeader(body['id_token'] ?? '').kid)
      assert.notEqual(signers[0], signers[1])
      for (const { body } of [first, second]) await jwtVerify(body['id_token'] ?? '', createLocalJWKSet(after))
    },
  },
]
