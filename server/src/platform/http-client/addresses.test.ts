import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isIn, isNetwork, isPublic, networks } from './addresses.ts'

describe('Addresses', () => {
  for (const address of ['1.1.1.1', '93.184.216.34', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::8a']) {
    test(`${address} is public`, () => assert.equal(isPublic(address), true))
  }

  for (const address of [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '192.0.2.1',
    '192.31.196.1',
    '192.52.193.1',
    '192.88.99.1',
    '192.175.48.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    'fe80::1',
    'fd00:ec2::254',
    'fc00::1',
    'ff02::1',
    '2002:7f00:1::',
    '2001::7f00:1',
    '2001:db8::1',
    '2620:4f:8000::1',
    '3fff::1',
    '3fff:fff::1',
    '64:ff9b:1::a00:1',
    'localhost',
    '',
  ]) {
    test(`${address || 'nothing'} is not`, () => assert.equal(isPublic(address), false))
  }

  test('are in a network of their own family', () => {
    const list = networks(['10.0.0.0/8', '192.168.1.7', 'fd00::/8'])
    assert.deepEqual(
      ['10.9.8.7', '11.0.0.0', '192.168.1.7', '192.168.1.8', 'fd12::1', 'fe80::1'].map((one) => isIn(list, one)),
      [true, false, true, false, true, false],
    )
  })

  test('make networks only in CIDR notation', () => {
    assert.deepEqual(
      [
        '10.0.0.0/8',
        '::1',
        'fd00::/8',
        '10.0.0.0/33',
        '10.0.0/8',
        'localhost',
        '1.1.1.1/8/8',
        '::/129',
        '1.1.1.1/-1',
        '',
      ].map(isNetwork),
      [true, true, true, false, false, false, false, false, false, false],
    )
  })
})
