import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { generalVerify } from 'jose'
import { addSignature, type Envelope, type MultisigAlgorithm, type Signer, signMultisig } from './multisig.ts'

interface Vectors {
  keychain: Record<string, { algorithm: MultisigAlgorithm; private_key_pem: string; public_key_pem: string }>
  vectors: { name: string; signers: string[]; payload: Record<string, unknown>; jwt: Envelope }[]
}

const file = new URL('../../../test/fixtures/contract/multisig-vectors.json', import.meta.url)
const { keychain, vectors }: Vectors = JSON.parse(readFileSync(file, 'utf8'))

function signerOf(kid: string): Signer {
  const entry = keychain[kid]
  if (!entry) throw new Error(`The vectors have no key ${kid}.`)
  return { kid, key: createPrivateKey(entry.private_key_pem), algorithm: entry.algorithm }
}

const claimsOf = ({ payload }: Envelope): unknown => JSON.parse(Buffer.from(payload, 'base64url').toString())

/** Verifies one signature of an envelope with a library that is not ours. */
async function verifies(envelope: Envelope, kid: string, key: KeyObject): Promise<boolean> {
  const signatures = envelope.signatures.filter((signature) => signature.header.kid === kid)
  return generalVerify({ payload: envelope.payload, signatures }, key).then(
    () => true,
    () => false,
  )
}

describe('Envelopes with several signatures', () => {
  // Barong 1.8.26 signs the plain JSON of the payload, and may send the same JSON with <, > and & escaped.
  for (const { name, signers, payload, jwt } of vectors) {
    test(`"${name}" is signed as Barong 1.8.26 signed it`, async () => {
      const ours = signMultisig(payload, signers.map(signerOf))
      assert.deepEqual(claimsOf(ours), claimsOf(jwt))
      for (const [index, signature] of ours.signatures.entries()) {
        const theirs = jwt.signatures[index]
        assert.ok(theirs)
        assert.deepEqual({ ...signature, signature: '' }, { ...theirs, signature: '' })
        const kid = signature.header.kid
        // ECDSA signatures hold a random number; all others must be theirs to the letter.
        if (keychain[kid]?.algorithm !== 'ES256') assert.equal(signature.signature, theirs.signature)
        const key = createPublicKey(signerOf(kid).key)
        assert.ok(await verifies(ours, kid, key))
        assert.ok(await verifies({ payload: ours.payload, signatures: [theirs] }, kid, key))
      }
    })
  }

  test('the payload is the JSON that Barong 1.8.26 writes when it verifies: no escapes beyond the needed', () => {
    const envelope = signMultisig({ text: 'a<b>&c é 😀 / \\ "quoted" \u2028' }, [signerOf('barong')])
    assert.equal(
      Buffer.from(envelope.payload, 'base64url').toString(),
      '{"text":"a<b>&c é 😀 / \\\\ \\"quoted\\" \u2028"}',
    )
  })

  test('a signature is added over the received payload, and an earlier one of the same signer goes', () => {
    const before = vectors.find((vector) => vector.name === 'before a signature is added')
    const after = vectors.find((vector) => vector.name === 'after a signature is added')
    assert.ok(before && after)
    const once = addSignature(before.jwt, signerOf('barong'))
    assert.deepEqual(once, after.jwt)
    assert.deepEqual(addSignature(once, signerOf('barong')), after.jwt)
  })

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const secret = createSecretKey(Buffer.alloc(64, 7))
  const pairs: [MultisigAlgorithm, KeyObject, KeyObject][] = [
    ['RS384', rsa.privateKey, rsa.publicKey],
    ['PS256', rsa.privateKey, rsa.publicKey],
    ['PS512', rsa.privateKey, rsa.publicKey],
    ['ES384', ...ec('secp384r1')],
    ['ES512', ...ec('secp521r1')],
    ['EdDSA', ...ed25519()],
    ['HS256', secret, secret],
    ['HS512', secret, secret],
  ]
  for (const [algorithm, key, verifier] of pairs) {
    test(`${algorithm} signatures verify elsewhere, and not over another payload`, async () => {
      const envelope = signMultisig({ iss: 'barong', jti: '1' }, [{ kid: 'a', key, algorithm }])
      assert.ok(await verifies(envelope, 'a', verifier))
      const altered = { ...envelope, payload: Buffer.from('{"iss":"barong","jti":"2"}').toString('base64url') }
      assert.equal(await verifies(altered, 'a', verifier), false)
    })
  }
})

function ec(namedCurve: string): [KeyObject, KeyObject] {
  const pair = generateKeyPairSync('ec', { namedCurve })
  return [pair.privateKey, pair.publicKey]
}

function ed25519(): [KeyObject, KeyObject] {
  const pair = generateKeyPairSync('ed25519')
  return [pair.privateKey, pair.publicKey]
}
