import {
  createHash,
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto'
import {
  createDeviceAuth,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuth,
  type DeviceAuthOptions,
  deviceClient,
  MemoryStore,
  type OAuthResponse,
  type RequestHeaders,
} from '@device-auth/core'
import { dpop } from '@device-auth/jwt'
import { issuer, start } from '../server.ts'

/** A key of a device, with its thumbprint by RFC 7638. */
export interface DeviceKey {
  readonly privateKey: KeyObject
  readonly jwk: JsonWebKey
  readonly jkt: string
}

export function newKey(): DeviceKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const jkt = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  return { privateKey, jwk: { kty: String(kty), crv: String(crv), x: String(x), y: String(y) }, jkt }
}

/** The members of a proof, and the key that signs it; each can be wrong. */
export interface ProofParts {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  /** Signs the first two parts of the JWT. Default: ES256 by the key. */
  readonly signature?: (input: string) => string
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Makes a proof by node:crypto alone, so that it can also be a wrong one. A member that is `undefined` is left out. */
export function makeProof(key: DeviceKey, usual: Readonly<Record<string, unknown>>, parts: ProofParts = {}): string {
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk, ...parts.header }
  const input = `${encode(header)}.${encode({ jti: randomUUID(), htm: 'POST', ...usual, ...parts.claims })}`
  const es256 = (text: string): string =>
    sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  return `${input}.${(parts.signature ?? es256)(input)}`
}

/** Signs by HS256 with a text as the secret. */
export const hs256 =
  (secret: string) =>
  (input: string): string =>
    createHmac('sha256', secret).update(input).digest('base64url')

export const secret = 'a-secret-of-the-resource-server'
export const confidential = 'a-secret-of-a-confidential-device'

/** A server that takes DPoP, whose time stands still until it is moved. */
export interface Scene {
  readonly deviceAuth: DeviceAuth
  readonly store: MemoryStore
  now: number
  ask(path: string, form: Readonly<Record<string, string>>, headers?: RequestHeaders): Promise<OAuthResponse>
  get(path: string, headers: RequestHeaders): Promise<OAuthResponse>
  /** A proof for an endpoint at this moment. */
  proof(key: DeviceKey, path: string, parts?: ProofParts): string
  /** Asks for codes; with a key, the grant is bound to it. */
  codes(key?: DeviceKey, more?: Readonly<Record<string, string>>): Promise<Record<string, string>>
  approve(codes: Readonly<Record<string, string>>): Promise<void>
  /** Polls with a code, a minute later, and with a proof of the key. */
  poll(deviceCode: string, key?: DeviceKey, more?: Readonly<Record<string, string>>): Promise<OAuthResponse>
  /** Signs a device in. `grantKey` binds the grant, `tokenKey` only the tokens. */
  signIn(grantKey: DeviceKey | undefined, tokenKey?: DeviceKey): Promise<Record<string, string>>
  refresh(token: string, headers?: RequestHeaders): Promise<OAuthResponse>
  introspect(token: string): Promise<Record<string, unknown>>
}

export const body = ({ body: text }: OAuthResponse): Record<string, string> => JSON.parse(text)

export function createScene(options: Partial<DeviceAuthOptions> = {}): Scene {
  const store = new MemoryStore()
  const scene = { now: start, store }
  const deviceAuth = createDeviceAuth({
    issuer,
    store,
    clients: [
      deviceClient({ client_id: 'tv', scope: 'videos' }),
      deviceClient({ client_id: 'strict', scope: 'videos', dpop_bound_access_tokens: true }),
      deviceClient({
        client_id: 'box',
        scope: 'videos',
        client_secret: confidential,
        token_endpoint_auth_method: 'client_secret_post',
      }),
      { client_id: 'api', client_secret: secret, grant_types: [], resource_server: true },
    ],
    keyBinding: dpop(),
    clock: () => scene.now,
    ...options,
  })
  const send = (
    method: 'GET' | 'POST',
    path: string,
    form: Readonly<Record<string, string>>,
    headers: RequestHeaders,
  ) => {
    const endpoint = deviceAuth.route(method, path)
    if (endpoint === undefined) throw new Error(`there is no ${path}`)
    const contentType = method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
    return endpoint({
      method,
      path,
      query: new URLSearchParams(),
      headers: { host: 'evil.example', ...contentType, ...headers },
      form: new URLSearchParams(form),
      ip: '203.0.113.7',
      native: {},
    })
  }
  const ask: Scene['ask'] = (path, form, headers = {}) => send('POST', path, form, headers)
  const proof: Scene['proof'] = (key, path, parts) =>
    makeProof(key, { htu: issuer + path, iat: Math.floor(scene.now / 1000) }, parts)
  const codes: Scene['codes'] = async (key, more = {}) => {
    const headers = key === undefined ? {} : { dpop: proof(key, '/device_authorization') }
    return body(await ask('/device_authorization', { client_id: 'tv', ...more }, headers))
  }
  const approve: Scene['approve'] = async ({ user_code = '' }) => {
    const decided = await deviceAuth.approve(user_code, { subject: 'ada', scope: 'videos' })
    if (decided !== 'decided') throw new Error(decided)
  }
  const poll: Scene['poll'] = (device_code, key, more = {}) => {
    scene.now += 60_000
    const headers = key === undefined ? {} : { dpop: proof(key, '/token') }
    return ask('/token', { client_id: 'tv', grant_type: DEVICE_CODE_GRANT_TYPE, device_code, ...more }, headers)
  }
  return Object.assign(scene, {
    deviceAuth,
    ask,
    get: (path: string, headers: RequestHeaders) => send('GET', path, {}, headers),
    proof,
    codes,
    approve,
    poll,
    async signIn(grantKey: DeviceKey | undefined, tokenKey = grantKey) {
      const issued = await codes(grantKey)
      await approve(issued)
      return body(await poll(issued.device_code ?? '', tokenKey))
    },
    refresh: (refresh_token: string, headers?: RequestHeaders) =>
      ask('/token', { client_id: 'tv', grant_type: 'refresh_token', refresh_token }, headers),
    async introspect(token: string) {
      const authorization = `Basic ${Buffer.from(`api:${secret}`).toString('base64')}`
      return JSON.parse((await ask('/introspect', { token }, { authorization })).body)
    },
  })
}
