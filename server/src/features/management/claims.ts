import type { ClaimRules } from '../../platform/config/management-api/policy.ts'

type Claims = Record<string, unknown>

/** The claims that rules can be about. */
export type RuledClaim = 'exp' | 'nbf' | 'iat' | 'jti' | 'iss' | 'aud' | 'sub'

/**
 * The first of the registered claims (RFC 7519, section 4.1) that is not as the rules want it, in the way of Barong 1.8.26: a
 * claim that is absent passes unless its value is given or `require_exp` is set. `now` is in seconds since 1970.
 */
export function wrongClaim(rules: ClaimRules, claims: Claims, now: number): RuledClaim | undefined {
  if (!expirationHolds(rules, claims, now)) return 'exp'
  if (rules.verify_not_before && !holds(claims, 'nbf', (nbf) => nbf <= now + rules.nbf_leeway)) return 'nbf'
  if (rules.verify_iat && typeof claims['iat'] === 'string') return 'iat'
  if (rules.verify_iat && !holds(claims, 'iat', (iat) => iat <= now + rules.iat_leeway)) return 'iat'
  if (rules.verify_jti && jtiOf(claims) === undefined) return 'jti'
  if (rules.iss !== undefined && !names(rules.iss, claims['iss'])) return 'iss'
  if (rules.aud !== undefined && ![claims['aud']].flat().some((audience) => names(rules.aud, audience))) return 'aud'
  return rules.sub === undefined || claims['sub'] === rules.sub ? undefined : 'sub'
}

/** The instant from which the claims do not hold any more, in seconds since 1970; undefined: they hold for ever. */
export function expiryOf(rules: ClaimRules, { exp }: Claims): number | undefined {
  const seconds = secondsOf(exp)
  return rules.verify_expiration && seconds !== undefined ? seconds + rules.exp_leeway : undefined
}

/** The JWT id, unless it is absent or blank. */
export function jtiOf({ jti }: Claims): string | undefined {
  const text = typeof jti === 'string' || typeof jti === 'number' ? String(jti) : ''
  return text.trim() === '' ? undefined : text
}

function expirationHolds(rules: ClaimRules, claims: Claims, now: number): boolean {
  if (!rules.verify_expiration) return true
  if (rules.require_exp && !Object.hasOwn(claims, 'exp')) return false
  return holds(claims, 'exp', (exp) => now < exp + rules.exp_leeway)
}

/** Whether a time is absent, or one that is as it should be; null is neither. */
function holds(claims: Claims, name: string, judge: (seconds: number) => boolean): boolean {
  if (!Object.hasOwn(claims, name)) return true
  const seconds = secondsOf(claims[name])
  return seconds !== undefined && judge(seconds)
}

/** A time: a number, or as 1.8.26 took it, its digits as text. */
function secondsOf(value: unknown): number | undefined {
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value)
  return typeof value === 'number' ? value : undefined
}

const names = (accepted: readonly string[] | undefined, value: unknown): boolean =>
  typeof value === 'string' && accepted?.includes(value) === true
