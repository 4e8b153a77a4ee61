import assert from 'node:assert/strict'
import { createPublicKey, createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { addSignature, type SignedRequest } from '../../../../sdk/src/management.ts'
import { signatureOf } from '../../../../sdk/src/signatures.ts'
import { aSigner } from '../../../test/support/signers.ts'
import type { VerificationKey } from '../../platform/config/management-api/policy.ts'
import type { MultisigAlgorithm } from '../../platform/crypto/multisig.ts'
import { envelopeOf, parseBody, verifiedSigners } from './envelope.ts'

interface Vectors {
  keychain: Record<string, { algorithm: MultisigAlgorithm; private_key_pem: string; public_key_pem: string }>
  vectors: { name: string; signers: string[]; payload: Record<string, unknown>; jwt: SignedRequest }[]
}

const file = new URL('../../../test/fixtures/contract/multisig-vectors.json', import.meta.url)
const { keychain, vectors }: Vectors = JSON.parse(readFileSync(file, 'utf8'))

const verifiers = new Map(
  Object.entries(keychain).map(([kid, { algorithm, public_key_pem }]): [string, VerificationKey] => [
    kid,
    { algorithm, key: createPublicKey(public_key_pem) },
  ]),
)
const received = (request: unknown) => envelopeOf(parseBody(Buffer.from(JSON.stringify(request))))
const REFUSED = { status: 401, message: 'Failed to verify JWT.' }

describe('Envelopes that the Ruby library of Barong 1.8.26 made', () => {
  for (const { name, signers, payload, jwt } of vectors) {
    test(`"${name}" is read and verified`, async () => {
      const envelope = received(jwt)
      assert.deepEqual(envelope.claims, payload)
      const verified = await verifiedSigners(envelope, verifiers)
      assert.deepEqual([...verified].sort(), jwt.signatures.map((signature) => signature.header.kid).sort())
      for (const signer of signers) assert.ok(verified.has(signer))
    })

    test(`"${name}" is made by the SDK in the same shape, and verified`, async () => {
      const unsigned: SignedRequest = { payload: jwt.payload, signatures: [] }
      const ours = jwt.signatures.reduce((request, { header: { kid } }) => {
        const { algorithm = 'RS256', private_key_pem: key = '' } = keychain[kid] ?? {}
        return addSignature(request, { kid, key, algorithm })
      }, unsigned)
      const shape = ({ payload, signatures }: SignedRequest) => ({
        payload,
        signatures: signatures.map(({ protected: header, header: { kid } }) => [header, kid]),
      })
      assert.deepEqual(shape(ours), shape(jwt))
      assert.equal((await verifiedSigners(received(ours), verifiers)).size, jwt.signatures.length)
    })
  }
})

describe('A signature of an envelope', () => {
  const unsigned: SignedRequest = { payload: Buffer.from('{"n":1}').toString('base64url'), signatures: [] }
  const secret = createSecretKey(Buffer.alloc(64, 7))

  for (const algorithm of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const) {
    test(`counts by ${algorithm} alone where the keychain says so`, async () => {
      const { key, public_pem } = aSigner('a')
      const chain = (other: MultisigAlgorithm) =>
        new Map([['a', { algorithm: other, key: createPublicKey(public_pem) }]])
      const envelope = received(addSignature(unsigned, { kid: 'a', key, algorithm }))
      assert.equal((await verifiedSigners(envelope, chain(algorithm))).size, 1)
      const other = algorithm === 'RS256' ? 'PS256' : 'RS256'
      await assert.rejects(verifiedSigners(envelope, chain(other)), REFUSED)
    })
  }

  for (const algorithm of ['HS256', 'HS384', 'HS512'] as const) {
    test(`counts by ${algorithm} under a secret of the keychain`, async () => {
      const envelope = received(addSignature(unsigned, { kid: 'a', key: secret, algorithm }))
      assert.equal((await verifiedSigners(envelope, new Map([['a', { algorithm, key: secret }]]))).size, 1)
      const other = createSecretKey(Buffer.alloc(64, 8))
      await assert.rejects(verifiedSigners(envelope, new Map([['a', { algorithm, key: other }]])), REFUSED)
    })
  }

  test('counts by EdDSA and ES256', async () => {
    for (const algorithm of ['EdDSA', 'ES256'] as const) {
      const { key, public_pem } = aSigner('a', algorithm)
      const envelope = received(addSignature(unsigned, { kid: 'a', key, algorithm }))
      const chain = new Map([['a', { algorithm, key: createPublicKey(public_pem) }]])
      assert.equal((await verifiedSigners(envelope, chain)).size, 1)
    }
  })

  test('does not count when it wants to be understood in a way of its own', async () => {
    const { key, public_pem } = aSigner('a')
    const chain = new Map([['a', { algorithm: 'RS256' as const, key: createPublicKey(public_pem) }]])
    const header = Buffer.from('{"alg":"RS256","b64":false,"crit":["b64"]}').toString('base64url')
    const signature = signatureOf(`${header}.${unsigned.payload}`, { kid: 'a', key, algorithm: 'RS256' })
    const envelope = { ...unsigned, signatures: [{ protected: header, header: { kid: 'a' }, signature }] }
    await assert.rejects(verifiedSigners(received(envelope), chain), REFUSED)
  })
})
