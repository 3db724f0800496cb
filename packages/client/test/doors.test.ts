import { describe, expect, it } from 'vitest'
import { createDpopProver } from '../src/dpop.ts'
import {
  AuthorizationServer,
  authenticate,
  clientSecretPost,
  DeviceFlow,
  discover,
  findEndpoints,
  getDeviceCode,
  poll,
  pollDeviceToken,
  pollUntilDone,
  privateKeyJwt,
  refreshTokens,
  requestDeviceAuthorization,
  revokeToken,
} from '../src/index.ts'
import { idTokenVerifier } from '../src/jose.ts'
import { FileTokenStore } from '../src/node.ts'

const issuer = 'https://as.example.com'
const address = `${issuer}/token`

type Door = (...given: never[]) => unknown

/** Calls a function as a JavaScript user may, with arguments that its types refuse; what it throws at once is a rejection too. */
async function call(door: Door, ...given: readonly unknown[]): Promise<unknown> {
  return Reflect.apply(door, undefined, given)
}

const flow = (options?: unknown) => Reflect.construct(DeviceFlow, [options])
const change = (changes: unknown) => flow({ issuer, clientId: 'tv' }).setOptions(changes)
const server = (options?: unknown) => Reflect.construct(AuthorizationServer, [options])
const find = (options: unknown) => server({ issuer }).findEndpoints(options)
const request = { address, clientId: 'tv', token: 't', deviceCode: 'd', refreshToken: 'r' }
const store = (options: unknown) => Reflect.construct(FileTokenStore, [options])
const resume = (options: unknown) =>
  Reflect.apply(DeviceFlow.resume, DeviceFlow, [{ version: 1, options: { issuer, clientId: 'tv' } }, options])

