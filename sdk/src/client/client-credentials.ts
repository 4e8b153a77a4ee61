import { readPrivateKey, type SigningKey } from '../private-key.ts'
import type { Auth, AuthBy } from './auth.ts'
import { createDpop, type Dpop, type DpopKeyPair } from './dpop.ts'
import type { Http } from './http.ts'
import { createKeeper, type KeeperOptions } from './keeper.ts'
import { signJwt } from './key-pair.ts'
import { grant, isGrantOver } from './oauth.ts'
import { memoryStore } from './tokens.ts'

/** A program that calls for itself (client credentials), and proves who it is by a secret or by a key. */
export type ClientCredentials = KeeperOptions & ClientOptions & (ClientSecret | ClientKey)

interface ClientOptions {
  client_id: string
  scope?: string
  /** The key that tokens are bound to (`createDpopKeyPair`); they are good for whoever has them unless told. */
  dpop?: DpopKeyPair
}

interface ClientSecret {
  client_secret: string
}

/** By the key whose public half is registered for the application (RFC 7523, section 2.2). */
interface ClientKey {
  /** PEM (PKCS#8), or a key of WebCrypto. */
  privateKey: string | CryptoKey
  /** Which of its keys it is; needed where it has several. */
  kid?: string
  /** Address of the server as it calls itself, where it is reached by another. */
  audience?: string
}

/** Seconds that an assertion is good for; the server takes each once. */
const GOOD_FOR = 60
/** Milliseconds that this clock may differ from the server's without being the reason of a refusal. */
const TOLERATED = 10_000

/** Calls as an application of its own, for no person. */
export const clientCredentials =
  ({
    store = memoryStore(),
    now = Date.now,
    onSignedOut,
    scope,
    dpop: keyPair,
    ...client
  }: ClientCredentials): AuthBy<Auth> =>
  (http) => {
    const asked = { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) }
    const { client_id } = client
    const dpop = keyPair && createDpop(keyPair, now)
    const bySecret = (client_secret: string) => () => grant(http, { client_id, client_secret }, asked, { now, dpop })
    const renew = 'client_secret' in client ? bySecret(client.client_secret) : byKey(http, client, asked, { now, dpop })
    return { ...createKeeper({ store, now, onSignedOut, isOver: isGrantOver, renew }), dpop }
  }

/** Asks with an assertion, and once more by the server's clock where this one is wrong. */
function byKey(
  http: Http,
  client: ClientKey & { client_id: string },
  asked: Record<string, string>,
  { now, dpop }: { now: () => number; dpop: Dpop | undefined },
) {
  const { client_id, privateKey, kid, audience = http.url } = client
  let key: SigningKey | undefined
  let ahead = 0

  const ask = async () => {
    key ??= readPrivateKey(privateKey)
    const iat = Math.floor((now() - ahead) / 1000)
    const names = { iss: client_id, sub: client_id, aud: audience, jti: crypto.randomUUID() }
    const header = kid === undefined ? {} : { kid }
    const proof = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signJwt(key, { ...names, iat, exp: iat + GOOD_FOR }, header),
    }
    return grant(http, { client_id }, { ...asked, ...proof }, { now, dpop })
  }
  return async () => {
    const result = await ask()
    const date = result.error?.code === 'invalid_client' ? result.error.date : undefined
    if (date === undefined || Math.abs(now() - ahead - date) < TOLERATED) return result
    ahead = now() - date
    return ask()
  }
}
