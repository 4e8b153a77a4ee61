import type { Deps } from '../../deps.ts'
import { iso, MINUTE, SECOND } from '../../lib/clock.ts'
import { defineErrors, Refusal } from '../../lib/errors.ts'
import { actAs } from '../../platform/acting/acting.ts'
import type { Tx } from '../../platform/db/db.ts'
import { isBarred } from '../accounts/accounts.ts'
import { audit, recordAct, recordStranger } from '../audit/audit.ts'
import { holdsClaim } from '../holds/holds.ts'
import { confirmationOf, type Proof, takeProof } from '../key-proofs/key-proofs.ts'
import { draftAccessToken } from '../signing-keys/signing-keys.ts'
import { type ClientToken, ClientTokenError, verifyClientToken } from './client-token.ts'
import { countUse, lifetimeOf, noteUse, refuseMisuse } from './key-use.ts'
import { type PublicKey, publicKeyReader } from './public-keys.ts'
import { deleteExpiredNonces, findApiKey, findOwner, insertNonce, lockApiKey } from './store.ts'

const errors = defineErrors('api-keys', {
  notFound: [404, 'Record is not found'],
  unusableKey: [401, 'Payload is invalid'],
  undecodable: [401, 'Failed to decode and verify JWT'],
})

const CLEANED_AT_ONCE = 500
/** Nodes' clocks may differ by this much; what one still accepts, another must not have forgotten. */
const CLOCK_SKEW = 5 * MINUTE

type Needs = Pick<Deps, 'db' | 'clock' | 'keys' | 'limits' | 'uses'>

/** A program's own token, and the key it says that it is signed with. */
interface Brought {
  kid: string
  jwt_token: string
  /** Shows the key that our token is bound to. */
  proof?: Proof | undefined
}

/** Takes the token a program signed with its API key, once, and returns one of ours for the key's account. */
export function tokenExchange(needs: Needs): (input: Brought) => Promise<string> {
  const read = publicKeyReader()
  return async (input) => {
    try {
      const { key, draft } = await needs.db.transaction().execute(async (tx) => {
        const { key, owner, holds } = await takeToken(needs, tx, input, read)
        const lifetime = lifetimeOf(needs, key, key.expires_in)
        const extra = { api_kid: key.uid, ...holds, ...confirmationOf(input.proof?.jkt) }
        const terms = { audience: key.scopes, lifetime, extra }
        // While the key is held: what ends it later ends this token, too, by its `iat`.
        return { key, draft: draftAccessToken(needs, owner, terms) }
      })
      noteUse(needs, key)
      return await draft.sign()
    } catch (error) {
      if (error instanceof Refusal && error.status !== 429) await recordRefusal(needs, input.kid, error)
      throw error
    }
  }
}

type ReadKey = ReturnType<typeof publicKeyReader>

async function takeToken(needs: Needs, tx: Tx, input: Brought, read: ReadKey) {
  const key = await lockApiKey(tx, input.kid)
  if (!key) throw errors.notFound()
  const [owner, holds] = await Promise.all([findOwner(tx, key), holdsClaim(needs, tx, key.account_id)])
  if (key.state !== 'active' || isBarred(owner)) throw errors.notFound()
  const { jti_digest, usable_until } = verify(read(key.public_key), input.jwt_token, needs.clock.now())
  refuseMisuse(needs, key)
  const fresh = await insertNonce(tx, { api_key_id: key.id, jti_digest, expires_at: iso(usable_until * SECOND) })
  if (!fresh) throw undecodable('#<JWT::InvalidJtiError: Invalid jti>')
  if (input.proof) await takeProof({ ...needs, db: tx }, input.proof)
  countUse(needs, key)
  actAs('person', owner.id)
  await audit(needs, tx, { action: 'api_key.used', account_id: owner.id, details: { uid: key.uid } })
  return { key, owner, holds }
}

/** Nothing changed, so the refusal is recorded on its own. */
export async function recordRefusal(
  needs: Pick<Deps, 'db' | 'clock' | 'limits'>,
  uid: string,
  refused: Refusal,
): Promise<void> {
  const action = 'api_key.refused'
  const key = await findApiKey(needs.db, uid)
  if (!key) return recordStranger(needs, { action, refused })
  return recordAct(needs, { action, account_id: key.account_id, refused, details: { uid } })
}

/** Forgets tokens that are refused for their age by now, a batch at a time; returns how many. */
export const cleanApiKeyNonces = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteExpiredNonces(db, iso(clock.now() - CLOCK_SKEW), CLEANED_AT_ONCE)

function verify(key: PublicKey | undefined, token: string, now: number): ClientToken {
  // Keys are checked when they are registered; one imported from 1.8.26 may be anything.
  if (!key) throw errors.unusableKey()
  try {
    return verifyClientToken(key, token, now)
  } catch (cause) {
    throw cause instanceof ClientTokenError ? undecodable(cause.message) : cause
  }
}

const undecodable = (reason: string) =>
  errors.undecodable({ body: { error: `Failed to decode and verify JWT: ${reason}` } })
