import { isFields } from '../objects.ts'
import { readPrivateKey, type SigningKey } from '../private-key.ts'
import type { Auth, AuthBy } from './auth.ts'
import type { Result } from './call.ts'
import { createDpop, type DpopKeyPair } from './dpop.ts'
import { createKeeper, type KeeperOptions } from './keeper.ts'
import { signJwt } from './key-pair.ts'
import { memoryStore, tokensFrom } from './tokens.ts'

/** By which API key a program calls. */
export interface ApiKeyOptions extends KeeperOptions {
  /** The key's `uid`. */
  kid: string
  /** The private half: PEM (PKCS#8), or a key of WebCrypto. */
  privateKey: string | CryptoKey
  /** The key that tokens are bound to (`createDpopKeyPair`); they are good for whoever has them unless told. */
  dpop?: DpopKeyPair
}

/** Seconds that the program's own token is good for; the server takes each once. */
const GOOD_FOR = 60

/** How the server says that it takes nothing from this key any more; a wrong clock can be set right. */
const KEY_IS_OVER =
  /^(Record is not found|The API key expired|Payload is invalid|Failed to decode and verify JWT(?!.*(Invalid iat|has expired)))/

/** Calls as a program: its key signs a short token, which the server trades for one of its own, as often as it is needed. */
export const apiKey =
  ({
    kid,
    privateKey,
    dpop: keyPair,
    store = memoryStore(),
    now = Date.now,
    onSignedOut,
  }: ApiKeyOptions): AuthBy<Auth> =>
  (http) => {
    const dpop = keyPair && createDpop(keyPair, now)
    let key: SigningKey | undefined
    let ahead = 0

    const exchange = async (): Promise<Result<unknown>> => {
      key ??= readPrivateKey(privateKey)
      // A second back: the server's clock may be behind by what is left of this second.
      const iat = Math.floor((now() - ahead) / 1000) - 1
      const claims = { iss: 'external', sub: 'api_key_jwt', jti: crypto.randomUUID(), iat, exp: iat + GOOD_FOR }
      const body = { kid, jwt_token: await signJwt(key, claims) }
      return http.send({ name: 'POST /api/v1/sessions/generate_jwt', dpop, body })
    }
    const keeper = createKeeper({
      store,
      now,
      onSignedOut,
      isOver: ({ message }) => KEY_IS_OVER.test(message),
      renew: async () => {
        let result = await exchange()
        const date =
          result.error && /Invalid iat|has expired/.test(result.error.message) ? result.error.date : undefined
        if (date !== undefined) {
          // Our clock is wrong, and the server's answer says by how much.
          ahead = now() - date
          result = await exchange()
        }
        if (result.error) return result
        return tokensFrom(isFields(result.data) ? result.data['token'] : undefined, now())
      },
    })
    return { ...keeper, dpop }
  }
