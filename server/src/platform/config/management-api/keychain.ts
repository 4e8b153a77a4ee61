import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { isObject } from '../../../lib/json.ts'
import { type MultisigAlgorithm, multisigAlgorithms } from '../../crypto/multisig.ts'
import type { VerificationKey } from './policy.ts'

/** Takes what is wrong, a sentence without its full stop. */
export type Say = (sentence: string) => void

const PEM = /^\s*-----BEGIN /
const PRIVATE = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/
const MIN_RSA_BITS = 2048

const CURVES: Readonly<Record<string, string>> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' }

/** The signers' keys by their ids; every entry names the algorithm it is used with. */
export function parseKeychain(input: Record<string, unknown>, say: Say): Map<string, VerificationKey> {
  const keychain = new Map<string, VerificationKey>()
  for (const [id, entry] of Object.entries(input)) {
    const parsed = isObject(entry) ? parseEntry(`keychain.${id}`, entry, say) : undefined
    if (!isObject(entry)) say(`keychain.${id} must have the keys algorithm and value`)
    if (parsed) keychain.set(id, parsed)
  }
  return keychain
}

function parseEntry(name: string, entry: Record<string, unknown>, say: Say): VerificationKey | undefined {
  const algorithm = multisigAlgorithms.find((known) => known === entry['algorithm'])
  if (!algorithm) {
    say(`${name}.algorithm must be one of ${multisigAlgorithms.join(', ')}`)
    return undefined
  }
  const value = typeof entry['value'] === 'string' ? Buffer.from(entry['value'], 'base64url') : undefined
  if (!value || value.length === 0) {
    say(`${name}.value must be a PEM public key in URL-safe base64`)
    return undefined
  }
  const key = algorithm.startsWith('HS')
    ? secretKey(name, algorithm, value, say)
    : publicKey(name, algorithm, value.toString(), say)
  return key && { algorithm, key }
}

/** RFC 7518, section 3.2: a key of the hash's size or larger. */
function secretKey(name: string, algorithm: MultisigAlgorithm, value: Buffer, say: Say): KeyObject | undefined {
  const bytes = Number(algorithm.slice(2)) / 8
  if (PEM.test(value.toString('latin1'))) {
    say(`${name} is a PEM, which everybody may know, but ${algorithm} needs a secret`)
  } else if (value.length < bytes) {
    say(`${name} is too weak: ${algorithm} needs a secret of at least ${bytes} bytes`)
  } else {
    return createSecretKey(value)
  }
  return undefined
}

function publicKey(name: string, algorithm: MultisigAlgorithm, pem: string, say: Say): KeyObject | undefined {
  if (PRIVATE.test(pem)) {
    say(`${name} was set to private key, however it should be public`)
    return undefined
  }
  const key = parsePem(pem)
  if (!key) {
    say(`${name}.value must be a PEM public key in URL-safe base64`)
    return undefined
  }
  const mismatch = mismatchOf(algorithm, key)
  if (mismatch !== undefined) say(`${name} ${mismatch}`)
  return mismatch === undefined ? key : undefined
}

function parsePem(pem: string): KeyObject | undefined {
  try {
    return PEM.test(pem) ? createPublicKey(pem) : undefined
  } catch {
    return undefined
  }
}

function mismatchOf(algorithm: MultisigAlgorithm, { asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  const curve = CURVES[algorithm]
  if (curve !== undefined) {
    const fits = asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === curve
    return fits ? undefined : `does not fit ${algorithm}, which needs a key on the curve ${curve}`
  }
  if (algorithm === 'EdDSA')
    return asymmetricKeyType === 'ed25519' ? undefined : 'does not fit EdDSA, which needs Ed25519'
  if (asymmetricKeyType !== 'rsa') return `does not fit ${algorithm}, which needs an RSA key`
  const bits = asymmetricKeyDetails?.modulusLength ?? 0
  return bits >= MIN_RSA_BITS
    ? undefined
    : `is too weak: RSA keys have at least ${MIN_RSA_BITS} bits, this one has ${bits}`
}
