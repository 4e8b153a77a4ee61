import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { addSignature as agree, signRequest } from '../../../sdk/src/management.ts'
import {
  addSignature,
  type Envelope,
  type MultisigAlgorithm,
  signMultisig,
} from '../../src/platform/crypto/multisig.ts'
import { noRuby } from '../support/ruby.ts'

/**
 * What the library of Barong 1.8's clients does: each signature is a JWT of its own with the shared payload, verified by
 * Ruby's JWT with the key of its `kid`. Prints the signers whose signatures are right, and what the payload says.
 */
const PROGRAM = `
require 'json'
require 'jwt'
cases = JSON.parse($stdin.read)
answers = cases.map do |each|
  envelope = each['envelope']
  right = envelope['signatures'].select do |signature|
    key = each['keys'][signature['header']['kid']]
    algorithm = JSON.parse(JWT::Base64.url_decode(signature['protected']))['alg']
    token = [signature['protected'], envelope['payload'], signature['signature']].join('.')
    JWT.decode(token, OpenSSL::PKey.read(key), true, algorithm: algorithm, verify_expiration: false)
  rescue JWT::DecodeError
    false
  end
  { signers: right.map { |signature| signature['header']['kid'] }, claims: JSON.parse(JWT::Base64.url_decode(envelope['payload'])) }
end
puts JSON.generate(answers)
`

interface Case {
  envelope: Envelope
  keys: Record<string, string>
}

const verifyInRuby = (cases: readonly Case[]): { signers: string[]; claims: unknown }[] =>
  JSON.parse(execFileSync('ruby', ['-e', PROGRAM], { input: JSON.stringify(cases), encoding: 'utf8' }))

interface Vectors {
  keychain: Record<string, { algorithm: MultisigAlgorithm; private_key_pem: string; public_key_pem: string }>
  vectors: { name: string; signers: string[]; payload: Record<string, unknown>; jwt: Envelope }[]
}

const { keychain, vectors }: Vectors = JSON.parse(
  readFileSync(new URL('../fixtures/contract/multisig-vectors.json', import.meta.url), 'utf8'),
)
const public_keys = Object.fromEntries(Object.entries(keychain).map(([kid, entry]) => [kid, entry.public_key_pem]))
const pem = (key: KeyObject): string => createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()

describe('In Ruby, by the rules of the library that clients of Barong 1.8 have,', { skip: noRuby }, () => {
  test('what that library signed verifies, and so does what we sign with the same keys', () => {
    const ours = vectors.map(({ payload, jwt }) =>
      signMultisig(
        payload,
        jwt.signatures.map(({ header: { kid } }) => {
          const { private_key_pem = '', algorithm = 'RS256' } = keychain[kid] ?? {}
          return { kid, key: createPrivateKey(private_key_pem), algorithm }
        }),
      ),
    )
    const theirs = verifyInRuby(vectors.map(({ jwt }) => ({ envelope: jwt, keys: public_keys })))
    const answers = verifyInRuby(ours.map((envelope) => ({ envelope, keys: public_keys })))
    for (const [index, { payload, name, jwt }] of vectors.entries()) {
      const signers = jwt.signatures.map(({ header }) => header.kid)
      assert.deepEqual(answers[index], { signers, claims: payload }, name)
      // It signs the plain JSON and sends an escaped one where both differ; its own way to verify writes the JSON anew.
      const escaped = name.includes('escape differently')
      assert.deepEqual(theirs[index], { signers: escaped ? [] : signers, claims: payload }, name)
    }
  })

  test('requests of the SDK that several services signed verify, and altered ones do not', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const curves = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' } as const
    const signers = [
      ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS512'] as const).map((algorithm) => ({ key: rsa, algorithm })),
      ...(['ES256', 'ES384', 'ES512'] as const).map((algorithm) => ({
        key: generateKeyPairSync('ec', { namedCurve: curves[algorithm] }).privateKey,
        algorithm,
      })),
    ].map((signer) => ({ kid: signer.algorithm, ...signer }))
    const [first, ...others] = signers
    assert.ok(first)
    const data = { account_uid: 'ID0123456789', key: 'é', value: 'a<b>&c' }
    const request = others.reduce(agree, signRequest({ data, signer: first }))
    const other = { key: 'level', value: '3' }
    const altered = { ...request, payload: signRequest({ data: other, signer: first }).payload }
    const keys = Object.fromEntries(signers.map(({ kid, key }) => [kid, pem(key)]))
    const [right, wrong] = verifyInRuby([
      { envelope: request, keys },
      { envelope: altered, keys },
    ])
    assert.deepEqual(
      right?.signers,
      signers.map(({ kid }) => kid),
    )
    assert.deepEqual(wrong?.signers, [])
  })

  test('our signature on the request of another service verifies beside theirs', () => {
    const before = vectors.find(({ name }) => name === 'before a signature is added')
    const entry = keychain['barong']
    assert.ok(before && entry)
    const key = createPrivateKey(entry.private_key_pem)
    const envelope = addSignature(before.jwt, { kid: 'barong', key, algorithm: 'RS256' })
    const [answer] = verifyInRuby([{ envelope, keys: public_keys }])
    assert.deepEqual(
      answer?.signers,
      envelope.signatures.map(({ header }) => header.kid),
    )
    assert.ok(answer?.signers.includes('barong'))
  })
})
