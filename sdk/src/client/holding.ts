import { type BarongError, newError } from './errors.ts'
import { type TokenStore, type Tokens, uidOf } from './tokens.ts'

/** The tokens of one person, kept where another tab may put somebody else's. */
export interface Holding {
  /** What is kept, whosever it is. */
  kept(): Tokens | undefined
  /** Keeps newer tokens of the person. */
  keep(tokens: Tokens): void
  /** Begins anew, with whomever these are of. */
  take(tokens: Tokens | undefined): void
  /** How often it began anew. */
  turn(): number
  isOfAnother(tokens: Tokens): boolean
  /** Tells once that the person is signed out; forgets the token that was the last, unless another is kept by now. */
  end(error: BarongError, last?: string): void
}

/** Holds a person's tokens: from the first one on it is theirs, also when the session is over, until it begins anew. */
export function createHolding(store: TokenStore, onSignedOut: ((error: BarongError) => void) | undefined): Holding {
  let holder: string | undefined
  let wasTold = false
  let turn = 0
  const isOfAnother = ({ token }: Tokens): boolean => holder !== undefined && uidOf(token) !== holder
  const own = (tokens: Tokens): void => {
    holder = uidOf(tokens.token)
    wasTold = false
  }
  return {
    kept: () => {
      const tokens = store.get()
      if (tokens && !isOfAnother(tokens)) own(tokens)
      return tokens
    },
    keep: (tokens) => {
      own(tokens)
      store.set(tokens)
    },
    take: (tokens) => {
      const kept = store.get()
      if (tokens || (kept && !isOfAnother(kept))) store.set(tokens)
      holder = tokens && uidOf(tokens.token)
      wasTold = false
      turn += 1
    },
    turn: () => turn,
    isOfAnother,
    end: (error, last) => {
      if (last !== undefined) {
        if (store.get()?.token !== last) return
        store.set(undefined)
      }
      if (!wasTold) onSignedOut?.(error)
      wasTold = true
    },
  }
}

/** Nothing that was asked for one person may be done in the name of another. */
export const anotherPerson = (): BarongError =>
  newError('unauthenticated', { status: 401, messages: ['Somebody else is signed in by now'] }, {})
