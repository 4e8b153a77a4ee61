import { isIPv4, isIPv6 } from 'node:net'

/** Longer than any address; what proxies pass on need not be one. */
const MAX = 45

/**
 * Whom an address stands for: an IPv4 address for itself, an IPv6 address for its /64, which is what one customer gets
 * (RFC 6177, RFC 7934). IPv4 in IPv6 clothing (RFC 4291, section 2.5.5.2) counts as what it is.
 */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return isIPv4(plain) ? plain : address.slice(0, MAX)
  const groups = groupsOf(plain)
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 255])
      .join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The /48 of a /64 as `networkOf` tells it, which is what one site gets, with 65,536 of them; undefined for IPv4. */
export const siteOf = (network: string): string | undefined =>
  network.endsWith('::/64') ? `${network.split(':').slice(0, 3).join(':')}::/48` : undefined

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const left = partsOf(head)
  const right = partsOf(tail ?? '')
  const gap = tail === undefined ? 0 : 8 - left.length - right.length
  return [...left, ...Array.from({ length: gap }, () => 0), ...right]
}

const partsOf = (text: string): number[] =>
  text === ''
    ? []
    : text.split(':').flatMap((part) => (part.includes('.') ? dotted(part) : [Number.parseInt(part, 16)]))

function dotted(text: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [(a << 8) | b, (c << 8) | d]
}

/** The surroundings of an address, which it seldom leaves when it changes: the /24 of IPv4, the /48 of IPv6. */
export function neighbourhoodOf(address: string): string {
  const network = networkOf(address)
  if (network.includes(':')) return network.split(':').slice(0, 3).join(':')
  return network.split('.').slice(0, 3).join('.')
}
