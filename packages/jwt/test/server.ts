import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  type Authentication,
  createDeviceAuth,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuth,
  type DeviceAuthOptions,
  deviceClient,
  type OAuthResponse,
} from '@device-auth/core'

export const issuer = 'https://auth.example.com/oauth'
export const audience = 'https://api.example.com'
/** The time at which each test begins, in epoch milliseconds. */
export const start = Date.UTC(2026, 0, 1)
/** The log-in of the user, an hour before. */
export const authentication: Authentication = { time: start - 3_600_000, acr: 'loa2', amr: ['pwd', 'otp'] }

export const privateKeys: Readonly<Record<string, KeyObject>> = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  EdDSA: generateKeyPairSync('ed25519').privateKey,
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
}

/** The private key of an algorithm. */
export function keyOf(alg: string): KeyObject {
  const key = privateKeys[alg === 'PS256' ? 'RS256' : alg]
  if (key === undefined) throw new Error(`no key for ${alg}`)
  return key
}

/** A server whose time stands still until it is moved. */
export interface TestServer {
  readonly deviceAuth: DeviceAuth
  now: number
  post(path: string, form: Readonly<Record<string, string>>, authorization?: string): Promise<OAuthResponse>
  get(path: string, authorization?: string): Promise<OAuthResponse>
  /** Signs a device in; the body of the token response. */
  signIn(scope: string, more?: Readonly<Record<string, string>>, granted?: string): Promise<Record<string, string>>
}

const scopes = { openid: '', profile: '', email: '', videos: '', offline_access: '' }
/** The authorization of the resource server. */
export const apiAuthorization = `Basic ${Buffer.from('api:a-secret-of-the-resource-server').toString('base64')}`

export function startServer(options: Partial<DeviceAuthOptions>): TestServer {
  const offered = options.openid === undefined ? 'profile email videos' : Object.keys(scopes).join(' ')
  const server = { now: start }
  const deviceAuth = createDeviceAuth({
    issuer,
    clients: [
      deviceClient({ client_id: 'tv', scope: offered }),
      { client_id: 'api', client_secret: 'a-secret-of-the-resource-server', grant_types: [], resource_server: true },
    ],
    clock: () => server.now,
    ...options,
  })
  const send = async (
    method: 'GET' | 'POST',
    path: string,
    form: Readonly<Record<string, string>>,
    authorization?: string,
  ) => {
    const endpoint = deviceAuth.route(method, path)
    if (endpoint === undefined) throw new Error(`there is no ${path}`)
    return endpoint({
      method,
      path,
      query: new URLSearchParams(),
      headers: {
        ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(authorization !== undefined && { authorization }),
      },
      form: new URLSearchParams(form),
      ip: '203.0.113.7',
      native: {},
    })
  }
  const post: TestServer['post'] = (path, form, authorization) => send('POST', path, form, authorization)
  return Object.assign(server, {
    deviceAuth,
    post,
    get: (path: string, authorization?: string) => send('GET', path, {}, authorization),
    async signIn(scope: string, more: Readonly<Record<string, string>> = {}, granted = scope) {
      const codes = JSON.parse((await post('/device_authorization', { client_id: 'tv', scope, ...more })).body)
      const decision = { subject: 'ada', username: 'Ada Lovelace', scope: granted, authentication }
      const decided = await deviceAuth.approve(codes.user_code, decision)
      if (decided !== 'decided') throw new Error(decided)
      const form = { client_id: 'tv', grant_type: DEVICE_CODE_GRANT_TYPE, device_code: codes.device_code }
      return JSON.parse((await post('/token', form)).body)
    },
  })
}
