import { addressOf } from './address.ts'
import { tellerOf } from './failures.ts'
import type { AccountState, Role } from './generated/user-api.ts'
import { ISSUER, isSignedBy, parseJws, type VerificationKey } from './jws.ts'
import { createKeySet, type Outside } from './key-set.ts'
import { assertWithin } from './numbers.ts'
import { isFields } from './objects.ts'
import { createProofJudge, type ProofOptions, type ProvenRequest } from './proofs.ts'
import { type FeedOptions, followRevocations } from './revocations.ts'

export { type ProofMemory, type ProofOptions, type ProvenRequest, rememberProofs } from './proofs.ts'
export type { FeedOptions } from './revocations.ts'

/** What a verified token says (docs/guides/oauth.md). */
export interface TokenClaims {
  readonly jti: string
  /** Seconds since 1970. */
  readonly iat: number
  readonly exp: number
  readonly sub: string
  readonly iss?: string
  /** Whom it is for. */
  readonly aud?: string | readonly string[] | null
  /** The person's account; an application's own token has none. */
  readonly uid?: string
  readonly email?: string
  readonly role?: Role
  readonly level?: number
  readonly state?: AccountState
  readonly client_id?: string
  /** The API key that the token was got with. */
  readonly api_kid?: string
  /** The session that a gateway's token stands for. */
  readonly sid?: string
  /** When the sign-in was that a token of a gateway or of a browser's page comes from, in seconds since 1970. */
  readonly auth_time?: number
  readonly scope?: string
  /** What the account may not do for a while, and until when in seconds since 1970, such as `{ 'hold:withdraw': 1893456000 }`. */
  readonly holds?: Readonly<Record<string, number>>
  readonly [claim: string]: unknown
}

/**
 * Why a token is refused. After `keys_unavailable`, `revocations_unknown` and `proofs_unavailable` the same token may be good
 * later.
 */
export type TokenRefusal =
  | 'malformed'
  | 'unknown_key'
  | 'wrong_signature'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'bound_to_key'
  | 'bound_to_none'
  | 'wrong_proof'
  | 'used_proof'
  | 'revoked'
  | 'keys_unavailable'
  | 'revocations_unknown'
  | 'proofs_unavailable'

/** What became of a token. */
export type Verdict = { readonly claims: TokenClaims } | { readonly refused: TokenRefusal }

/** Whose tokens are verified, and how. */
export interface VerifierOptions extends Partial<Outside> {
  /** Public address of the Barong server, such as `https://accounts.example`. */
  url: string
  /** A value that the token's `aud` must have, or several of which it must have one; any will do unless told. */
  audience?: string | readonly string[]
  /** How the feed of revocations is followed; `false`: it is not, and tokens are good until they expire. */
  revocations?: FeedOptions | false
  /** Seconds by which clocks may differ; 5 unless told, 60 at most. */
  clockTolerance?: number
  /** Takes tokens that are bound to keys (DPoP, RFC 9449), with their proofs; they are refused unless told. */
  dpop?: ProofOptions
}

/** Verifies tokens by itself: after the first moment no request waits for the server, but with a key that is not known. */
export interface Verifier extends AsyncDisposable {
  /** Looks at a token; `request` is the one that came with it by the scheme DPoP. */
  verify(token: string, request?: ProvenRequest): Promise<Verdict>
  /** By which schemes tokens are taken. */
  readonly schemes: readonly Scheme[]
}

/** How a token is shown (RFC 6750; RFC 9449, section 7.1). */
export type Scheme = 'Bearer' | 'DPoP'

/** Characters beyond which nothing is a token of ours. */
const LONGEST = 16_384
/** How many tokens are remembered, so that a busy client's signature is verified once. */
const REMEMBERED = 5000

