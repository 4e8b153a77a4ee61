import { createPublicKey, type KeyObject } from 'node:crypto'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { type Algorithm, algorithmOf } from '../../platform/crypto/jws.ts'

/** A registered key and the one algorithm it may be used with. */
export interface PublicKey {
  key: KeyObject
  algorithm: Algorithm
}

/** Enough for RSA of 16,384 bits. */
const MAX_LENGTH = 8192
/** One block and nothing else; private keys and certificates have other labels (RFC 7468). */
const PEM = /^-----BEGIN (RSA )?PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END \1PUBLIC KEY-----$/
const BASE64 = /^[A-Za-z0-9+/_=\s-]+$/

/** Reads a PEM, or the base64 or base64url of one; `undefined` for anything that is no public key we verify with. */
export function parsePublicKey(text: string): PublicKey | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const pem = pemOf(text.trim())
  if (!PEM.test(pem)) return undefined
  try {
    const key = createPublicKey(pem)
    const algorithm = algorithmOf(key)
    return algorithm && { key, algorithm }
  } catch {
    return undefined
  }
}

/** Keys that a reader keeps ready. */
const KEPT = 10_000

/** Reads keys, and keeps ready those that were read lately: reading one costs more than verifying with it. */
export function publicKeyReader(): (text: string) => PublicKey | undefined {
  const kept = new BoundedMap<string, PublicKey>(KEPT)
  return (text) => {
    const known = kept.get(text)
    if (known) return known
    const key = parsePublicKey(text)
    if (key) kept.set(text, key)
    return key
  }
}

function pemOf(text: string): string {
  if (text.startsWith('-----')) return text
  return BASE64.test(text) ? Buffer.from(text, 'base64url').toString().trim() : ''
}
