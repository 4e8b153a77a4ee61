import { BlockList, isIP } from 'node:net'

// Everything that is not the public Internet: IANA's special-purpose registries for IPv4 (RFC 6890) and IPv6, multicast,
// and the metadata services of clouds, which live in link-local and unique-local space.
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  // Azure's platform address: metadata and DNS in public space.
  '168.63.129.16/32',
]
// Only 2000::/3 is given out to the public; these are the parts of it that are not.
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

const special = networks([...special4, ...special6])
const globalUnicast = networks(['2000::/3'])

/** Whether the text is a network in CIDR notation, or an address: a network of one. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const widest = isIP(address) === 6 ? 128 : 32
  return (
    isIP(address) !== 0 &&
    rest.length === 0 &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= widest))
  )
}

/** A set of networks in CIDR notation. */
export function networks(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    const six = isIP(address) === 6
    list.addSubnet(address, Number(prefix ?? (six ? 128 : 32)), six ? 'ipv6' : 'ipv4')
  }
  return list
}

/** Whether the IP address is in one of the networks; an IPv4 address in IPv6 clothing counts as what it is. */
export function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Where clouds tell secrets to whoever asks, at the usual addresses of their metadata services and all around them. */
export const METADATA = networks([
  '169.254.0.0/16',
  'fe80::/10',
  '100.100.100.200/32',
  '168.63.129.16/32',
  'fd00:ec2::/32',
  'fd20:ce::/32',
])

/**
 * Which addresses outside of the public Internet may be reached, as an operator lists them. A wider network opens no metadata
 * service; only its very address does.
 */
export function allowing(ranges: readonly string[]): (address: string) => boolean {
  const all = networks(ranges)
  const single = networks(ranges.filter(isOne))
  return (address) => isIn(single, address) || (isIn(all, address) && !isIn(METADATA, address))
}

function isOne(range: string): boolean {
  const [address = '', prefix] = range.split('/')
  return prefix === undefined || Number(prefix) === (isIP(address) === 6 ? 128 : 32)
}

/** Whether the IP address belongs to the public Internet. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !isIn(special, address)
  // Mapped, translated and tunnelled IPv4 (::ffff:0:0/96, 64:ff9b::/96, …) lies outside of 2000::/3 or in the special list.
  return isIP(address) === 6 && isIn(globalUnicast, address) && !isIn(special, address)
}

/** Whether a host's name or address is this machine. */
export const isLocal = (host: string): boolean =>
  ['localhost', '127.0.0.1', '::1', '[::1]'].includes(host) || (isIP(host) === 4 && host.startsWith('127.'))
