import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { type Claims, metadataOf } from './conformance/relying-party.ts'

const listOf = (metadata: Claims, name: string): unknown[] => {
  const value = metadata[name]
  assert.ok(Array.isArray(value), name)
  return value
}

/** The plan oidcc-config-certification-test-plan is one module; its conditions are the cases. */
const conditions: Readonly<Record<string, (metadata: Claims, issuer: string) => void>> = {
  'the issuer is where the document was found': (metadata, issuer) => assert.equal(metadata['issuer'], issuer),
  'every endpoint is an address of the issuer': (metadata, issuer) => {
    const names = Object.keys(metadata).filter((name) => /_endpoint$|^jwks_uri$/.test(name))
    for (const name of names) assert.ok(String(metadata[name]).startsWith(`${issuer}/oauth/`), name)
    const needed = ['authorization', 'token', 'userinfo', 'revocation', 'introspection', 'end_session']
    const more = ['pushed_authorization_request', 'device_authorization']
    for (const name of [...needed, ...more]) assert.ok(names.includes(`${name}_endpoint`), name)
  },
  'codes are the only response type': (metadata) =>
    assert.deepEqual(listOf(metadata, 'response_types_supported'), ['code']),
  'the grants are those of OAuth 2.1 and for devices': (metadata) =>
    assert.deepEqual(listOf(metadata, 'grant_types_supported').sort(), [
      'authorization_code',
      'client_credentials',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ]),
  'subjects are public': (metadata) => assert.deepEqual(listOf(metadata, 'subject_types_supported'), ['public']),
  'RS256 is among the algorithms of id tokens, and none is not': (metadata) => {
    const algorithms = listOf(metadata, 'id_token_signing_alg_values_supported')
    assert.ok(algorithms.includes('RS256') && !algorithms.includes('none'))
  },
  'openid is among the scopes': (metadata) => assert.ok(listOf(metadata, 'scopes_supported').includes('openid')),
  'claims are listed': (metadata) => {
    const claims = listOf(metadata, 'claims_supported')
    for (const name of ['sub', 'email', 'name', 'address', 'auth_time', 'acr']) assert.ok(claims.includes(name), name)
  },
  'request objects and request_uri are told to be unsupported': (metadata) => {
    assert.notEqual(metadata['request_parameter_supported'], true)
    assert.equal(metadata['request_uri_parameter_supported'], false)
  },
  'S256 is the only PKCE method': (metadata) =>
    assert.deepEqual(listOf(metadata, 'code_challenge_methods_supported'), ['S256']),
  'answers carry iss': (metadata) => assert.equal(metadata['authorization_response_iss_parameter_supported'], true),
  'secrets go into the header or the body, and keys sign assertions': (metadata) =>
    assert.deepEqual(listOf(metadata, 'token_endpoint_auth_methods_supported').sort(), [
      'client_secret_basic',
      'client_secret_post',
      'none',
      'private_key_jwt',
    ]),
}

onEachDatabase('OpenID conformance, config profile', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  for (const [condition, check] of Object.entries(conditions))
    test(`oidcc-discovery-endpoint-verification: ${condition}`, async () =>
      check(await metadataOf(server()), server().origin))

  test('oidcc-discovery-endpoint-verification: the JWK Set has public signing keys alone, each with its kid', async () => {
    const response = await fetch(`${server().origin}/oauth/discovery/keys`)
    const { keys }: { keys: Claims[] } = JSON.parse(await response.text())
    assert.ok(keys.length > 0)
    for (const key of keys) {
      assert.deepEqual([key['use'], typeof key['kid'], typeof key['alg']], ['sig', 'string', 'string'])
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(secret in key, false)
    }
    assert.equal(new Set(keys.map((key) => key['kid'])).size, keys.length)
  })

  test('oauth-authorization-server says the same (RFC 8414)', async () => {
    assert.deepEqual(await metadataOf(server(), 'oauth-authorization-server'), await metadataOf(server()))
  })
})