describe('every door of the client says what is missing or wrong', () => {
  it.each<[string, Door, unknown[], string]>([
    [
      'DeviceFlow',
      flow,
      [],
      'DeviceFlow needs the option `clientId`, a string. See the README of @device-auth/client.',
    ],
    ['DeviceFlow', flow, ['tv'], 'DeviceFlow needs an object of options, not a string of 2 characters.'],
    ['DeviceFlow', flow, [{ issuer, clientId: '' }], 'DeviceFlow needs the option `clientId`'],
    [
      'DeviceFlow',
      flow,
      [{ clientId: 'tv' }],
      'DeviceFlow needs the option `issuer`, or `deviceAuthorizationEndpoint`',
    ],
    ['DeviceFlow', flow, [{ issuer, client_id: 'tv' }], 'option `client_id` is unknown; did you mean `clientId`?'],
    [
      'DeviceFlow',
      flow,
      [{ issuer, clientId: 'tv', scopes: 'a' }],
      'option `scopes` is unknown; did you mean `scope`?',
    ],
    ['DeviceFlow', flow, [{ issuer, clientId: 'tv', colour: 'a' }], 'option `colour` is unknown; expected one of'],
    ['DeviceFlow', flow, [{ issuer, clientId: 'tv', scope: 5 }], 'option `scope` is 5; expected a string or a list of'],
    ['DeviceFlow', flow, [{ issuer, clientId: 'tv', clientSecret: '' }], 'expected a secret that is not empty'],
    [
      'DeviceFlow',
      flow,
      [{ issuer, clientId: 'tv', authentication: {} }],
      'option `authentication` is an object; expected a',
    ],
    ['DeviceFlow', flow, [{ issuer, clientId: 'tv', timeLimit: '60' }], 'expected a number of seconds, 0 or more'],
    [
      'DeviceFlow',
      flow,
      [{ issuer, clientId: 'tv', pkce: 'yes' }],
      'option `pkce` is a string of 3 characters; expected true or',
    ],
    ['DeviceFlow', flow, [{ issuer, clientId: 'tv', onExpired: 'stop' }], "expected 'fail' or 'renew'"],
    ['DeviceFlow', flow, [{ issuer, clientId: 'tv', dpop: {} }], 'expected the result of createDpopProver()'],
    [
      'DeviceFlow',
      flow,
      [{ issuer, clientId: 'tv', dpop: true }],
      'option `dpop` is true; expected the result of createDpopProver() of @device-auth/client/dpop.',
    ],
    [
      'authenticate',
      authenticate,
      [issuer, { clientId: 'tv', dpop: true }],
      'option `dpop` is true; expected dpopKeys or the result of createDpopProver() of @device-auth/client/dpop.',
    ],
    [
      'DeviceFlow',
      flow,
      [{ issuer, clientId: 'tv', headers: { a: 1 } }],
      'expected an object whose values are strings',
    ],
    ['DeviceFlow.setOptions', change, [{ scopes: 'a' }], 'DeviceFlow.setOptions: option `scopes` is unknown'],
    ['DeviceFlow.setOptions', change, [{ clientId: null }], 'DeviceFlow.setOptions needs the option `clientId`'],
    [
      'DeviceFlow.resume',
      resume,
      [{ clientSecrte: 's' }],
      'option `clientSecrte` is unknown; did you mean `clientSecret`?',
    ],
    ['authenticate', authenticate, [], 'authenticate needs the issuer URL as its first argument'],
    [
      'authenticate',
      authenticate,
      [{ issuer, clientId: 'tv' }],
      'authenticate needs the issuer URL as its first argument',
    ],
    ['authenticate', authenticate, [issuer], 'authenticate needs the option `clientId`, a string.'],
    [
      'authenticate',
      authenticate,
      [issuer, { clientId: 'tv', Store: 1 }],
      'option `Store` is unknown; did you mean `store`?',
    ],
    ['authenticate', authenticate, [issuer, { clientId: 'tv', issuer }], 'option `issuer` is unknown'],
    [
      'authenticate',
      authenticate,
      [issuer, { clientId: 'tv', store: {} }],
      'expected a token store, such as new FileTokenStore()',
    ],
    ['getDeviceCode', getDeviceCode, [issuer], 'getDeviceCode needs the option `clientId`'],
    ['getDeviceCode', getDeviceCode, [undefined, { clientId: 'tv' }], 'getDeviceCode needs the option `issuer`'],
    ['poll', poll, [issuer], 'poll needs the codes of getDeviceCode(), or a device code, as its second argument.'],
    ['poll', poll, [issuer, 'code', 5], 'poll needs the option `clientId`'],
    ['poll', poll, [issuer, 'code', 5, { clientid: 'tv' }], 'option `clientid` is unknown; did you mean `clientId`?'],
    [
      'requestDeviceAuthorization',
      requestDeviceAuthorization,
      [],
      'requestDeviceAuthorization needs `address` in the request',
    ],
    [
      'pollDeviceToken',
      pollDeviceToken,
      [{ address, clientId: 'tv' }],
      'pollDeviceToken needs `deviceCode` in the request',
    ],
    [
      'refreshTokens',
      refreshTokens,
      [{ address, clientId: 'tv' }],
      'refreshTokens needs `refreshToken` in the request',
    ],
    ['revokeToken', revokeToken, [{ address, token: 'x' }], 'revokeToken needs `clientId` in the request'],
    ['pollUntilDone', pollUntilDone, [{ clientId: 'tv' }], 'pollUntilDone needs `address` in the request'],
    ['privateKeyJwt', privateKeyJwt, [], 'privateKeyJwt needs the option `key`, a CryptoKey.'],
    [
      'privateKeyJwt',
      privateKeyJwt,
      [{ sign: 'x' }],
      'option `sign` is a string of 1 characters; expected a function.',
    ],
    ['privateKeyJwt', privateKeyJwt, [{ sign: () => '', aud: 'x' }], 'privateKeyJwt: option `aud` is unknown'],
    ['clientSecretPost', clientSecretPost, [undefined], 'The client secret must be a non-empty string.'],
    ['idTokenVerifier', idTokenVerifier, [{ issuer }], 'idTokenVerifier needs the option `clientId`'],
    ['idTokenVerifier', idTokenVerifier, [{ issuer, clientId: 'tv', jwks_uri: 'x' }], 'did you mean `jwksUri`?'],
    [
      'FileTokenStore',
      store,
      [{ dir: '/x' }],
      'FileTokenStore: option `dir` is unknown; expected one of appName, folder, dpopKeys.',
    ],
    ['FileTokenStore', store, ['/x'], 'FileTokenStore needs an object of options'],
    ['FileTokenStore', store, [{ folder: 5 }], 'option `folder` is 5; expected a string.'],
    ['discover', discover, [issuer, { clok: 1 }], 'discover: option `clok` is unknown; did you mean `clock`?'],
    [
      'discover',
      discover,
      [issuer, { timeout: '5' }],
      'discover: option `timeout` is a string of 1 characters; expected',
    ],
    ['discover', discover, [issuer, 'fetch'], 'discover needs an object of options'],
    ['findEndpoints', findEndpoints, [{ issuer, token_endpoint: address }], 'did you mean `tokenEndpoint`?'],
    ['findEndpoints', findEndpoints, [{ issuer: 5 }], 'findEndpoints: option `issuer` is 5; expected a string.'],
    ['findEndpoints', findEndpoints, [{ issuer, maxPollWait: '60' }], 'expected a number of seconds, 0 or more'],
    ['findEndpoints', findEndpoints, [{ issuer }, { fetch: {} }], 'option `fetch` is an object; expected a function'],
    [
      'AuthorizationServer',
      server,
      [{ isuer: issuer }],
      'AuthorizationServer: option `isuer` is unknown; did you mean',
    ],
    ['AuthorizationServer', server, [{ issuer, tokenEndpoint: 5 }], 'option `tokenEndpoint` is 5; expected a string'],
    ['AuthorizationServer', server, [{ issuer, profile: 'github' }], 'option `profile` is a string of 6 characters'],
    ['AuthorizationServer.findEndpoints', find, [{ clientId: 'tv' }], 'option `clientId` is unknown; expected one of'],
    [
      'createDpopProver',
      createDpopProver,
      [{ private: 1 }],
      'createDpopProver: option `private` is unknown; did you mean',
    ],
    ['createDpopProver', createDpopProver, [{}], 'createDpopProver needs the option `privateKey`, an object'],
    ['createDpopProver', createDpopProver, [{ privateKey: 'pem', publicKey: {} }], 'expected an object'],
    ['requestDeviceAuthorization', requestDeviceAuthorization, [request, { scope: 'a' }], '`scope` is unknown'],
    ['pollDeviceToken', pollDeviceToken, [request, { timeuot: 5 }], 'did you mean `timeout`?'],
    [
      'refreshTokens',
      refreshTokens,
      [request, { signal: {} }],
      'option `signal` is an object; expected an AbortSignal',
    ],
    ['revokeToken', revokeToken, [request, { dangerouslyAllowHttp: 'yes' }], 'expected true or false'],
    ['pollUntilDone', pollUntilDone, [request, { timeLimt: 5 }], 'did you mean `timeLimit`?'],
    ['pollUntilDone', pollUntilDone, [request, { onPoll: 5 }], 'option `onPoll` is 5; expected a function'],
  ])('%s of %#', async (_name, door, given, message) => {
    const thrown = await call(door, ...given).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(TypeError)
    expect(String(thrown)).toContain(message)
  })

  it('shows no value that may be a secret', async () => {
    for (const options of [{ clientSecrets: 'hunter2' }, { authentication: 'hunter2' }, { clientId: ['hunter2'] }])
      expect(String(await call(flow, { issuer, ...options }).catch((error: unknown) => error))).not.toContain('hunter2')
  })

  it('refused changes change nothing', () => {
    const unchanged = flow({ issuer, clientId: 'tv', scope: 'a' })
    expect(() => unchanged.setOptions({ scope: 5, autoRefresh: true })).toThrow(TypeError)
    expect(unchanged.toJSON().options).toMatchObject({ scope: 'a', autoRefresh: false })
  })

  it('null counts as not given', () => {
    const options = { issuer, clientId: 'tv', clientSecret: null, scope: null, profile: null, refreshLeadTime: null }
    expect(flow(options).toJSON()).toEqual(flow({ issuer, clientId: 'tv' }).toJSON())
    expect(store({ appName: 'x', folder: null }).folder).toBe(store({ appName: 'x' }).folder)
    expect(server({ issuer, profile: null, tokenEndpoint: null }).profile).toBeUndefined()
  })

  it('null counts as not given in the options of requests too', async () => {
    const none = { fetch: null, timeout: null, maxBodySize: null, clock: null, signal: null, profile: null }
    const insecure = 'http://as.example.com'
    const found = { ok: false, error: 'insecure_url' }
    expect(await call(discover, insecure, none)).toMatchObject(found)
    expect(await call(findEndpoints, { issuer: insecure, tokenEndpoint: null }, none)).toMatchObject(found)
    expect(await call(find, none)).toMatchObject({ ok: false })
    expect(await call(revokeToken, { ...request, address: insecure }, none)).toMatchObject(found)
    expect(await call(createDpopProver, null)).toHaveProperty('prove')
  })

  it('the options of one function are not lost on the way to another', async () => {
    const asked: string[] = []
    const fetch = async (url: string) => {
      asked.push(url)
      return Response.json({ error: 'access_denied' }, { status: 400 })
    }
    const polled = { ...request, interval: 1, expiresAt: Date.now() + 2000 }
    expect(await pollUntilDone(polled, { fetch, timeout: 5, maxNetworkFailures: 1 })).toMatchObject({
      outcome: 'denied',
    })
    expect(await new AuthorizationServer({ issuer }).findEndpoints({ fetch })).toMatchObject({ ok: false })
    expect(asked.slice(0, 2)).toEqual([address, `${issuer}/.well-known/oauth-authorization-server`])
  })
})
