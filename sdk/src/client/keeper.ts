import { locksHere } from './browser.ts'
import { bad, good, type Result } from './call.ts'
import type { BarongError } from './errors.ts'
import { anotherPerson, createHolding, type Holding } from './holding.ts'
import { type TokenStore, type Tokens, uidOf } from './tokens.ts'

/** What is told and asked of the one who holds tokens. */
export interface KeeperOptions {
  /** Where tokens are kept; in memory unless told. */
  store?: TokenStore
  /** Is told, once, that the session is over and nothing renews it, or that somebody else signed in in its place. */
  onSignedOut?(error: BarongError): void
  /** Milliseconds since 1970. */
  now?(): number
}

/** Holds the tokens of one person's session, and sees to it that they are renewed once however many ask. */
export interface Keeper {
  /** A token that is good for a while yet; `undefined`: nobody is signed in. */
  token(): Promise<Result<string | undefined>>
  /** Another token, of the same person, than one that the server did not take; `undefined`: there is none. */
  replace(refused: string): Promise<Result<string | undefined>>
  /** What one is signed in by now. */
  held(): Tokens | undefined
  /** Is signed in by these from now on, whosever they are; `undefined`: by nothing. */
  take(tokens: Tokens | undefined): void
  /** Goes on by these, which the server gave the same person in place of those that are held. */
  exchange(tokens: Tokens): void
}

interface Needs {
  store: TokenStore
  now: () => number
  onSignedOut: KeeperOptions['onSignedOut']
  /** Gets new tokens, by the old ones where there are any; `undefined` where there is nothing to get them by. */
  renew(old: Tokens | undefined): Promise<Result<Tokens> | undefined>
  /** Whether a refusal to renew ends the session; others may be different in a moment. */
  isOver(error: BarongError): boolean
}

/** A renewal under way: of which token, and after how many sign-ins and sign-outs. */
interface Renewal {
  old: string | undefined
  turn: number
  result: Promise<Result<Tokens | undefined>>
}

/** Nearer to its end than this, in milliseconds, a token is not used any more; short ones until nine tenths are over. */
const MARGIN = 30_000

/** Opens the keeping of one person's tokens. */
export function createKeeper({ store, now, onSignedOut, renew, isOver }: Needs): Keeper {
  const holding = createHolding(store, onSignedOut)
  const renewOnce = renewalOf(holding, store.sharedAs, renew)
  let lasting: string | undefined

  /** Renews a token that is of no use any more. */
  const another = async (old: string | undefined): Promise<Result<string | undefined>> => {
    const { data, error } = await renewOnce(old)
    if (error) {
      if (isOver(error) && old !== undefined) holding.end(error, old)
      return bad(error)
    }
    if (data && holding.isOfAnother(data)) return left()
    // Somebody else signed in here meanwhile.
    if (data && old !== undefined && uidOf(old) !== uidOf(data.token)) return bad(anotherPerson())
    return good(data?.token)
  }
  /** Another tab signed somebody else in, whose session goes on there. */
  const left = (): Result<undefined> => {
    const error = anotherPerson()
    holding.end(error)
    return bad(error)
  }
  /** Renews a token that can still be used, which nobody waits for; one that cannot be renewed is used up. */
  const ahead = async (old: string): Promise<void> => {
    if (lasting === old) return
    const { error } = await renewOnce(old)
    if (error && isOver(error)) lasting = old
  }
  return {
    token: async () => {
      const held = holding.kept()
      if (held && holding.isOfAnother(held)) return left()
      const age = held ? now() - held.since : 0
      // A clock that was set back would keep a token for ever.
      const isUsable = held && age >= 0 && age < held.lifetime - Math.min(MARGIN, held.lifetime / 10)
      if (!isUsable) return another(held?.token)
      if (age > held.lifetime / 2) void ahead(held.token).catch(() => {})
      return good(held.token)
    },
    replace: another,
    held: () => {
      const kept = holding.kept()
      return kept && holding.isOfAnother(kept) ? undefined : kept
    },
    take: holding.take,
    exchange: holding.keep,
  }
}

/** Renews a token once however many ask; one that was asked for before a sign-in is no answer to who asks after it. */
function renewalOf(holding: Holding, sharedAs: string | undefined, renew: Needs['renew']) {
  let under: Renewal | undefined

  /** Renews `old`, unless somebody else did meanwhile: another tab, or a sign-in. */
  const renewHeld = async (old: string | undefined, turn: number): Promise<Result<Tokens | undefined>> => {
    const held = holding.kept()
    if (held?.token !== old) return good(held)
    const result = await renew(held)
    const meanwhile = holding.kept()
    // Signed out, or in again, while the answer was on its way: that counts.
    if (!result || meanwhile?.token !== held?.token) return good(meanwhile)
    if (result.error || turn !== holding.turn()) return result
    if (holding.isOfAnother(result.data)) return bad(anotherPerson())
    holding.keep(result.data)
    return result
  }
  return (old: string | undefined): Promise<Result<Tokens | undefined>> => {
    const turn = holding.turn()
    if (under?.old === old && under?.turn === turn) return under.result
    const result = alone(sharedAs, () => renewHeld(old, turn)).finally(() => {
      if (under === renewal) under = undefined
    })
    const renewal = { old, turn, result }
    under = renewal
    return result
  }
}

/**
 * Milliseconds within which other tabs, which are processes of their own, see what one has written: the lock is held for
 * that much longer, though nobody in this tab waits for it.
 */
const SEEN_WITHIN = 1000

/** Runs something while no other tab of the site does. Without Web Locks (plain http) each looks at what is kept, and goes. */
function alone<T>(name: string | undefined, run: () => Promise<T>): Promise<T> {
  const locks = name === undefined ? undefined : locksHere()
  if (!locks) return run()
  return new Promise((resolve, reject) => {
    const held = async () => {
      await run().then(resolve, reject)
      await new Promise((released) => setTimeout(released, SEEN_WITHIN))
    }
    locks.request(`${name}:renewal`, held).catch(reject)
  })
}
