import type { Auth, AuthBy } from './auth.ts'
import { good } from './call.ts'
import { uidOf } from './tokens.ts'

/** Calls by a token that one has, or that a function gives: for each call, and again when the server took it no more. */
export const bearer =
  (token: string | (() => string | undefined | Promise<string | undefined>)): AuthBy<Auth> =>
  () => {
    const ask = async () => good(typeof token === 'string' ? token : await token())
    return {
      token: ask,
      replace: async (refused) => {
        const result = await ask()
        const { data } = result
        // What was asked for one person must not be asked again for another.
        return data === undefined || data === refused || uidOf(data) !== uidOf(refused) ? good(undefined) : result
      },
    }
  }
