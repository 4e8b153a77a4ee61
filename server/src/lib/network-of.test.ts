import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { neighbourhoodOf, networkOf, siteOf } from './network-of.ts'

const CASES: [address: string, network: string][] = [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['unknown', 'unknown'],
  ['x'.repeat(1000), 'x'.repeat(45)],
]
for (const [address, network] of CASES)
  test(`${address.slice(0, 50)} stands for ${network}`, () => equal(networkOf(address), network))

test('Addresses near each other are of one neighbourhood', () => {
  equal(neighbourhoodOf('192.0.2.7'), '192.0.2')
  equal(neighbourhoodOf('::ffff:192.0.2.200'), '192.0.2')
  equal(neighbourhoodOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1')
  equal(neighbourhoodOf('unknown'), 'unknown')
})

test('An IPv6 network is of a site, an IPv4 address is of none', () => {
  equal(siteOf(networkOf('2001:db8:1:2:3:4:5:6')), '2001:db8:1::/48')
  equal(siteOf(networkOf('2001:db8::1')), '2001:db8:0::/48')
  equal(siteOf(networkOf('192.0.2.7')), undefined)
  equal(siteOf(networkOf('unknown')), undefined)
})
