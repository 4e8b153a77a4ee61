import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { equalSecrets } from './compare.ts'
import { openUnder, sealUnder } from './sealing.ts'

/** Seals what must be read back and digests what must only be recognised, under keys derived from the master keys. */
export interface KeyRing {
  /** Names the newest master key; what it seals begins with it. */
  readonly id: string
  /** AES-256-GCM under the newest master key; `context` (a row's identity, say) is authenticated, so that a sealed value works nowhere else. */
  seal(purpose: string, context: string, plaintext: string | Uint8Array): string
  /** Throws when the text was altered, moved to another context, or sealed under a master key that is gone. */
  open(purpose: string, context: string, sealed: string): Buffer
  /** Keyed digest (HMAC-SHA256) in hexadecimal, for short-lived tokens and codes that are looked up or compared. */
  digest(purpose: string, text: string): string
  /** The same under every master key, the newest first: to find what may have been stored under an older one. */
  digests(purpose: string, text: string): string[]
  /** Whether it is the digest of the text under any master key; compared in constant time. */
  recognises(purpose: string, text: string, digest: string): boolean
  /** 32 bytes of key material for one purpose (HKDF-SHA256, RFC 5869). */
  derive(purpose: string): Buffer
}

/** Something is sealed under a master key that the ring does not have. */
export class MasterKeyMissing extends Error {
  override readonly name = 'MasterKeyMissing'

  constructor(id: string) {
    super(
      `Sealed under the master key ${id}, which is not configured: it belongs in BARONG_MASTER_KEY or the file that BARONG_MASTER_KEY_FILE names, after a comma where there is a newer one; where neither is set, in master.key of the data directory.`,
    )
  }
}

/** The id of the master key that something was sealed under. */
export const masterKeyOf = (sealed: string): string => sealed.split('.', 1)[0] ?? ''

/** Builds the ring. The first master key seals and digests, the others still open. Each is 32 bytes. */
export function createKeyRing(masterKeys: readonly [Buffer, ...Buffer[]]): KeyRing {
  const rings = masterKeys.map((master) => ({ id: keyId(master), derive: deriver(master) }))
  const [newest = missing()] = rings
  const digestOf = ({ derive }: Pick<KeyRing, 'derive'>, purpose: string, text: string) =>
    createHmac('sha256', derive(`digest:${purpose}`))
      .update(text)
      .digest('hex')
  const digests = (purpose: string, text: string) => rings.map((ring) => digestOf(ring, purpose, text))
  return {
    id: newest.id,
    derive: newest.derive,
    digest: (purpose, text) => digestOf(newest, purpose, text),
    digests,
    recognises: (purpose, text, digest) => digests(purpose, text).some((known) => equalSecrets(known, digest)),
    seal: (purpose, context, plaintext) =>
      `${newest.id}.${sealUnder(newest.derive(`seal:${purpose}`), context, plaintext)}`,
    open: (purpose, context, sealed) => {
      const [id = '', text = ''] = sealed.split('.')
      const ring = rings.find((candidate) => candidate.id === id)
      if (!ring) throw new MasterKeyMissing(id)
      return openUnder(ring.derive(`seal:${purpose}`), context, text)
    },
  }
}

/** Names a master key without telling anything of it. */
const keyId = (master: Buffer): string =>
  createHash('sha256').update('barong key id').update(master).digest('hex').slice(0, 8)

function deriver(master: Buffer): (purpose: string) => Buffer {
  const derived = new Map<string, Buffer>()
  return (purpose) => {
    const known = derived.get(purpose)
    if (known) return known
    const key = Buffer.from(hkdfSync('sha256', master, '', `barong:${purpose}`, 32))
    derived.set(purpose, key)
    return key
  }
}

function missing(): never {
  throw new Error('A key ring needs a master key.')
}
