import type { AdapterPayload, KoaContextWithOIDC } from 'oidc-provider'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { Provider } from './engine-package.ts'

/** A refresh token that the engine hands over to be kept; `lifetime` is in seconds. */
interface Kept {
  id: string
  payload: AdapterPayload
  lifetime: number
}

/** Begins to sign a token of the account, which the transaction holds. */
type Sign = (tx: Tx, account: Account) => Promise<void>

/**
 * What one token request has done and not written yet. The engine uses up a refresh token, saves the next and then an access
 * token; all of it is written in the transaction of the last, so that it happens wholly or not at all.
 */
interface Exchange {
  /** The refresh token that is used up. */
  used?: string
  /** The one that takes its place. */
  next?: Kept
  /** Begins to sign the access token that is being written. */
  sign?: Sign
}

/** The exchanges of the requests that the engine is answering. */
export type Exchanges = () => Exchange

/** Finds the exchange of the present request; outside of one, each caller has its own. */
export function createExchanges(): Exchanges {
  const all = new WeakMap<KoaContextWithOIDC, Exchange>()
  return () => {
    const context = Provider.ctx
    if (!context) return {}
    const known = all.get(context) ?? {}
    all.set(context, known)
    return known
  }
}
