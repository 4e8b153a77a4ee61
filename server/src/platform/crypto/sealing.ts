import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const NONCE = 12
const TAG = 16

/** AES-256-GCM under a random nonce, in base64url; `context` is authenticated, so that the text opens in no other. */
export function sealUnder(key: Buffer, context: string, plaintext: string | Uint8Array): string {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

/** Opens what {@link sealUnder} sealed; throws when it was altered, cut off, or sealed under another key or context. */
export function openUnder(key: Buffer, context: string, sealed: string): Buffer {
  const body = Buffer.from(sealed, 'base64url')
  if (body.length < NONCE + TAG) throw new Error('Sealed text is cut off.')
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(Buffer.from(context))
    .setAuthTag(body.subarray(-TAG))
  return Buffer.concat([decipher.update(body.subarray(NONCE, -TAG)), decipher.final()])
}
