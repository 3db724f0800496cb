import { expect, it } from 'vitest'
import type { Finding } from '../../src/contract/policy.ts'
import type { Requester } from '../../src/contract/requester.ts'
import { comparisons } from '../../src/policy/proximity.ts'

interface Case {
  readonly name: string
  readonly device: Requester | undefined
  readonly phone: Requester | undefined
  /** The findings of sameDevice, otherNetwork and otherCountry. */
  readonly expected: readonly [device: Finding, network: Finding, country: Finding]
}

const at = (ip: string, userAgent?: string, country?: string): Requester => ({
  ip,
  ...(userAgent === undefined ? {} : { userAgent }),
  ...(country === undefined ? {} : { country }),
})

const home = '198.51.100.7'
const home6 = '2001:db8:1:2::1'

const cases: readonly Case[] = [
  { name: 'one browser', device: at(home, 'A'), phone: at(home, 'A'), expected: ['same', 'same', 'unknown'] },
  {
    name: 'one home, or one device that names another agent',
    device: at(home, 'A'),
    phone: at(home, 'B'),
    expected: ['unknown', 'same', 'unknown'],
  },
  { name: 'one home, no user agents', device: at(home), phone: at(home), expected: ['unknown', 'same', 'unknown'] },
  { name: 'one /24', device: at(home, 'A'), phone: at('198.51.100.8', 'A'), expected: ['other', 'same', 'unknown'] },
  {
    name: 'another network',
    device: at('203.0.113.7', 'A'),
    phone: at(home, 'A'),
    expected: ['other', 'other', 'unknown'],
  },
  {
    name: 'one IPv6 address, whatever the agent',
    device: at(home6, 'A'),
    phone: at(home6, 'B'),
    expected: ['same', 'same', 'unknown'],
  },
  {
    name: 'one /64: two devices, or one with a new address',
    device: at(home6, 'A'),
    phone: at('2001:db8:1:2::2', 'A'),
    expected: ['unknown', 'same', 'unknown'],
  },
  { name: 'one /48', device: at(home6), phone: at('2001:db8:1:3::1'), expected: ['other', 'same', 'unknown'] },
  { name: 'another /48', device: at(home6), phone: at('2001:db8:2:2::1'), expected: ['other', 'other', 'unknown'] },
  {
    name: 'IPv6 against IPv4',
    device: at(home6, 'A'),
    phone: at(home, 'A'),
    expected: ['unknown', 'unknown', 'unknown'],
  },
  {
    name: 'an IPv4-mapped address',
    device: at(`::ffff:${home}`, 'A'),
    phone: at(home, 'A'),
    expected: ['same', 'same', 'unknown'],
  },
  {
    name: 'NAT64 against its IPv4 address',
    device: at(`64:ff9b::${home}`, 'A'),
    phone: at(home, 'A'),
    expected: ['same', 'same', 'unknown'],
  },
  {
    name: 'two networks behind one NAT64',
    device: at('64:ff9b::203.0.113.7'),
    phone: at(`64:ff9b::${home}`),
    expected: ['other', 'other', 'unknown'],
  },
  {
    name: 'a private relay that keeps the country',
    device: at(home, 'A', 'DE'),
    phone: at('203.0.113.99', 'B', 'DE'),
    expected: ['other', 'other', 'same'],
  },
  {
    name: 'a private relay whose country is not known',
    device: at(home, 'A', 'DE'),
    phone: at('203.0.113.99', 'B'),
    expected: ['other', 'other', 'unknown'],
  },
  {
    name: 'another country',
    device: at('203.0.113.7', 'A', 'NG'),
    phone: at(home, 'B', 'DE'),
    expected: ['other', 'other', 'other'],
  },
  {
    name: 'private addresses',
    device: at('192.168.1.2', 'A'),
    phone: at('192.168.1.2', 'A'),
    expected: ['unknown', 'unknown', 'unknown'],
  },
  {
    name: 'the shared addresses of a carrier',
    device: at('100.64.0.1', 'A'),
    phone: at('100.64.0.1', 'A'),
    expected: ['unknown', 'unknown', 'unknown'],
  },
  {
    name: 'a local address of a link',
    device: at('fe80::1%eth0'),
    phone: at(home6),
    expected: ['unknown', 'unknown', 'unknown'],
  },
  { name: 'no address', device: { userAgent: 'A' }, phone: at(home, 'A'), expected: ['unknown', 'unknown', 'unknown'] },
  {
    name: 'nothing known of the device',
    device: undefined,
    phone: at(home, 'A', 'DE'),
    expected: ['unknown', 'unknown', 'unknown'],
  },
]

it.each(cases)('XD-6.1.1 $name: $expected', ({ device, phone, expected }) => {
  const found = [comparisons.sameDevice, comparisons.otherNetwork, comparisons.otherCountry]
  expect(found.map((compare) => compare(device, phone))).toEqual(expected)
  // only the user agent of the requester is not symmetric, and it counts for equality alone
  expect(found.map((compare) => compare(phone, device))).toEqual(expected)
})
