import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Deps } from '../../deps.ts'
import { MINUTE, SECOND, seconds } from '../../lib/clock.ts'
import { errors } from './engine-package.ts'

/** The longest that an assertion may be good for, so that what is remembered of it is soon forgotten. */
const LONGEST = 5 * MINUTE
/** What clocks may differ by. */
const TOLERANCE = 15 * SECOND
const LONGEST_ID = 200

/** The client and the key that an assertion (RFC 7523, section 2.2) says it is of; nothing of it is verified. */
export function assertedClient(form: URLSearchParams): { client_id: string; kid: string | undefined } | undefined {
  const assertion = form.get('client_assertion')
  if (assertion === null) return undefined
  try {
    const { sub } = decodeJwt(assertion)
    const { kid } = decodeProtectedHeader(assertion)
    return typeof sub === 'string' ? { client_id: sub, kid } : undefined
  } catch {
    // The engine says what is wrong with it.
    return undefined
  }
}

/**
 * Refuses an assertion whose signature is right and that could be of use to others: one that is for other servers as well
 * (RFC 9700, section 2.5), or for long.
 */
export function refuseLooseAssertion(
  { clock }: Pick<Deps, 'clock'>,
  { aud, exp, jti }: Readonly<Record<string, unknown>>,
): void {
  if (Array.isArray(aud) && aud.length !== 1)
    throw new errors.InvalidClientAuth('the assertion must be for this server alone')
  if (typeof jti !== 'string' || jti.length > LONGEST_ID)
    throw new errors.InvalidClientAuth(`jti must be a text of at most ${LONGEST_ID} characters`)
  if (typeof exp !== 'number' || exp > seconds(clock.now() + LONGEST + TOLERANCE))
    throw new errors.InvalidClientAuth(`exp must be ${LONGEST / MINUTE} minutes ahead at most`)
}
