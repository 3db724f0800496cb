import { expect, it } from 'vitest'
import { addressPrefix } from '../src/address.ts'

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:50123', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['[2001:db8::1]:443', '2001:db8:0:0::/64'],
  ['2001:db8::1%eth0', '2001:db8:0:0::/64'],
  ['fe80::1%lo', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['unknown', 'unknown'],
  ['', ''],
])('F-32 %s counts as %s', (ip, prefix) => {
  expect(addressPrefix(ip)).toBe(prefix)
})

it('F-32 no address is one for all who have none', () => {
  expect(addressPrefix(undefined)).toBe('unknown')
})

it('F-32 garbage is a text of its own, never an error', () => {
  for (const ip of [
    ':',
    ':::',
    '1:2:3:4:5:6:7:8:9',
    '::ffff:',
    '%',
    '[',
    '999.999.999.999',
    '\u0000',
    ':'.repeat(1000),
  ]) {
    expect(addressPrefix(ip)).toBeTypeOf('string')
  }
})