/** Begins to follow the server's keys and revocations; dispose of it to end that. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { url, audience, clockTolerance = 5, revocations = {}, fetch = globalThis.fetch, now = Date.now } = options
  assertWithin('clockTolerance', clockTolerance, { least: 0, most: 60 })
  const outside: Outside = { fetch, now, onError: tellerOf(options.onError, now) }
  const base = addressOf(url)
  const keys = createKeySet(`${base}/oauth/discovery/keys`, outside)
  const feed =
    revocations === false
      ? undefined
      : followRevocations(`${base}/oauth/revocations`, { keys, ...outside }, revocations)
  const seen = new Map<string, VerificationKey>()
  const { dpop } = options
  const judgeProof = dpop && createProofJudge(dpop, now)

  const read = async (token: string): Promise<Verdict> => {
    const jws = token.length > LONGEST ? undefined : parseJws(token)
    const kid = jws?.header['kid']
    const claims = jws && claimsOf(jws.payload)
    if (!jws || !claims || typeof kid !== 'string' || jws.header['typ'] !== 'JWT') return { refused: 'malformed' }
    const key = await keys.find(kid)
    if (typeof key === 'string') return { refused: key }
    const known = seen.get(token) === key
    seen.delete(token)
    if (!known && !isSignedBy(jws, key)) return { refused: 'wrong_signature' }
    seen.set(token, key)
    if (seen.size > REMEMBERED) seen.delete(seen.keys().next().value ?? '')
    return { claims }
  }
  return {
    schemes: dpop ? (dpop.required ? ['DPoP'] : ['Bearer', 'DPoP']) : ['Bearer'],
    verify: async (token, request) => {
      const verdict = await read(token).catch((error: unknown): Verdict => {
        outside.onError(error)
        return { refused: 'keys_unavailable' }
      })
      if ('refused' in verdict) return verdict
      const { claims } = verdict
      const refused = faultOf(claims, { audience, clockTolerance, now })
      if (refused) return { refused }
      const jkt = boundKeyOf(claims)
      const misfit = bindingFaultOf(claims, jkt, request !== undefined, dpop)
      if (misfit) return { refused: misfit }
      const standing = (await feed?.judge(claims)) ?? 'good'
      if (standing !== 'good') return { refused: standing === 'revoked' ? 'revoked' : 'revocations_unknown' }
      // Last of all: a proof is used up by it.
      const proof = request && jkt !== undefined ? await judgeProof?.(request, { token, jkt }) : 'good'
      return proof === 'good' ? verdict : { refused: proof ?? 'bound_to_key' }
    },
    [Symbol.asyncDispose]: async () => feed?.[Symbol.asyncDispose](),
  }
}

interface Rules extends Pick<Outside, 'now'> {
  audience: VerifierOptions['audience'] | undefined
  clockTolerance: number
}

function faultOf(claims: TokenClaims, { audience, clockTolerance, now }: Rules): TokenRefusal | undefined {
  if (claims['iss'] !== ISSUER) return 'wrong_issuer'
  if (audience !== undefined && !audiencesOf(claims).some((one) => [audience].flat().includes(one)))
    return 'wrong_audience'
  // Put so that a time that is no number is no good.
  return now() / 1000 < claims.exp + clockTolerance ? undefined : 'expired'
}

/** Thumbprint of the key that whoever shows the token must prove to have (RFC 9449, section 6.1). */
function boundKeyOf({ cnf }: TokenClaims): string | undefined {
  const jkt = isFields(cnf) ? cnf['jkt'] : undefined
  return typeof jkt === 'string' ? jkt : undefined
}

/** A bound token is shown by the scheme DPoP, where its proof is looked at, and any other as a bearer token. */
function bindingFaultOf(
  claims: TokenClaims,
  jkt: string | undefined,
  isProven: boolean,
  dpop: ProofOptions | undefined,
): TokenRefusal | undefined {
  if (!('cnf' in claims)) return isProven || dpop?.required ? 'bound_to_none' : undefined
  return jkt !== undefined && isProven && dpop ? undefined : 'bound_to_key'
}

/** Whom a token is for; that of an API key tells the key's scopes, as one text, as Barong 1.8 had it. */
export function audiencesOf({ aud, api_kid }: TokenClaims): string[] {
  const texts = [aud].flat().filter((one): one is string => typeof one === 'string')
  return api_kid === undefined ? texts : texts.flatMap((text) => text.split(/[\s,]+/))
}

function claimsOf(payload: Readonly<Record<string, unknown>>): TokenClaims | undefined {
  const { jti, iat, exp, sub } = payload
  if (typeof jti !== 'string' || typeof sub !== 'string' || typeof iat !== 'number' || typeof exp !== 'number')
    return undefined
  const texts = ['uid', 'email', 'role', 'state', 'client_id', 'api_kid', 'sid', 'scope']
  const { level, auth_time, holds = {} } = payload
  if (texts.some((name) => payload[name] !== undefined && typeof payload[name] !== 'string')) return undefined
  if ([level, auth_time].some((number) => number !== undefined && typeof number !== 'number')) return undefined
  if (!isFields(holds) || Object.values(holds).some((until) => typeof until !== 'number')) return undefined
  return { ...payload, jti, iat, exp, sub }
}
