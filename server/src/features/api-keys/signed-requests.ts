import type { Deps } from '../../deps.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { SECOND } from '../../lib/clock.ts'
import { defineErrors, Refusal } from '../../lib/errors.ts'
import { actAs } from '../../platform/acting/acting.ts'
import { verifySignature } from '../../platform/crypto/jws.ts'
import type { ApiKey } from '../../platform/db/schema.ts'
import { isBarred } from '../accounts/accounts.ts'
import { type PublicKey, parsePublicKey } from './public-keys.ts'
import { type ReplayCache, replayCache } from './replay-cache.ts'
import {
  ALGORITHM_NAMES,
  type RequestSignature,
  RequestSignatureError,
  readSignature,
  type SentRequest,
} from './request-signature.ts'
import { findKeyWithOwner, type KeyWithOwner } from './store.ts'
import { recordRefusal } from './token-exchange.ts'

export { isSigned } from './request-signature.ts'

const errors = defineErrors('api-keys', {
  unsigned: [401, 'The request is not signed as it should be'],
  unknownKey: [401, 'There is no such active API key'],
  forged: [401, 'The signature is wrong'],
  late: [401, 'The signature is too old, or of the future; please mind the clock'],
  replayed: [401, 'The nonce was used before'],
  busy: [503, 'Too many signed requests, please try again in a moment'],
})

/** Public keys that are kept ready. */
const PARSED = 10_000
/** How old a signature may be, and how far ahead the client's clock. */
const MAX_AGE = 30 * SECOND
const MAX_AHEAD = 5 * SECOND

type Needs = Pick<Deps, 'db' | 'clock' | 'limits'>

/**
 * Tells whose API key signed a request (RFC 9421). Reads one row and writes none: what was used is remembered in memory, by
 * each process for itself, and so are keys that were read before. What is refused of a key there is, is recorded.
 */
export function signedRequests(needs: Needs): (request: SentRequest) => Promise<KeyWithOwner> {
  const replays = replayCache(needs.clock)
  const parsed = new BoundedMap<string, PublicKey>(PARSED)
  const keyOf = ({ public_key }: ApiKey): PublicKey | undefined => {
    const known = parsed.get(public_key) ?? parsePublicKey(public_key)
    if (known) parsed.set(public_key, known)
    return known
  }
  return async (request) => {
    const signature = read(request)
    const found = await findKeyWithOwner(needs.db, signature.keyid)
    if (!found) throw errors.unknownKey()
    const { key, owner } = found
    try {
      if (key.state !== 'active' || isBarred(owner)) throw errors.unknownKey()
      refuseForgery(keyOf(key), signature)
      // Before the nonce is kept, so that nobody fills the memory for it alone.
      needs.limits.pass('account_requests', owner.uid)
      refuseReplay(needs, replays, signature)
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) await recordRefusal(needs, key.uid, error)
      throw error
    }
    actAs('person', owner.id)
    return found
  }
}

function read(request: SentRequest): RequestSignature {
  try {
    return readSignature(request)
  } catch (error) {
    if (!(error instanceof RequestSignatureError)) throw error
    throw errors.unsigned({ body: { error: `The request is not signed as it should be: ${error.message}` } })
  }
}

function refuseForgery(known: PublicKey | undefined, { alg, base, signature }: RequestSignature): void {
  if (!known || (alg !== undefined && alg !== ALGORITHM_NAMES[known.algorithm])) throw errors.forged()
  if (!verifySignature(known.algorithm, known.key, base, signature)) throw errors.forged()
}

/** After the signature was found right, so that nobody else can use up a nonce. */
function refuseReplay(
  { clock }: Pick<Needs, 'clock'>,
  replays: ReplayCache,
  { keyid, nonce, created }: RequestSignature,
): void {
  const age = clock.now() - created * SECOND
  if (age > MAX_AGE || age < -MAX_AHEAD) throw errors.late()
  const outcome = replays.take(`${keyid} ${nonce}`, created * SECOND + MAX_AGE + SECOND)
  if (outcome === 'used') throw errors.replayed()
  if (outcome === 'full') throw errors.busy({ headers: { 'retry-after': '5' } })
}
