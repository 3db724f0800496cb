import { describe, expect, it } from 'vitest'
import {
  addressKey,
  addressPrefix,
  addressRange,
  isWithin,
  publicAddress,
  shortAddress,
  sitePrefix,
} from '../src/ip-address.ts'

const v4 = (digits: string): string => `00000000000000000000ffff${digits}`

describe('shortAddress', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['192.0.2.1:50123', '192.0.2.1'],
    ['[2001:0db8:0:0:0:0:0:9]:443', '2001:db8::9'],
    ['FE80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['unknown', undefined],
    ['', undefined],
  ])('F-32 %s is shown as %s', (ip, shown) => {
    expect(shortAddress(ip)).toBe(shown)
  })
})

describe('addressKey', () => {
  it.each([
    ['192.0.2.1', v4('c0000201')],
    ['0.0.0.0', v4('00000000')],
    ['255.255.255.255', v4('ffffffff')],
    ['192.0.2.1:50123', v4('c0000201')],
    ['::ffff:192.0.2.1', v4('c0000201')],
    ['::FFFF:c000:201', v4('c0000201')],
    ['::', '0'.repeat(32)],
    ['::1', '1'.padStart(32, '0')],
    ['2001:DB8::9', '20010db8000000000000000000000009'],
    ['2001:0db8:0:0:0:0:0:9', '20010db8000000000000000000000009'],
    ['[2001:db8::9]:443', '20010db8000000000000000000000009'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1::', '0001'.padEnd(32, '0')],
  ])('F-32 %s is %s', (ip, key) => {
    expect(addressKey(ip)).toBe(key)
  })

  it.each([
    '',
    'unknown',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.010',
    '1.2.3.4.5',
    ':',
    ':::',
    '1:2:3',
    '::g',
    '::1]',
    '::1]@x',
    '[',
    '1',
    'localhost',
    '1.2.3.4, 5.6.7.8',
    '1::2::3',
    '2001:db8',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '::12345',
    '::1.2.3',
    ':'.repeat(1000),
    '\u0000',
  ])('F-32 %j is not an address', (text) => {
    expect(addressKey(text)).toBeUndefined()
    expect(addressRange(text)).toBeUndefined()
    expect(isWithin(addressKey(text), [{ from: '0'.repeat(32), to: 'f'.repeat(32) }])).toBe(false)
  })
})

describe('addressRange', () => {
  it.each([
    ['192.0.2.7', v4('c0000207'), v4('c0000207')],
    ['192.0.2.7/32', v4('c0000207'), v4('c0000207')],
    ['192.0.2.7/24', v4('c0000200'), v4('c00002ff')],
    ['192.0.2.7/31', v4('c0000206'), v4('c0000207')],
    ['0.0.0.0/0', v4('00000000'), v4('ffffffff')],
    ['2001:db8:1:2:3::/64', '20010db8000100020000000000000000', '20010db800010002ffffffffffffffff'],
    ['2001:db8::/33', '20010db8000000000000000000000000', '20010db87fffffffffffffffffffffff'],
    ['::ffff:192.0.2.0/120', v4('c0000200'), v4('c00002ff')],
    ['::/0', '0'.repeat(32), 'f'.repeat(32)],
  ])('%s is from %s to %s', (text, from, to) => {
    expect(addressRange(text)).toEqual({ from, to })
  })

  it.each([
    '192.0.2.0/33',
    '::/129',
    '192.0.2.0/',
    '192.0.2.0/x',
    '1.2.3/8',
    5,
    null,
    '192.0.2.0/-1',
    '192.0.2.0/1e1',
    '::/1/2',
    '/24',
  ])('%j is neither an address nor a prefix', (text) => {
    expect(addressRange(text)).toBeUndefined()
  })
})

describe('isWithin', () => {
  it.each([
    ['192.0.2.0/24', '192.0.2.255', '192.0.3.0'],
    ['192.0.2.128/25', '192.0.2.128', '192.0.2.127'],
    ['192.0.2.1', '192.0.2.1', '192.0.2.2'],
    ['0.0.0.0/0', '255.255.255.255', '::1'],
    ['::/0', '2001:db8::1', '192.0.2.1'],
    ['2001:db8::/33', '2001:db8:7fff::1', '2001:db8:8000::1'],
    ['2001:db8::1/128', '2001:db8::1', '2001:db8::2'],
    ['::ffff:192.0.2.0/120', '192.0.2.9', '192.0.3.9'],
    ['192.0.2.0/24', '::ffff:192.0.2.7', '::ffff:192.0.3.7'],
  ])('XD-6.1.8 %s has %s and not %s', (network, inside, outside) => {
    const ranges = [addressRange(network)!]
    expect(isWithin(addressKey(inside), ranges)).toBe(true)
    expect(isWithin(addressKey(outside), ranges)).toBe(false)
  })
})

describe('addressPrefix', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1:50123'],
    ['192.0.2.1', '::ffff:192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:DB8:1:2::9'],
    ['2001:db8::1', '[2001:db8::ffff]:443'],
    ['fe80::1%lo', 'fe80::2%eth0'],
    [undefined, 'unknown'],
    ['', '999.999.999.999'],
  ])('F-32 %s is counted together with %s', (one, other) => {
    expect(addressPrefix(one)).toBe(addressPrefix(other))
  })

  it.each([
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8:1:2::', '2001:db8:1:3::'],
    ['::', '192.0.2.1'],
    ['unknown', '192.0.2.1'],
  ])('F-32 %s is not counted together with %s', (one, other) => {
    expect(addressPrefix(one)).not.toBe(addressPrefix(other))
  })
})

describe('publicAddress', () => {
  it.each([
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '127.0.0.1',
    '100.64.0.1',
    '169.254.1.1',
    '::ffff:10.0.0.1',
    '::1',
    'fd00::1',
    'fe80::1%en0',
    'unknown',
  ])('%s is not public: it does not tell where somebody is', (ip) => {
    expect(publicAddress(ip)).toBeUndefined()
  })

  it.each(['172.32.0.1', '192.0.2.1', '100.128.0.1', '2001:db8::1'])('%s is public', (ip) => {
    expect(publicAddress(ip)).toBe(addressKey(ip))
  })
})

describe('the addresses of a NAT64', () => {
  it('count as the IPv4 addresses in them, so that not all of IPv4 shares one /64', () => {
    expect(addressPrefix('64:ff9b::198.51.100.7')).toBe(addressPrefix('198.51.100.7'))
    expect(publicAddress('64:ff9b::c633:6407')).toBe(addressKey('198.51.100.7'))
    expect(publicAddress('64:ff9b::10.0.0.1')).toBeUndefined()
    // the prefix for use within a network says nothing about IPv4
    expect(publicAddress('64:ff9b:1::c633:6407')).toBe(addressKey('64:ff9b:1::c633:6407'))
  })
})

describe('sitePrefix', () => {
  it.each([
    ['2001:db8:1:2::3', '20010db80001'],
    ['198.51.100.7', undefined],
    ['::ffff:198.51.100.7', undefined],
    ['64:ff9b::198.51.100.7', undefined],
    ['unknown', undefined],
    [undefined, undefined],
  ])('of %s is %s', (ip, expected) => {
    expect(sitePrefix(ip)).toBe(expected)
  })
})
