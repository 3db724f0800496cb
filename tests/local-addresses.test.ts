import { isSecureAddress } from '@device-auth/client'
import { createDeviceAuth, OptionError } from '@device-auth/core'
import { introspection } from '@device-auth/passport'
import { describe, expect, it } from 'vitest'

/** Addresses, and if secrets may be sent to them: the same rule on the server and in the client. */
const addresses: readonly (readonly [address: string, isSecure: boolean])[] = [
  ['https://example.com/oauth', true],
  ['https://192.168.0.2', true],
  ['http://localhost', true],
  ['http://localhost:3000/oauth', true],
  ['http://LOCALHOST:3000', true],
  ['http://tv.localhost/oauth', true],
  ['http://a.b.localhost', true],
  ['http://127.0.0.1:3000', true],
  ['http://127.0.0.2', true],
  ['http://127.255.255.254/oauth', true],
  ['http://[::1]:3000/oauth', true],
  ['http://example.com', false],
  ['http://localhost.example.com', false],
  ['http://notlocalhost', false],
  ['http://127.0.0.1.example.com', false],
  ['http://128.0.0.1', false],
  ['http://10.0.0.1', false],
  ['http://0.0.0.0', false],
  ['http://[::2]', false],
  ['http://[fe80::1]', false],
  ['https://user:password@example.com', false],
  ['http://user@localhost', false],
  ['ftp://localhost', false],
]

describe('http is for this machine only, by one rule', () => {
  it.each(addresses)('%s: %s', (address, isSecure) => {
    expect(isSecureAddress(address)).toBe(isSecure)
    const create = () => createDeviceAuth({ issuer: address, clients: [] })
    if (isSecure) expect(create).not.toThrow()
    else expect(create).toThrow(OptionError)
    const introspect = () => introspection({ issuer: address, endpoint: address, clientId: 'api', clientSecret: 'x' })
    if (isSecure) expect(introspect).not.toThrow()
    else expect(introspect).toThrow('http only to localhost')
  })
})
