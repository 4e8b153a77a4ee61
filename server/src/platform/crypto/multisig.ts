import { constants, createHmac, type KeyObject, sign } from 'node:crypto'

/** Algorithms a signature of an envelope may have (RFC 7518, section 3.1; RFC 8037). */
export const multisigAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'HS256',
  'HS384',
  'HS512',
] as const
export type MultisigAlgorithm = (typeof multisigAlgorithms)[number]

/** Who signs: the name verifiers know the key by, the private key (the secret one for HS…), and the algorithm. */
export interface Signer {
  kid: string
  key: KeyObject
  algorithm: MultisigAlgorithm
}

export interface EnvelopeSignature {
  protected: string
  header: { kid: string }
  signature: string
}

/** A JWT in the general JSON serialisation: one payload, any number of signatures over it (RFC 7515, section 7.2.1). */
export interface Envelope {
  payload: string
  signatures: EnvelopeSignature[]
}

/** Signs claims, or a JSON text exactly as it stands, by each signer in turn. */
export function signMultisig(payload: object | string, signers: readonly Signer[]): Envelope {
  const json = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const unsigned: Envelope = { payload: Buffer.from(json).toString('base64url'), signatures: [] }
  return signers.reduce(addSignature, unsigned)
}

/** Adds a signature over the payload as it was received; an earlier one of the same signer is replaced. */
export function addSignature(envelope: Envelope, signer: Signer): Envelope {
  const header = Buffer.from(JSON.stringify({ alg: signer.algorithm })).toString('base64url')
  const signature = rawSignature(Buffer.from(`${header}.${envelope.payload}`), signer).toString('base64url')
  return {
    payload: envelope.payload,
    signatures: [
      ...envelope.signatures.filter((other) => other.header.kid !== signer.kid),
      { protected: header, header: { kid: signer.kid }, signature },
    ],
  }
}

function rawSignature(input: Buffer, { key, algorithm }: Signer): Buffer {
  const digest = algorithm === 'EdDSA' ? null : `sha${algorithm.slice(2)}`
  if (digest !== null && algorithm.startsWith('HS')) return createHmac(digest, key).update(input).digest()
  if (algorithm.startsWith('PS')) {
    const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants
    return sign(digest, input, { key, padding, saltLength })
  }
  // JWS wants the raw r || s form of an ECDSA signature (RFC 7518, section 3.4); the option means nothing to RSA.
  return sign(digest, input, { key, dsaEncoding: 'ieee-p1363' })
}
