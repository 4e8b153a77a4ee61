import { base64url, kindOfKey } from '../private-key.ts'
import { signJwt } from './key-pair.ts'

/** A key pair that tokens are bound to (RFC 9449). */
export interface DpopKeyPair {
  readonly publicKey: CryptoKey
  readonly privateKey: CryptoKey
}

/**
 * Makes a key pair (ES256) whose private half never leaves WebCrypto. IndexedDB keeps it as it is; where it is lost, tokens that
 * are bound to it are worth nothing.
 */
export async function createDpopKeyPair(): Promise<DpopKeyPair> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  return { publicKey: pair.publicKey, privateKey: pair.privateKey }
}

/** A request that is to be proven. */
export interface Provable {
  method: string
  /** Whole, as it is sent. */
  url: string
  /** The token that it bears; none where it asks for one. */
  token?: string | undefined
}

/** Proves that requests are made by the holder of a key. */
export interface Dpop {
  /** The `DPoP` header of one request; to send it again takes another. */
  proof(request: Provable): Promise<string>
  /** Thumbprint of the key (RFC 7638), as `dpop_jkt` tells it beforehand. */
  thumbprint(): Promise<string>
  /**
   * Learns from an answer: the nonce to use next (RFC 9449, section 8), and the time, where the server found a proof too old or
   * too new. `true`: the request was refused for that alone, and may be sent again with a new proof.
   */
  learn(url: string, answer: Pick<Response, 'status' | 'headers'>, code?: string): boolean
}

/** Milliseconds that this clock may differ from the server's without being the reason of a refusal. */
const TOLERATED = 10_000

/** Proves requests by a key pair; `now` is in milliseconds since 1970. */
export function createDpop({ publicKey, privateKey }: DpopKeyPair, now: () => number = Date.now): Dpop {
  // Pages that know no other keys need nothing that reads PEM.
  const signer = { kind: kindOfKey(privateKey), key: Promise.resolve(privateKey) }
  const nonces = new Map<string, string>()
  let ahead = 0
  let jwk: Promise<PublicJwk> | undefined
  const publicJwk = () => {
    jwk ??= crypto.subtle.exportKey('jwk', publicKey).then(publicMembers)
    return jwk
  }
  return {
    proof: async ({ method, url, token }) => {
      const { origin, pathname } = new URL(url)
      const nonce = nonces.get(origin)
      const claims = {
        jti: crypto.randomUUID(),
        htm: method,
        htu: `${origin}${pathname}`,
        iat: Math.floor((now() - ahead) / 1000),
        ...(token === undefined ? {} : { ath: await sha256(token) }),
        ...(nonce === undefined ? {} : { nonce }),
      }
      return signJwt(signer, claims, { typ: 'dpop+jwt', jwk: await publicJwk() })
    },
    thumbprint: async () => sha256(JSON.stringify(await publicJwk())),
    learn: (url, { status, headers }, code) => {
      const { origin } = new URL(url)
      const nonce = headers.get('dpop-nonce') ?? undefined
      const isNew = nonce !== undefined && nonces.get(origin) !== nonce
      if (nonce !== undefined) nonces.set(origin, nonce)
      if (status !== 400 && status !== 401) return false
      const reason = /\bDPoP\b.*\berror="([a-z_]+)"/i.exec(headers.get('www-authenticate') ?? '')?.[1] ?? code
      if (reason === 'use_dpop_nonce') return isNew
      const date = Date.parse(headers.get('date') ?? '')
      if (reason !== 'invalid_dpop_proof' || !(Math.abs(now() - ahead - date) > TOLERATED)) return false
      ahead = now() - date
      return true
    },
  }
}

type PublicJwk = Readonly<Record<string, string>>

/** What a thumbprint is of, in its order (RFC 7638, section 3.2). */
function publicMembers(jwk: object): PublicJwk {
  const members = Object.entries(jwk).filter(([name]) => ['crv', 'e', 'kty', 'n', 'x', 'y'].includes(name))
  return Object.fromEntries(members.sort(([one], [other]) => (one < other ? -1 : 1)))
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return base64url(new Uint8Array(digest))
}
