import type { Say } from './keychain.ts'
import type { ClaimRules } from './policy.ts'

const FLAGS = [
  'verify_expiration',
  'require_exp',
  'verify_not_before',
  'verify_iat',
  'verify_jti',
  'require_htu',
] as const
const VALUES = ['iss', 'aud', 'sub'] as const
const LEEWAYS = ['leeway', 'exp_leeway', 'iat_leeway', 'nbf_leeway'] as const
const OPTIONS: readonly string[] = [...FLAGS, ...VALUES, ...VALUES.map((claim) => `verify_${claim}`), ...LEEWAYS]

/** The section `jwt` of the configuration, which has the names and defaults of Barong 1.8.26; `require_exp` and `require_htu` are ours. */
export function parseClaimRules(input: Record<string, unknown>, say: Say): ClaimRules {
  for (const option of Object.keys(input)) {
    if (!OPTIONS.includes(option)) say(`jwt.${option} is unknown; known are ${OPTIONS.join(', ')}`)
  }
  const leeway = seconds(input, 'leeway', 0, say)
  const rules = {
    verify_expiration: flag(input, 'verify_expiration', true, say),
    require_exp: flag(input, 'require_exp', false, say),
    verify_not_before: flag(input, 'verify_not_before', true, say),
    verify_iat: flag(input, 'verify_iat', false, say),
    verify_jti: flag(input, 'verify_jti', false, say),
    require_htu: flag(input, 'require_htu', false, say),
    iss: accepted(input, 'iss', say),
    aud: accepted(input, 'aud', say),
    sub: accepted(input, 'sub', say)?.[0],
    exp_leeway: seconds(input, 'exp_leeway', leeway, say),
    nbf_leeway: seconds(input, 'nbf_leeway', leeway, say),
    iat_leeway: seconds(input, 'iat_leeway', leeway, say),
  }
  if (rules.require_exp && !rules.verify_expiration) say('jwt.require_exp needs jwt.verify_expiration to be true')
  return rules
}

function flag(input: Record<string, unknown>, option: string, fallback: boolean, say: Say): boolean {
  const value = input[option] ?? fallback
  if (typeof value === 'boolean') return value
  say(`jwt.${option} must be true or false`)
  return fallback
}

function seconds(input: Record<string, unknown>, option: (typeof LEEWAYS)[number], fallback: number, say: Say): number {
  const value = input[option] ?? fallback
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  say(`jwt.${option} must be a whole number of seconds`)
  return fallback
}

/** The values of a claim that is verified; one, or a list of which one must be met. */
function accepted(
  input: Record<string, unknown>,
  claim: (typeof VALUES)[number],
  say: Say,
): readonly string[] | undefined {
  if (!flag(input, `verify_${claim}`, false, say)) return undefined
  const values: unknown[] = [input[claim] ?? []].flat()
  const texts = values.filter((value) => typeof value === 'string' && value !== '').map(String)
  if (texts.length === values.length && texts.length > 0 && (claim !== 'sub' || texts.length === 1)) return texts
  say(`jwt.verify_${claim} needs jwt.${claim} to be ${claim === 'sub' ? 'a text' : 'a text or a list of texts'}`)
  return undefined
}
