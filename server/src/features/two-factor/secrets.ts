import type { KeyRing } from '../../platform/crypto/key-ring.ts'

const PURPOSE = 'otp-secret'

/** Seals a TOTP secret (base32) for one account: it opens nowhere else. */
export const sealSecret = (ring: KeyRing, account_uid: string, secret: string): string =>
  ring.seal(PURPOSE, account_uid, secret)

/** The TOTP secret (base32) an account's `otp_*_sealed` column holds. */
export const openSecret = (ring: KeyRing, account_uid: string, sealed: string): string =>
  ring.open(PURPOSE, account_uid, sealed).toString()
