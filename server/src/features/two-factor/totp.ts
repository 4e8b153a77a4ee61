import { Secret, TOTP } from 'otpauth'
import { SECOND } from '../../lib/clock.ts'

const PERIOD = 30
const BYTES = 20
const TERMS = { algorithm: 'SHA1', digits: 6, period: PERIOD } as const
/** Steps a client's clock may be off, either way (RFC 6238, section 5.2). */
const SKEW = 1

/** A fresh secret of 160 bits (RFC 4226, section 4, R6) in base32. */
export const newTotpSecret = (): string => new Secret({ size: BYTES }).base32

/** What an authenticator app reads from the QR code: `otpauth://totp/<issuer>:<label>?…`, spelt as in 1.8.26. */
export function otpauthUrl(secret: string, issuer: string, label: string): string {
  const name = [issuer, label].map((part) => encodeURIComponent(part).replace(/%(?:40|2B)/g, decodeURIComponent))
  const { algorithm, digits, period } = TERMS
  const terms = Object.entries({ algorithm, digits, issuer, period, secret })
  const query = terms.map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
  return `otpauth://totp/${name.join(':')}?${query.join('&')}`
}

/** The time step a code belongs to, of the present one and its neighbours; `undefined` when it is of none. `now` in milliseconds. */
export function stepOf(secret: string, code: string, now: number): number | undefined {
  const token = code.replace(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return undefined
  const delta = new TOTP({ ...TERMS, secret }).validate({ token, timestamp: now, window: SKEW })
  return delta === null ? undefined : Math.floor(now / (PERIOD * SECOND)) + delta
}
