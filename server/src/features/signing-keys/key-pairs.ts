import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { ConfigError } from '../../platform/config/config.ts'
import { type Algorithm, algorithmOf, type SigningKey } from '../../platform/crypto/jws.ts'
import type { KeyRing } from '../../platform/crypto/key-ring.ts'
import { thumbprint } from '../../platform/crypto/thumbprint.ts'
import type { Row } from '../../platform/db/schema.ts'

/** The algorithms tokens can be signed with; the first is the default. */
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const satisfies readonly Algorithm[]

/** A fresh key pair; `bits` are those of an RSA key. */
export function generateSigningKey(algorithm: Algorithm, bits = 2048): SigningKey {
  if (algorithm === 'RS256') return signingKey(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey)
  if (algorithm === 'ES256') return signingKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
  return signingKey(generateKeyPairSync('ed25519').privateKey)
}

/** The private key in PKCS #8 PEM, sealed for the database. */
export const sealSigningKey = (ring: KeyRing, { kid, private_key }: SigningKey): string =>
  ring.seal('signing-key', kid, private_key.export({ format: 'pem', type: 'pkcs8' }))

/** A key as it was stored. */
export const openSigningKey = (ring: KeyRing, { kid, private_sealed }: Row<'signing_keys'>): SigningKey =>
  signingKey(createPrivateKey(ring.open('signing-key', kid, private_sealed)))

/** The operator's own key: RSA of at least 2048 bits, in PEM. */
export function parseOwnKey(pem: string): SigningKey {
  const key = signingKey(readPem(pem))
  if (key.algorithm !== 'RS256') throw unfit()
  return key
}

function readPem(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    const sentence = 'The signing key of JWT_PRIVATE_KEY_PATH or JWT_SHARED_SECRET_KEY is no private key in PEM.'
    throw new ConfigError([sentence], { cause })
  }
}

const unfit = () => new ConfigError(['The signing key must be an RSA key of at least 2048 bits.'])

function signingKey(private_key: KeyObject): SigningKey {
  const public_key = createPublicKey(private_key)
  const algorithm = algorithmOf(public_key)
  if (!algorithm) throw unfit()
  // One key has one `kid` wherever it is loaded.
  return { kid: thumbprint(public_key), algorithm, private_key, public_key }
}
