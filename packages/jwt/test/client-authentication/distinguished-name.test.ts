import { describe, expect, it } from 'vitest'
import { readName, readSubject, sameName } from '../../src/client-authentication/distinguished-name.ts'

const subject = 'C=US\nO=Acme\\, Inc.\nOU=Devices\nCN=tv'
const isSubject = (name: string, of = subject) => sameName(readName(name), readSubject(of))

describe('a distinguished name', () => {
  it.each([
    'CN=tv,OU=Devices,O=Acme\\, Inc.,C=US',
    'cn=tv, ou=Devices, o=Acme\\, Inc., c=US',
    'CN=\\74v,OU=Devices,O=Acme\\2C Inc.,C=US',
    'CN = tv,OU = Devices,O = Acme\\, Inc.,C = US',
  ])('8705-2.1.2 %s is the subject of the certificate', (name) => expect(isSubject(name)).toBe(true))

  it.each([
    'CN=tv',
    'CN=tv,C=US',
    'C=US,O=Acme\\, Inc.,OU=Devices,CN=tv',
    'CN=TV,OU=Devices,O=Acme\\, Inc.,C=US',
    'CN=tv,OU=Devices,O=Acme,C=US',
    'CN=tv,OU=Devices,O=Acme, Inc.,C=US',
    'CN=tv+OU=Devices,O=Acme\\, Inc.,C=US',
    'CN=tv\\,OU=Devices,O=Acme\\, Inc.,C=US',
    'CN=#0c027476,OU=Devices,O=Acme\\, Inc.,C=US',
    'CN=tv,OU=Devices,O=Acme\\, Inc.,C=US,',
    '/C=US/O=Acme, Inc./OU=Devices/CN=tv',
    '*',
    '',
  ])('8705-2.1.2 %s is not', (name) => expect(isSubject(name)).toBe(false))

  it('a part with several values has them in any order', () => {
    expect(isSubject('CN=tv+UID=7,C=US', 'C=US\nUID=7 + CN=tv')).toBe(true)
    expect(isSubject('CN=tv+UID=8,C=US', 'C=US\nUID=7 + CN=tv')).toBe(false)
  })

  it('a value cannot pretend to be a further part', () => {
    expect(isSubject('CN=tv,O=Acme', 'CN=tv\\,O=Acme')).toBe(false)
    expect(isSubject('CN=tv,O=Acme', 'O=Acme\\0ACN=tv')).toBe(false)
    expect(isSubject('CN=tv', 'CN=tv\\0A')).toBe(false)
  })

  it('two texts that are no names are not the same', () => {
    expect(sameName(readName('*'), readSubject(''))).toBe(false)
    expect(sameName(readName(''), readSubject(undefined))).toBe(false)
  })

  it('accepts UTF-8, escaped or not, and refuses bytes that are none', () => {
    expect(isSubject('CN=T\\C3\\BCr', 'CN=Tür')).toBe(true)
    expect(readName('CN=\\FF')).toBeUndefined()
  })

  it('a long row of spaces costs no more than other characters', () => {
    const spaces = ' '.repeat(2000)
    // the time of the processor: other processes do not count
    const before = process.cpuUsage()
    expect(isSubject(`CN=tv${spaces}`, `CN=${spaces}tv`)).toBe(true)
    expect(isSubject(`CN=tv\\ ${spaces}`, 'CN=tv')).toBe(false)
    expect(readName(`CN=${spaces}tv\\`)).toBeUndefined()
    // an expression that tries each division of the row takes seconds
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
  })
})
