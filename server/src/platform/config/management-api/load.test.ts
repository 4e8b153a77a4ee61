import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { stringify } from 'yaml'
import { ConfigError, loadConfig } from '../config.ts'
import { loadManagementPolicy, parseManagementPolicy } from './load.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
const ed25519 = generateKeyPairSync('ed25519')

const base64url = (text: string | Buffer): string => Buffer.from(text).toString('base64url')
const publicPem = (key: KeyObject): string => base64url(key.export({ type: 'spki', format: 'pem' }).toString())
const privatePem = (key: KeyObject): string => base64url(key.export({ type: 'pkcs8', format: 'pem' }).toString())

const alex = { algorithm: 'RS256', value: publicPem(rsa.publicKey) }
const only = (...signers: string[]) => ({ permitted_signers: signers, mandatory_signers: signers })

function mistakesOf(configuration: unknown, place = 'config/management_api_v1.yml'): readonly string[] {
  const text = typeof configuration === 'string' ? configuration : stringify(configuration)
  try {
    parseManagementPolicy(text, place)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.sentences
  }
}

describe('The configuration of the management API', () => {
  test('is read in the format of Barong 1.8.26', () => {
    const policy = parseManagementPolicy(
      stringify({
        keychain: { alex, jeff: { algorithm: 'ES384', value: publicPem(p384.publicKey) } },
        jwt: { verify_iss: true, iss: ['a', 'b'], verify_aud: true, aud: 'barong', leeway: 5, exp_leeway: 9 },
        scopes: { read_accounts: { permitted_signers: ['alex', 'jeff'], mandatory_signers: ['alex'] } },
      }),
      'x',
    )
    assert.deepEqual([...policy.keychain.keys()], ['alex', 'jeff'])
    assert.equal(policy.keychain.get('jeff')?.algorithm, 'ES384')
    assert.deepEqual(policy.scopes.get('read_accounts')?.mandatory_signers, ['alex'])
    const { iss, aud, exp_leeway, nbf_leeway, verify_expiration, verify_iat } = policy.claims
    assert.deepEqual([iss, aud, exp_leeway, nbf_leeway], [['a', 'b'], ['barong'], 9, 5])
    assert.deepEqual([verify_expiration, verify_iat], [true, false])
  })

  test('may be JSON as well, and may have empty sections', () => {
    assert.deepEqual(mistakesOf(JSON.stringify({ keychain: { alex }, scopes: { tools: only('alex') } })), [])
    assert.deepEqual(mistakesOf('keychain:\njwt:\nscopes:\n'), [])
    assert.deepEqual(mistakesOf(''), [])
  })

  const KEYS: [string, unknown, string][] = [
    [
      'a private key',
      { algorithm: 'RS256', value: privatePem(rsa.privateKey) },
      'keychain.x was set to private key, however it should be public',
    ],
    [
      'a private key in the form of OpenSSL',
      { algorithm: 'RS256', value: base64url(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()) },
      'keychain.x was set to private key, however it should be public',
    ],
    [
      'an RSA key for HS256',
      { ...alex, algorithm: 'HS256' },
      'keychain.x is a PEM, which everybody may know, but HS256 needs a secret',
    ],
    [
      'no algorithm',
      { value: alex.value },
      'keychain.x.algorithm must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384, HS512',
    ],
    [
      'the algorithm none',
      { ...alex, algorithm: 'none' },
      'keychain.x.algorithm must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384, HS512',
    ],
    [
      'a short RSA key',
      { algorithm: 'RS256', value: publicPem(weak.publicKey) },
      'keychain.x is too weak: RSA keys have at least 2048 bits, this one has 1024',
    ],
    [
      'a short secret',
      { algorithm: 'HS384', value: base64url(Buffer.alloc(32, 1)) },
      'keychain.x is too weak: HS384 needs a secret of at least 48 bytes',
    ],
    [
      'an EC key for RS256',
      { algorithm: 'RS256', value: publicPem(p256.publicKey) },
      'keychain.x does not fit RS256, which needs an RSA key',
    ],
    [
      'another curve',
      { algorithm: 'ES256', value: publicPem(p384.publicKey) },
      'keychain.x does not fit ES256, which needs a key on the curve prime256v1',
    ],
    ['an RSA key for EdDSA', { ...alex, algorithm: 'EdDSA' }, 'keychain.x does not fit EdDSA, which needs Ed25519'],
    [
      'no PEM',
      { algorithm: 'RS256', value: base64url('hello') },
      'keychain.x.value must be a PEM public key in URL-safe base64',
    ],
    [
      'a broken PEM',
      { algorithm: 'RS256', value: base64url('-----BEGIN PUBLIC KEY-----\nx\n') },
      'keychain.x.value must be a PEM public key in URL-safe base64',
    ],
    ['no value', { algorithm: 'RS256' }, 'keychain.x.value must be a PEM public key in URL-safe base64'],
    ['a text', 'secret', 'keychain.x must have the keys algorithm and value'],
  ]
  for (const [title, x, sentence] of KEYS) {
    test(`stops the start for ${title} in the keychain`, () => {
      assert.deepEqual(mistakesOf({ keychain: { x } }), [`${sentence} (in config/management_api_v1.yml).`])
    })
  }

  for (const [algorithm, key] of [
    ['EdDSA', ed25519.publicKey],
    ['ES256', p256.publicKey],
    ['PS512', rsa.publicKey],
  ] as const) {
    test(`takes a key for ${algorithm}`, () => {
      const text = stringify({ keychain: { x: { algorithm, value: publicPem(key) } } })
      assert.ok(
        parseManagementPolicy(text, 'x')
          .keychain.get('x')
          ?.key.equals(createPublicKey(key.export({ type: 'spki', format: 'pem' }))),
      )
    })
  }

  const OTHERS: [string, object, string][] = [
    [
      'a scope without mandatory signers',
      { scopes: { tools: { permitted_signers: ['alex'], mandatory_signers: [] } } },
      'scopes.tools.mandatory_signers is empty, however it should contain at least one value',
    ],
    [
      'a signer without a key',
      { scopes: { tools: only('alex', 'nobody') } },
      'scopes.tools.permitted_signers names nobody, who is not in the keychain',
    ],
    [
      'a mandatory signer who is not permitted',
      { scopes: { tools: { permitted_signers: [], mandatory_signers: ['alex'] } } },
      'scopes.tools.mandatory_signers names alex, who is not among the permitted_signers',
    ],
    [
      'a list that is none',
      { scopes: { tools: { permitted_signers: ['alex'], mandatory_signers: 'alex' } } },
      'scopes.tools.mandatory_signers must be a list of signers',
    ],
    [
      'an unknown scope',
      { scopes: { write_everything: only('alex') } },
      'scopes.write_everything is unknown; known are read_accounts, write_accounts, erase_accounts, read_labels, write_labels, otp_sign, tools',
    ],
    [
      'an unknown option',
      { jwt: { verify_everything: true } },
      'jwt.verify_everything is unknown; known are verify_expiration, require_exp, verify_not_before, verify_iat, verify_jti, require_htu, iss, aud, sub, verify_iss, verify_aud, verify_sub, leeway, exp_leeway, iat_leeway, nbf_leeway',
    ],
    ['an option of another type', { jwt: { verify_iat: 'yes' } }, 'jwt.verify_iat must be true or false'],
    ['a negative leeway', { jwt: { leeway: -1 } }, 'jwt.leeway must be a whole number of seconds'],
    [
      'a verified issuer that is not given',
      { jwt: { verify_iss: true } },
      'jwt.verify_iss needs jwt.iss to be a text or a list of texts',
    ],
    [
      'a required exp that is not verified',
      { jwt: { require_exp: true, verify_expiration: false } },
      'jwt.require_exp needs jwt.verify_expiration to be true',
    ],
    ['an unknown section', { keys: {} }, 'The section keys is unknown; known are keychain, jwt, scopes'],
    ['a section that is a list', { jwt: [1] }, 'The section jwt must be a map'],
  ]
  for (const [title, configuration, sentence] of OTHERS) {
    test(`stops the start for ${title}`, () => {
      const mistakes = mistakesOf({ keychain: { alex }, ...configuration })
      assert.ok(mistakes.includes(`${sentence} (in config/management_api_v1.yml).`), mistakes.join('\n'))
    })
  }

  test('stops the start when it is not YAML, or not a map', () => {
    assert.match(mistakesOf('a: [1', 'X')[0] ?? '', /^The management API's configuration is not YAML: .* \(in X\)\.$/)
    assert.match(mistakesOf('- a')[0] ?? '', /must have the sections keychain, jwt, scopes/)
  })

  test('tells every mistake at once', () => {
    const mistakes = mistakesOf({ keychain: { x: 'y' }, jwt: { leeway: '1' }, scopes: { tools: only() } })
    assert.equal(mistakes.length, 3)
  })

  test('comes from the file that is named, from the environment, or is empty', () => {
    const directory = mkdtempSync(join(tmpdir(), 'barong-management-'))
    const file = join(directory, 'signers.yml')
    writeFileSync(file, stringify({ keychain: { alex }, scopes: { tools: only('alex') } }))
    const named = loadManagementPolicy(loadConfig({ MANAGEMENT_API_CONFIG: file }))
    assert.deepEqual([...named.scopes.keys()], ['tools'])
    const given = loadManagementPolicy(
      loadConfig({ MANAGEMENT_API_CONFIG_YAML: JSON.stringify({ keychain: { alex } }) }),
    )
    assert.deepEqual([...given.keychain.keys()], ['alex'])
    rmSync(directory, { recursive: true })
    assert.throws(
      () => loadManagementPolicy(loadConfig({ MANAGEMENT_API_CONFIG: file })),
      /MANAGEMENT_API_CONFIG cannot be read: ENOENT/,
    )
    assert.throws(
      () => loadConfig({ MANAGEMENT_API_CONFIG: file, MANAGEMENT_API_CONFIG_YAML: '{}' }),
      /both set; keep one/,
    )
    assert.deepEqual([...loadManagementPolicy(loadConfig({})).keychain], [])
  })
})
