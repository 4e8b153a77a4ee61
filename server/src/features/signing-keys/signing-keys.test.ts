import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { calculateJwkThumbprint, createLocalJWKSet, exportJWK, jwtVerify } from 'jose'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'
import { HOUR, seconds } from '../../lib/clock.ts'
import { parseOwnKey } from './key-pairs.ts'
import { rotateSigningKeys } from './rotation.ts'

const directory = mkdtempSync(join(tmpdir(), 'barong-keys-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const MASTER = { BARONG_MASTER_KEY: randomBytes(32).toString('base64') }
const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = own.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString()
const secret = Buffer.from(pem).toString('base64url')

onEachDatabase('Signing keys', (newDatabase) => {
  test('are one set for all processes that start at the same time', async () => {
    const database = await newDatabase()
    const servers = await Promise.all([1, 2, 3].map(() => testServer(database, MASTER)))
    await using closing = new AsyncDisposableStack()
    for (const server of servers) closing.use(server)
    const [first, ...others] = servers
    assert.ok(first)
    const token = await aToken(first, await anAccount(first))
    for (const other of others) {
      assert.deepEqual(other.deps.keys.jwks(), first.deps.keys.jwks())
      assert.equal((await other.call('GET', '/accounts/me', { token })).status, 200)
    }
  })

  test('are published as JWKs that tell nothing private and verify our tokens', async () => {
    await using server = await testServer(await newDatabase())
    const response = await server.app.inject({ method: 'GET', url: '/oauth/discovery/keys' })
    assert.match(String(response.headers['cache-control']), /^public, max-age=\d+$/)
    const { keys } = response.json()
    assert.deepEqual(keys.map((key: Record<string, unknown>) => key['alg']).sort(), ['ES256', 'EdDSA', 'RS256'])
    for (const key of keys) {
      assert.equal(key.use, 'sig')
      assert.equal(key.kid, await calculateJwkThumbprint(key))
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(member in key, false)
    }
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet({ keys }), {
      issuer: 'barong',
      audience: 'peatio',
      subject: 'session',
    })
    assert.equal(payload['uid'], account.uid)
    assert.equal(protectedHeader.kid, server.deps.keys.current().kid)
    assert.ok(Number(payload.exp) > seconds(server.clock.now()))
  })

  // ASVS 11.2.3
  test('have as many bits as JWT_KEY_BITS says, from the next one on', async () => {
    const database = await newDatabase()
    const bitsNow = async (more: Record<string, string>) => {
      await using server = await testServer(database, { ...MASTER, ...more })
      await rotateSigningKeys(server.deps, 'RS256')
      server.clock.advance(HOUR)
      await server.deps.keys.refresh()
      return server.deps.keys.current().public_key.asymmetricKeyDetails?.modulusLength
    }
    assert.equal(await bitsNow({}), 2048)
    assert.equal(await bitsNow({ JWT_KEY_BITS: '3072' }), 3072)
  })

  test('can be the own one, from a file or from the environment, and those made before go on verifying', async () => {
    const database = await newDatabase()
    const file = join(directory, 'own.pem')
    writeFileSync(file, pem)
    let earlier = ''
    {
      await using server = await testServer(database, MASTER)
      earlier = await aToken(server, await anAccount(server))
    }
    for (const setting of [{ JWT_PRIVATE_KEY_PATH: file }, { JWT_SHARED_SECRET_KEY: secret }]) {
      await using server = await testServer(database, { ...MASTER, ...setting })
      const token = await aToken(server, await anAccount(server))
      const { protectedHeader } = await jwtVerify(token, own.publicKey)
      assert.equal(protectedHeader.kid, await calculateJwkThumbprint(await exportJWK(own.publicKey)))
      assert.ok(server.deps.keys.jwks().keys.some((key) => key['kid'] === protectedHeader.kid))
      for (const jwt of [token, earlier])
        assert.equal((await server.call('GET', '/accounts/me', { token: jwt })).status, 200)
    }
  })

  test('sealed under a master key that is gone are not replaced silently', async () => {
    const database = await newDatabase()
    {
      await using server = await testServer(database, MASTER)
      assert.equal(server.deps.keys.jwks().keys.length, 3)
    }
    const other = { BARONG_MASTER_KEY: randomBytes(32).toString('base64') }
    await assert.rejects(testServer(database, other), /master key [0-9a-f]{8}, which is not configured/)
  })
})

// ASVS 11.2.3, 11.6.1
test('an own key that cannot sign is refused with a sentence', () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const cases: [pem: string, sentence: RegExp][] = [
    ['nonsense', /^ConfigError: The signing key of JWT_PRIVATE_KEY_PATH or JWT_SHARED_SECRET_KEY is no private key/],
    [own.publicKey.export({ format: 'pem', type: 'spki' }).toString(), /is no private key in PEM/],
    [short.export({ format: 'pem', type: 'pkcs8' }).toString(), /^ConfigError: The signing key must be an RSA key of/],
    [curve.export({ format: 'pem', type: 'pkcs8' }).toString(), /must be an RSA key of at least 2048 bits/],
  ]
  for (const [text, sentence] of cases) assert.throws(() => parseOwnKey(text), sentence)
})
