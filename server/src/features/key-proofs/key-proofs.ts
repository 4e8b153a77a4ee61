import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import { PROOF_ALGORITHMS, type Proof, verifyProof } from './proof.ts'
import type { NamedRequest } from './request-names.ts'
import { insertProof } from './store.ts'

export { PROOF_ALGORITHMS, type Proof } from './proof.ts'
export { type NamedRequest, type NameRequest, namesAt, ownNames } from './request-names.ts'

const errors = defineErrors('key-proofs', {
  missing: [401, 'The DPoP proof is missing or invalid'],
  used: [401, 'The DPoP proof was used before'],
})

/** The token that comes along, and the key that it is bound to. */
interface Bound {
  token: string
  jkt: string
}

/** Makes sure that the request was made by the holder of a key (RFC 9449, section 4.3); throws 401. Whether it was before is for `takeProof`. */
export function checkProof({ clock }: Pick<Deps, 'clock'>, { dpop, ...request }: NamedRequest, bound?: Bound): Proof {
  const proof = verifyProof(dpop ?? '', { ...request, ...bound, now: clock.now() })
  if (!proof) throw noProof()
  return proof
}

/**
 * Takes a proof, which counts once at all processes of the database together (RFC 9449, section 11.1); throws 401. In a
 * transaction it counts with what it is for.
 */
export async function takeProof({ db, clock }: Pick<Deps, 'db' | 'clock'>, proof: Proof): Promise<void> {
  const first = await insertProof(db, proof.digest, iso(clock.now()), iso(proof.forgotten_at))
  if (!first) throw challengeBy('invalid_dpop_proof', errors.used)
}

/**
 * The key that a token which is asked for is to be bound to (RFC 9449, section 5), to be taken with it. `undefined`: whoever
 * bears the token may use it, as in Barong 1.8; where SESSION_REQUIRE wants `bound_tokens` there are no such tokens.
 */
export function keyShown(needs: Pick<Deps, 'clock' | 'config'>, request: NamedRequest): Proof | undefined {
  const isWanted = needs.config.values.SESSION_REQUIRE.includes('bound_tokens')
  return request.dpop === undefined && !isWanted ? undefined : checkProof(needs, request)
}

/** The claim that binds a token to a key (RFC 9449, section 6.1). */
export const confirmationOf = (jkt: string | null | undefined): { cnf?: { jkt: string } } =>
  typeof jkt === 'string' ? { cnf: { jkt } } : {}

/** The refusal of who shows no key and must. */
export const noProof = (): Refusal => challengeBy('invalid_dpop_proof', errors.missing)

type Make = (options: { headers: Record<string, string> }) => Refusal

/** A refusal that says by what scheme one would be let in (RFC 9449, section 7.1). */
export const challengeBy = (code: 'invalid_token' | 'invalid_dpop_proof', error: Make): Refusal =>
  challenged(`DPoP algs="${PROOF_ALGORITHMS.join(' ')}", error="${code}"`, error)

/** A refusal whose challenge begins so and tells its sentence. */
export function challenged(start: string, error: Make): Refusal {
  const refusal = error({ headers: { 'cache-control': 'no-store', pragma: 'no-cache' } })
  refusal.headers['www-authenticate'] = `${start}, error_description="${refusal.message}"`
  return refusal
}
