import type { Deps } from '../../deps.ts'
import { SECOND } from '../../lib/clock.ts'
import { defineErrors, Refusal } from '../../lib/errors.ts'
import { actAs } from '../../platform/acting/acting.ts'
import { verifySignature } from '../../platform/crypto/jws.ts'
import type { Account, ApiKey } from '../../platform/db/schema.ts'
import { isBarred } from '../accounts/accounts.ts'
import { parsePublicKey } from './public-keys.ts'
import type { ReplayCache } from './replay-cache.ts'
import {
  ALGORITHM_NAMES,
  type RequestSignature,
  RequestSignatureError,
  readSignature,
  type SentRequest,
} from './request-signature.ts'
import { findApiKey, findOwner } from './store.ts'
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

/** How old a signature may be, and how far ahead the client's clock. */
const MAX_AGE = 30 * SECOND
const MAX_AHEAD = 5 * SECOND

type Needs = Pick<Deps, 'db' | 'clock'>

/**
 * Whose API key signed the request (RFC 9421). Reads two rows and writes none: what was used is remembered in memory, by each
 * process for itself. Refusals are recorded.
 */
export async function takeSignedRequest(
  needs: Needs,
  replays: ReplayCache,
  request: SentRequest,
): Promise<{ key: ApiKey; owner: Account }> {
  const signature = read(request)
  try {
    const { key, owner } = await find(needs, signature.keyid)
    refuseForgery(key, signature)
    refuseReplay(needs, replays, signature)
    actAs('person', owner.id)
    return { key, owner }
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) await recordRefusal(needs, signature.keyid, error)
    throw error
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

async function find({ db }: Needs, keyid: string): Promise<{ key: ApiKey; owner: Account }> {
  const key = await findApiKey(db, keyid)
  if (key?.state !== 'active') throw errors.unknownKey()
  const owner = await findOwner(db, key)
  if (isBarred(owner)) throw errors.unknownKey()
  return { key, owner }
}

function refuseForgery({ public_key }: ApiKey, { alg, base, signature }: RequestSignature): void {
  const known = parsePublicKey(public_key)
  if (!known || (alg !== undefined && alg !== ALGORITHM_NAMES[known.algorithm])) throw errors.forged()
  if (!verifySignature(known.algorithm, known.key, base, signature)) throw errors.forged()
}

/** After the signature was found right, so that nobody else can use up a nonce. */
function refuseReplay({ clock }: Needs, replays: ReplayCache, { keyid, nonce, created }: RequestSignature): void {
  const age = clock.now() - created * SECOND
  if (age > MAX_AGE || age < -MAX_AHEAD) throw errors.late()
  const outcome = replays.take(`${keyid} ${nonce}`, created * SECOND + MAX_AGE + SECOND)
  if (outcome === 'used') throw errors.replayed()
  if (outcome === 'full') throw errors.busy({ headers: { 'retry-after': '5' } })
}
