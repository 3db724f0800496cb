import { describe, expect, it } from 'vitest'
import { checkGuard, requireServer } from '../../src/adapters/arguments.ts'
import { toFetchHandler } from '../../src/adapters/fetch-handler.ts'
import { toNodeHandler } from '../../src/adapters/node-handler.ts'
import { resolveDeviceAuth } from '../../src/adapters/resolve-device-auth.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { checkToken } from '../../src/tokens/bearer.ts'
import { issuer } from '../server.ts'

const deviceAuth = createDeviceAuth({ issuer, clients: [deviceClient({ client_id: 'tv', scope: 'profile' })] })

/** Calls a function as a JavaScript user may, with arguments that its types refuse. */
function call(work: (...given: never[]) => unknown, ...given: readonly unknown[]): () => unknown {
  return () => Reflect.apply(work, undefined, given)
}

describe('a guard', () => {
  it.each([
    [[undefined], /requireToken needs the object that createDeviceAuth returned/],
    [[{ issuer, clients: [] }], /requireToken needs the object that createDeviceAuth returned/],
    [[deviceAuth, { scopes: ['admin'] }], /option `scopes` is unknown; did you mean `scope`\?/],
    [[deviceAuth, { Scope: 'admin' }], /option `Scope` is unknown; did you mean `scope`\?/],
    [[deviceAuth, 'admin'], /requireToken needs an object of options, not "admin"/],
    [[deviceAuth, ['admin']], /requireToken needs an object of options, not an array of 1 element/],
    [
      [deviceAuth, { scope: 5 }],
      /option `scope` is 5; expected a string such as 'profile videos', or a list of scopes/,
    ],
    [[deviceAuth, { scope: [['admin']] }], /option `scope` is an array of 1 element/],
    [[deviceAuth, { scope: { admin: true } }], /option `scope` is an object with admin/],
    [[deviceAuth, { scope: '' }], /option `scope` is ""; expected a string such as 'profile videos'/],
    [[deviceAuth, { scope: ' ' }], /option `scope` is " "; expected/],
    [[deviceAuth, { scope: [] }], /option `scope` is an empty array; expected/],
    [[deviceAuth, { scope: ['profile', ''] }], /option `scope` is an array of 2 elements; expected/],
    [[deviceAuth, { realm: 5 }], /option `realm` is 5/],
    [[deviceAuth, { audience: [] }], /option `audience` is an empty array; expected the address of a resource server/],
    [[deviceAuth, { audience: '' }], /option `audience` is ""/],
    [[deviceAuth, { audiences: 'https://a.example' }], /option `audiences` is unknown; did you mean `audience`\?/],
  ])('is not made of %j', (given, message) => {
    expect(call(checkGuard, 'requireToken', ...given)).toThrow(message)
  })

  it.each([undefined, {}, { scope: 'a b' }, { scope: ['a', 'b'], realm: 'api' }, { scope: undefined }])(
    'is made with %j',
    (access) => {
      expect(call(checkGuard, 'requireToken', deviceAuth, access)).not.toThrow()
    },
  )

  it('made of checkToken itself refuses every request, if it has a misspelt member', async () => {
    const headers = { authorization: 'Bearer x' }
    await expect(call(checkToken as never, deviceAuth, headers, { scopes: ['admin'] })()).rejects.toThrow(
      'checkToken: `access.scopes` is unknown; `access` may have scope',
    )
  })
})

describe('a handler', () => {
  it.each([
    [toNodeHandler, [undefined], /option `options` is missing; expected an object with at least issuer and clients/],
    [toNodeHandler, ['https://example.com'], /option `options` is "https:\/\/example\.com"/],
    [
      toNodeHandler,
      [deviceAuth, { prefix: '/oauth' }],
      /the second argument is the handler of other paths, a function/,
    ],
    [
      toNodeHandler,
      [deviceAuth, undefined, { Prefix: '/oauth' }],
      /option `Prefix` is unknown; did you mean `prefix`\?/,
    ],
    [toNodeHandler, [deviceAuth, undefined, { prefix: 5 }], /option `prefix` is 5/],
    [
      toNodeHandler,
      [deviceAuth, undefined, { only: '/token' }],
      /option `only` is "\/token"; expected a list of paths/,
    ],
    [toFetchHandler, [null], /option `options` is null/],
    [toFetchHandler, [deviceAuth, '/oauth'], /toFetchHandler needs an object of options, not "\/oauth"/],
    [toFetchHandler, [deviceAuth, { ip: '127.0.0.1' }], /option `ip` is "127\.0\.0\.1"; expected a function/],
    [resolveDeviceAuth, [5], /option `options` is 5/],
    [resolveDeviceAuth, [Promise.resolve(deviceAuth)], /option `options` is a promise; `await` it first/],
  ])('%o of %j is refused', (make, given, message) => {
    expect(call(make as never, ...given)).toThrow(message)
  })

  it('of the metadata at the root needs a server', () => {
    expect(call(requireServer, 'metadataRouter', { issuer })).toThrow(
      'metadataRouter needs the object that createDeviceAuth returned, not its options.',
    )
    expect(call(requireServer, 'metadataRouter', undefined)).toThrow(TypeError)
    expect(requireServer('metadataRouter', deviceAuth)).toBe(deviceAuth)
  })
})
