import { describe, expect, it } from 'vitest'
import { addressKey, addressRange } from '../src/address-range.ts'

const v4 = (digits: string): string => `00000000000000000000ffff${digits}`

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
  ])('%s is %s', (ip, key) => {
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
  ])('%j is none', (text) => {
    expect(addressKey(text)).toBeUndefined()
    expect(addressRange(text)).toBeUndefined()
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

  it.each(['192.0.2.0/33', '::/129', '192.0.2.0/', '192.0.2.0/x', '192.0.2.0/-1', '192.0.2.0/1e1', '::/1/2', '/24'])(
    '%j is none',
    (text) => {
      expect(addressRange(text)).toBeUndefined()
    },
  )
})
