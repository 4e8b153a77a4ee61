import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'

const MAX = 86_400

const errors = defineErrors('sessions', { lifetime: [422, 'expires_in is out of bounds'] })

/** Seconds a token shall live: what the client asks for, within bounds, or JWT_LIFETIME. */
export function lifetimeOf({ config }: Pick<Deps, 'config'>, asked: string | undefined): number {
  const { JWT_LIFETIME, JWT_LIFETIME_MIN } = config.values
  if (asked === undefined) return JWT_LIFETIME
  const seconds = Number(asked)
  if (/^\d+$/.test(asked) && seconds >= JWT_LIFETIME_MIN && seconds <= MAX) return seconds
  throw errors.lifetime({ body: { error: `expires_in must be from ${JWT_LIFETIME_MIN} to ${MAX} seconds` } })
}
