import { expect, it } from 'vitest'
import { shownAddress } from '../../src/terminal/address.ts'

it.each([
  ['https://example.com/device?user_code=A', 'https://example.com/device?user_code=A'],
  ['http://[::1]:8080/x', 'http://[::1]:8080/x'],
  // one script that cannot be taken for another one
  ['https://münchen.example/x', 'https://münchen.example/x'],
  ['https://straße.example/', 'https://straße.example/'],
  ['https://пример.рф/', 'https://пример.рф/'],
  ['https://ελλάδα.gr/', 'https://ελλάδα.gr/'],
  ['https://例え.テスト/', 'https://例え.テスト/'],
  ['https://한국.kr/', 'https://한국.kr/'],
])('%s is shown as %s', (address, shown) => {
  expect(shownAddress(address)).toBe(shown)
})

it.each([
  ['all letters look like Latin ones', 'https://аррӏе.com/device', 'https://xn--80ak6aa92e.com/device'],
  ['the same in Greek', 'https://ρυρα.com/', 'https://xn--mxa5aap.com/'],
  ['Cyrillic letters among Latin ones', 'https://gооgle.com/', 'https://xn--ggle-55da.com/'],
  ['a Turkish i without its dot', 'https://ıtunes.com/', 'https://xn--tunes-m4a.com/'],
  ['a letter like a slash', 'https://example.comノpath.evil.com/', 'https://example.xn--compath-v04f.evil.com/'],
  ['a sign like a slash', 'https://example.com∕a.evil.com/', 'https://example.xn--coma-id9a.evil.com/'],
  ['a script from right to left', 'https://موقع.com/', 'https://xn--4gbrim.com/'],
  ['Punycode stays', 'https://xn--80ak6aa92e.com/', 'https://xn--80ak6aa92e.com/'],
])('Punycode: %s', (_name, address, shown) => {
  expect(shownAddress(address)).toBe(shown)
})

it.each([
  ['a backslash, which is a slash', 'https://example.com\\@evil.com/', 'https://example.com/@evil.com/'],
  ['wide letters, which are Latin ones', 'https://ｅｘａｍｐｌｅ.com/', 'https://example.com/'],
  ['letters of another script in the path', 'https://a.example/а', 'https://a.example/%D0%B0'],
  ['control characters', 'https://a.example/\u001b[2J\u202e', 'https://a.example/%1B[2J%E2%80%AE'],
  ['no address at all', 'go to \u001b[2Jevil', 'go to [2Jevil'],
])('in its normal form: %s', (_name, address, shown) => {
  expect(shownAddress(address)).toBe(shown)
})
