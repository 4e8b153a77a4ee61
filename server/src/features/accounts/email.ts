const MAX_OCTETS = 254
const MAX_LOCAL_PART = 64

const LOCAL_PART = /^[\p{L}\p{M}\p{Nd}\-+_!"'#$%^&*{}/=?`|~]+(?:\.[\p{L}\p{M}\p{Nd}\-+_!"'#$%^&*{}/=?`|~]+)*$/u
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i
const LAST_LABEL = /^[a-z]{1,63}$/i

/** The form an address is stored, compared and looked up in: trimmed, in lower case. */
export const normalizeEmail = (text: string): string => text.trim().toLowerCase()

/**
 * Whether an address may be signed up: a local part of up to 64 characters of any script with single dots between, `@`,
 * and a host name, which may be a single label. At most 254 octets (RFC 5321, section 4.5.3.1.3, less the brackets).
 */
export function isEmail(address: string): boolean {
  if (Buffer.byteLength(address) > MAX_OCTETS) return false
  const at = address.indexOf('@')
  const localPart = address.slice(0, at)
  if (at < 1 || [...localPart].length > MAX_LOCAL_PART || !LOCAL_PART.test(localPart)) return false
  const labels = address.slice(at + 1).split('.')
  return labels.every((label) => LABEL.test(label)) && LAST_LABEL.test(labels.at(-1) ?? '')
}
