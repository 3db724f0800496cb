// The client exchanges tokens at our server over HTTP: opaque and JWT access tokens, and tokens that are bound to a key by DPoP.
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AuthenticateResult,
  authenticate,
  MemoryTokenStore,
  pollDeviceToken,
  requestDeviceAuthorization,
  tokenKey,
} from '@device-auth/client'
import { createDpopProver, type DpopProver, dpopKeys } from '@device-auth/client/dpop'
import { exchangeToken, TOKEN_EXCHANGE_GRANT_TYPE, type TokenExchangeRequest } from '@device-auth/client/token-exchange'
import {
  checkToken,
  createDeviceAuth,
  type DeviceAuth,
  type DeviceAuthOptions,
  deviceClient,
  opaqueTokens,
} from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { dpop, jwtAccessTokens } from '@device-auth/jwt'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const [photos, music] = ['https://photos.example/', 'https://music.example/']
const payment = (amount: number) => ({ type: 'payment', amount })
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secret = 'the-secret-of-the-resource-server'

let server: Server
let issuer: string
let handler: RequestListener
let deviceAuth: DeviceAuth
let store: MemoryTokenStore

beforeAll(async () => {
  server = createServer((req, res) => handler(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})
beforeEach(() => {
  store = new MemoryTokenStore()
})

const cli = deviceClient({ client_id: 'cli', scope: 'read write' })

/** Replaces the server by a new one. */
function serve(options: Partial<DeviceAuthOptions>): void {
  deviceAuth = createDeviceAuth({
    issuer,
    clients: [
      { ...cli, grant_types: [...(cli.grant_types ?? []), TOKEN_EXCHANGE_GRANT_TYPE] },
      deviceClient({ client_id: 'plain', scope: 'read write' }),
      { client_id: 'api', client_secret: secret, grant_types: [], resource_server: true },
    ],
    scopes: { read: '', write: '' },
    tokenExchange: { expiresIn: 120 },
    ...options,
  })
  handler = toNodeHandler(deviceAuth)
}

type SignedIn = AuthenticateResult & { readonly ok: true }

interface SignInOptions {
  readonly clientId?: string
  readonly bound?: boolean
  readonly parameters?: TokenExchangeRequest['parameters']
}

/** Signs in without waiting for an interval, then takes the kept token as an application does. */
async function signIn({ clientId = 'cli', bound = false, parameters }: SignInOptions = {}): Promise<SignedIn> {
  const scope = 'read write'
  const key = tokenKey({ issuer, clientId, scope })
  const prover = bound ? await dpopKeys.loadOrCreate(store, key) : undefined
  const request = { clientId, parameters, dpop: prover }
  const codes = await requestDeviceAuthorization({ ...request, address: `${issuer}/device_authorization`, scope })
  if (!codes.ok) throw new Error(codes.message)
  await deviceAuth.approve(codes.userCode, { subject: 'ada' })
  const token = await pollDeviceToken({ ...request, address: `${issuer}/token`, deviceCode: codes.deviceCode })
  if (!token.ok) throw new Error(token.message)
  await store.put(key, token)
  return kept(clientId)
}

async function kept(clientId = 'cli'): Promise<SignedIn> {
  const found = await authenticate(issuer, { clientId, scope: 'read write', store, dpop: dpopKeys })
  if (!found.ok) throw new Error(found.message)
  return found
}

const exchange = ({ accessToken, dpop: prover }: SignedIn, more: Partial<TokenExchangeRequest> = {}) =>
  exchangeToken({ address: `${issuer}/token`, clientId: 'cli', accessToken, dpop: prover, ...more })

/** The answer of introspection to the resource server. */
async function introspect(token: string): Promise<Record<string, unknown>> {
  const headers = { authorization: `Basic ${Buffer.from(`api:${secret}`).toString('base64')}` }
  const body = new URLSearchParams({ token })
  const response = await fetch(`${issuer}/introspect`, { method: 'POST', headers, body })
  return JSON.parse(await response.text())
}

/** Exchanges that must give a token. */
async function narrowed(own: SignedIn, more: Partial<TokenExchangeRequest>) {
  const narrow = await exchange(own, more)
  if (!narrow.ok) throw new Error(narrow.message)
  return narrow
}

const formats: readonly [string, () => Partial<DeviceAuthOptions>][] = [
  ['opaque', () => ({ accessToken: opaqueTokens({ audience: photos }) })],
  ['JWT', () => ({ accessToken: jwtAccessTokens({ keys: privateKey, audience: photos }) })],
]

describe.each(formats)('%s access tokens', (format, optionsOf) => {
  it('8693-2.1-1 8693-2.2.1-1 gives a token with fewer scopes and a shorter life; the kept tokens stay', async () => {
    serve(optionsOf())
    const own = await signIn()
    const narrow = await narrowed(own, { scope: 'read' })
    expect(narrow).toMatchObject({ scope: 'read', tokenType: 'Bearer', headers: expect.anything() })
    expect(narrow).not.toHaveProperty('refreshToken')
    expect((narrow.expiresAt ?? Number.POSITIVE_INFINITY) - Date.now()).toBeLessThanOrEqual(120_000)
    expect(await introspect(narrow.accessToken)).toMatchObject({ active: true, scope: 'read', sub: 'ada' })
    if (format === 'JWT') expect(decodeJwt(narrow.accessToken)).toMatchObject({ scope: 'read', aud: photos })

    const [key = ''] = await store.keys()
    expect(await store.get(key)).toMatchObject({ accessToken: own.accessToken, refreshToken: own.refreshToken })
    expect(await kept()).toMatchObject({ accessToken: own.accessToken, strategy: 'use_token' })
    expect(await introspect(own.accessToken)).toMatchObject({ active: true, scope: 'read write' })
  })

  it('8693-2.1-2 8693-2.2.2-2 no exchange gives more than the token has', async () => {
    serve(optionsOf())
    const own = await signIn()
    const read = { ...own, ...(await narrowed(own, { scope: 'read' })) }
    expect(await exchange(read, { scope: ['read', 'write'] })).toMatchObject({ error: 'invalid_scope', status: 400 })
    expect(await exchange(own, { scope: 'admin' })).toMatchObject({ error: 'invalid_scope', retryable: false })
    expect(await exchange(own, { resource: music })).toMatchObject({ error: 'invalid_target' })
    expect(await exchange(own, { audience: music })).toMatchObject({ error: 'invalid_target' })
    expect(await exchange(own, { accessToken: 'made-up' })).toMatchObject({ error: 'invalid_request' })
    expect(await exchange(own, { accessToken: own.refreshToken ?? '' })).toMatchObject({ error: 'invalid_request' })
  })

  it('8693-2.1-3 resources and audiences become fewer, and never others', async () => {
    serve({ ...optionsOf(), resources: { [photos]: '', [music]: '' } })
    const own = await signIn({ parameters: { resource: [photos, music] } })
    for (const name of ['resource', 'audience']) {
      const narrow = await narrowed(own, { [name]: music })
      expect((await introspect(narrow.accessToken)).aud).toBe(music)
      if (format === 'JWT') expect(decodeJwt(narrow.accessToken).aud).toBe(music)
      expect(await exchange({ ...own, ...narrow }, { [name]: photos })).toMatchObject({ error: 'invalid_target' })
    }
  })

  it('9396-6-1 authorization_details become fewer, and never more', async () => {
    const types: DeviceAuthOptions['authorizationDetails'] = {
      payment: { validate: () => true, describe: ({ amount }) => `Pay ${amount}` },
    }
    serve({ ...optionsOf(), authorizationDetails: types })
    const list = (...amounts: readonly number[]) => ({
      parameters: { authorization_details: JSON.stringify(amounts.map(payment)) },
    })
    const own = await signIn(list(1, 2))
    const narrow = await narrowed(own, list(2))
    expect(narrow.raw.authorization_details).toEqual([payment(2)])
    expect((await introspect(narrow.accessToken)).authorization_details).toEqual([payment(2)])
    if (format === 'JWT') expect(decodeJwt(narrow.accessToken).authorization_details).toEqual([payment(2)])
    const refused = { error: 'invalid_authorization_details', status: 400 }
    expect(await exchange({ ...own, ...narrow }, list(1))).toMatchObject(refused)
    expect(await exchange(own, list(3))).toMatchObject(refused)
    const still = await narrowed({ ...own, ...narrow }, { scope: 'read' })
    expect((await introspect(still.accessToken)).authorization_details).toEqual([payment(2)])
  })

  it('9449-5-1 8693-2.2.2-1 a bound token is exchanged with its key, and neither without a proof nor with another key', async () => {
    serve({ ...optionsOf(), keyBinding: dpop({ nonces: true }) })
    const own = await signIn({ bound: true })
    const thumbprint = own.keyThumbprint
    expect(own).toMatchObject({ tokenType: 'DPoP', dpop: { thumbprint } })
    const narrow = await narrowed(own, { scope: 'read' })
    expect(narrow).toMatchObject({ tokenType: 'DPoP', keyThumbprint: thumbprint, scope: 'read' })
    expect(narrow.headers).toEqual({ Authorization: `DPoP ${narrow.accessToken}` })
    expect(await introspect(narrow.accessToken)).toMatchObject({ active: true, cnf: { jkt: thumbprint } })

    const unproven = await exchange(own, { scope: 'read', dpop: undefined })
    expect(unproven).toMatchObject({ ok: false, status: 400, error: 'invalid_dpop_proof' })
    const other: DpopProver = await createDpopProver()
    const stolen = await exchange(own, { scope: 'read', dpop: other })
    expect(stolen).toMatchObject({ ok: false, status: 400, error: 'invalid_request' })
    // the narrower token is bound too: a thief exchanges it no more than the first one
    const again = await exchange({ ...own, ...narrow }, { dpop: other })
    expect(again).toMatchObject({ ok: false, error: 'invalid_request' })
    expect(await narrowed({ ...own, ...narrow }, {})).toMatchObject({ keyThumbprint: thumbprint, scope: 'read' })
  })

  it('9449-7-1 an API takes the narrower bound token with a proof of its key, and with no other', async () => {
    serve({ ...optionsOf(), keyBinding: dpop() })
    const own = await signIn({ bound: true })
    const { accessToken } = await narrowed(own, { scope: 'read' })
    const call = async (prover: DpopProver) => {
      const proof = await prover.prove('GET', `${issuer}/list`, accessToken)
      const request = { method: 'GET', path: '/list' }
      return checkToken(deviceAuth, { authorization: `DPoP ${accessToken}`, dpop: proof }, { request, scope: 'read' })
    }
    if (own.dpop === undefined) throw new Error('There is no prover.')
    expect(await call(own.dpop)).toMatchObject({ claims: { subject: 'ada', scope: 'read' } })
    expect(await call(await createDpopProver())).toMatchObject({ response: { status: 401 } })
  })
})

it('6749-5.2-5 a client without the grant, and a server without the option, have errors of their own', async () => {
  serve({})
  const plain = await signIn({ clientId: 'plain' })
  expect(await exchange(plain, { clientId: 'plain' })).toMatchObject({ error: 'unauthorized_client', retryable: false })
  serve({ tokenExchange: false })
  const own = await signIn()
  expect(await exchange(own)).toMatchObject({ error: 'unsupported_grant_type', retryable: false })
})
