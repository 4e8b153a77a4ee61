import { hash } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import { iso, SECOND } from '../../lib/clock.ts'
import { defineErrors, Refusal } from '../../lib/errors.ts'
import { actAs, whoActs } from '../../platform/acting/acting.ts'
import { verifySignature } from '../../platform/crypto/jws.ts'
import { isBarred } from '../accounts/accounts.ts'
import { countUse, noteUse, refuseMisuse } from './key-use.ts'
import { type PublicKey, publicKeyReader } from './public-keys.ts'
import { refusalLog } from './refusal-log.ts'
import { type ReplayCache, replayCache } from './replay-cache.ts'
import {
  ALGORITHM_NAMES,
  hasBody,
  type RequestSignature,
  RequestSignatureError,
  readSignature,
  type SentRequest,
} from './request-signature.ts'
import { findApiKey, findKeyWithOwner, insertNonce, type KeyWithOwner, type UsedKey } from './store.ts'

export { isSigned } from './request-signature.ts'

const errors = defineErrors('api-keys', {
  unsigned: [401, 'The request is not signed as it should be'],
  unknownKey: [401, 'There is no such active API key'],
  forged: [401, 'The signature is wrong'],
  late: [401, 'The signature is too old, or of the future; please mind the clock'],
  replayed: [401, 'The nonce was used before'],
  busy: [503, 'Too many signed requests, please try again in a moment'],
})

/** How old a signature may be, and how far ahead the client's clock. */
const MAX_AGE = 30 * SECOND
const MAX_AHEAD = 5 * SECOND

/** Statuses of refusals that are recorded. */
const RECORDED = [401, 403]
/** What changes nothing where it is sent (RFC 9110, section 9.2.1). */
const SAFE = ['GET', 'HEAD', 'OPTIONS']

type Needs = Pick<Deps, 'db' | 'clock' | 'limits' | 'uses' | 'config'>

/**
 * Tells whose API key signed a request (RFC 9421). Reads one row. The nonces of requests that change something, or of all where
 * SIGNED_READS_ONCE says so, are kept in the database, so that no process takes what another one has taken; those of others in
 * memory, by each process for itself, and so are keys that were read before. What is refused of a key there is, is recorded, and refusals of one address are limited.
 */
export function signedRequests(
  needs: Needs,
  replays: ReplayCache = replayCache(needs.clock),
): (request: SentRequest) => Promise<KeyWithOwner> {
  const keyOf = publicKeyReader()
  const record = refusalLog(needs)
  const judge = async (request: SentRequest): Promise<KeyWithOwner> => {
    const signature = read(request)
    const found = await findKeyWithOwner(needs.db, signature.keyid)
    if (!found) throw errors.unknownKey()
    const { key, owner } = found
    try {
      if (key.state !== 'active' || isBarred(owner)) throw errors.unknownKey()
      refuseForgery(keyOf(key.public_key), signature)
      refuseMisuse(needs, key)
      refuseLate(needs, signature)
      if (replays.has(useOf(signature))) throw errors.replayed()
      // Before the nonce is kept, so that nobody fills the memory for it alone, and not for what is merely repeated.
      needs.limits.pass('account_requests', owner.uid)
      countUse(needs, key)
      await takeNonce(needs, replays, key, signature, needs.config.values.SIGNED_READS_ONCE || isChange(request))
    } catch (error) {
      if (isRecorded(error)) await record(key.uid, error)
      throw error
    }
    noteUse(needs, key)
    actAs('person', owner.id)
    return found
  }
  return async (request) => {
    try {
      return await judge(request)
    } catch (error) {
      if (isRecorded(error)) countRefusal(needs)
      throw error
    }
  }
}

const isRecorded = (error: unknown): error is Refusal => error instanceof Refusal && RECORDED.includes(error.status)

/** Throws 429 where an address had too many refused. Who shares the address with them is still let in. */
function countRefusal({ limits }: Pick<Needs, 'limits'>): void {
  const source = limits.sourceOf(whoActs().address ?? '')
  if (source !== undefined) limits.pass('tokens', source)
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

function refuseLate({ clock }: Pick<Needs, 'clock'>, { created, expires }: RequestSignature): void {
  const now = clock.now()
  const age = now - created * SECOND
  if (age > MAX_AGE || age < -MAX_AHEAD) throw errors.late()
  if (expires !== undefined && expires * SECOND <= now) throw errors.late()
}

const isChange = (request: SentRequest): boolean => !SAFE.includes(request.method) || hasBody(request)

const useOf = ({ keyid, nonce }: RequestSignature): string => `${keyid} ${nonce}`

/** After the signature was found right, so that nobody else can use up a nonce. */
async function takeNonce(
  { db }: Pick<Needs, 'db'>,
  replays: ReplayCache,
  { id: api_key_id, uid }: UsedKey,
  signature: RequestSignature,
  everywhere: boolean,
): Promise<void> {
  const until = signature.created * SECOND + MAX_AGE + SECOND
  const outcome = replays.take(useOf(signature), until)
  if (outcome === 'used') throw errors.replayed()
  if (outcome === 'full') throw errors.busy({ headers: { 'retry-after': '5' } })
  // Set apart from the `jti` of tokens, which share the table.
  const jti_digest = hash('sha256', `signed ${signature.nonce}`)
  if (!everywhere) return
  const nonce = { api_key_id, jti_digest, expires_at: iso(until) }
  const fresh = await insertNonce(db, nonce).catch(async (error: unknown) => {
    // The key may have been removed a moment ago.
    throw (await findApiKey(db, uid)) ? error : errors.unknownKey()
  })
  if (!fresh) throw errors.replayed()
}
