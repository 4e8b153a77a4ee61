import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** A random UUID, version 4 (RFC 9562). */
export const uuid = (): string => randomUUID()

/** An account's public id: `ID` and ten upper-case hexadecimal digits. */
export const accountUid = (): string => `ID${randomBytes(5).toString('hex').toUpperCase()}`

/** A JWT id: 24 upper-case hexadecimal digits (96 bits). */
export const jti = (): string => randomBytes(12).toString('hex').toUpperCase()

/** `bytes` random bytes in lower-case hexadecimal. */
export const hexToken = (bytes: number): string => randomBytes(bytes).toString('hex')

/** `bytes` random bytes in base64url. */
export const urlToken = (bytes: number): string => randomBytes(bytes).toString('base64url')

/** Uniformly random decimal digits, leading zeros kept. */
export const digits = (count: number): string => String(randomInt(10 ** count)).padStart(count, '0')
