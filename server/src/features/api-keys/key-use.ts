import { isIP } from 'node:net'
import type { Deps } from '../../deps.ts'
import { parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { whoActs } from '../../platform/acting/acting.ts'
import { isIn, networks } from '../../platform/http-client/addresses.ts'
import type { UsedKey } from './store.ts'

const errors = defineErrors('api-keys', {
  expired: [401, 'The API key expired'],
  elsewhere: [403, 'The API key may not be used from this address'],
})

type Needs = Pick<Deps, 'clock' | 'limits' | 'uses'>

/** Whether the key's time is over. */
export const hasExpired = ({ clock }: Pick<Needs, 'clock'>, { expires_at }: Pick<UsedKey, 'expires_at'>): boolean =>
  expires_at !== null && parseIso(expires_at) <= clock.now()

/** Throws where the key's own rules forbid this use: 401 after its end, 403 from a foreign address. */
export function refuseMisuse(needs: Pick<Needs, 'clock'>, key: UsedKey): void {
  if (hasExpired(needs, key)) throw errors.expired()
  const { allowed_networks } = key
  if (allowed_networks !== null && !allows(allowed_networks, whoActs().address)) throw errors.elsewhere()
}

/** Throws 429 where the key is used more often than it may be. */
export function countUse({ limits }: Pick<Needs, 'limits'>, { uid, rate }: UsedKey): void {
  if (rate !== null) limits.passOwn('api_keys', uid, rate)
}

/** Notes that the key was used now, and from where. */
export const noteUse = ({ uses }: Pick<Needs, 'uses'>, { id }: UsedKey): void => uses.note(id, whoActs().address)

/** Seconds that a token of the key may live, which is never longer than the key. */
export function lifetimeOf({ clock }: Pick<Needs, 'clock'>, { expires_at }: UsedKey, lifetime: number): number {
  if (expires_at === null) return lifetime
  return Math.max(1, Math.min(lifetime, Math.floor((parseIso(expires_at) - clock.now()) / SECOND)))
}

/** What the key is for: the scopes of its owner's list. */
export const scopesOf = ({ scopes }: Pick<UsedKey, 'scopes'>): string[] => scopes?.split(/[\s,]+/).filter(Boolean) ?? []

function allows(allowed: string, address: string | null): boolean {
  const [plain = ''] = (address ?? '').split('%')
  return isIP(plain) !== 0 && isIn(networks(allowed.split(',')), plain)
}
