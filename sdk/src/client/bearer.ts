import type { Auth, AuthBy } from './auth.ts'
import { good } from './call.ts'
import { createDpop, type DpopKeyPair } from './dpop.ts'
import { uidOf } from './tokens.ts'

/**
 * Calls by a token that one has, or that a function gives: for each call, and again when the server took it no more; with the key
 * that it is bound to, where it is bound to one.
 */
export const bearer =
  (token: string | (() => string | undefined | Promise<string | undefined>), keyPair?: DpopKeyPair): AuthBy<Auth> =>
  () => {
    const ask = async () => good(typeof token === 'string' ? token : await token())
    return {
      dpop: keyPair && createDpop(keyPair),
      token: ask,
      replace: async (refused) => {
        const result = await ask()
        const { data } = result
        // What was asked for one person must not be asked again for another.
        return data === undefined || data === refused || uidOf(data) !== uidOf(refused) ? good(undefined) : result
      },
    }
  }
