import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A key pair of a program; `public_key` as 1.8.26 documents it, base64url of the PEM. */
export interface ClientKey {
  private_key: KeyObject
  pem: string
  public_key: string
}

const clientKey = ({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }): ClientKey => {
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { private_key: privateKey, pem, public_key: Buffer.from(pem).toString('base64url') }
}

export const anRsaKey = (modulusLength = 2048): ClientKey => clientKey(generateKeyPairSync('rsa', { modulusLength }))
export const anEcKey = (namedCurve = 'P-256'): ClientKey => clientKey(generateKeyPairSync('ec', { namedCurve }))
export const anEdKey = (): ClientKey => clientKey(generateKeyPairSync('ed25519'))

/** A compact JWS of any header and payload, right or wrong. */
export function aJws(
  { private_key }: Pick<ClientKey, 'private_key'>,
  header: Record<string, unknown>,
  payload: unknown,
  digest: string | null = 'sha256',
): string {
  const input = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = sign(digest, Buffer.from(input), { key: private_key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}
