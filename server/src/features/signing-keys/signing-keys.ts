import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { algorithmOf, publicJwk, type SigningKey } from '../../platform/crypto/jws.ts'
import type { SigningKeys } from '../../platform/crypto/signing-keys.ts'
import { insertSigningKey, listSigningKeys } from './store.ts'

export { signAccessToken } from './access-token.ts'
export { createTokenVerifier, type TokenVerifier } from './token-verifier.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'ring'>

/**
 * Loads the signing keys; makes an RSA key at the first start. `ownPem` is the operator's own private key: it signs,
 * and keys in the database go on verifying what they signed.
 */
export async function loadSigningKeys(needs: Needs, ownPem?: string): Promise<SigningKeys> {
  const own = ownPem === undefined ? [] : [signingKey(parseOwnKey(ownPem))]
  let stored = await storedKeys(needs)
  if (own.length === 0 && stored.length === 0) {
    await createSigningKey(needs)
    stored = await storedKeys(needs)
  }
  const keys = [...own, ...stored]
  const [current] = keys
  if (!current) throw new Error('There is no signing key.')
  const byKid = new Map(keys.map((key) => [key.kid, key]))
  const jwks = { keys: [...byKid.values()].map(publicJwk) }
  return { current: () => current, find: (kid) => byKid.get(kid), all: () => keys, jwks: () => jwks }
}

async function createSigningKey({ db, clock, ring }: Needs): Promise<void> {
  const key = signingKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
  const pem = key.private_key.export({ format: 'pem', type: 'pkcs8' })
  await insertSigningKey(db, {
    kid: key.kid,
    algorithm: key.algorithm,
    private_sealed: ring.seal('signing-key', key.kid, pem),
    created_at: iso(clock.now()),
  })
}

async function storedKeys({ db, ring }: Needs): Promise<SigningKey[]> {
  const rows = await listSigningKeys(db)
  return rows.map((row) => signingKey(createPrivateKey(ring.open('signing-key', row.kid, row.private_sealed))))
}

function parseOwnKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw new Error('The signing key of JWT_PRIVATE_KEY_PATH or JWT_SHARED_SECRET_KEY is no private key in PEM.', {
      cause,
    })
  }
}

function signingKey(private_key: KeyObject): SigningKey {
  const public_key = createPublicKey(private_key)
  const algorithm = algorithmOf(public_key)
  if (algorithm !== 'RS256') throw new Error('The signing key must be an RSA key of at least 2048 bits.')
  return { kid: thumbprint(public_key), algorithm, private_key, public_key }
}

/** The key's JWK thumbprint (RFC 7638), so that one key has one `kid` wherever it is loaded. */
function thumbprint(key: KeyObject): string {
  const { e, kty, n } = key.export({ format: 'jwk' })
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url')
}
