import { expect } from 'vitest'
import type { DeviceAuth } from '../src/contract/device-auth.ts'
import type { DeviceAuthOptions } from '../src/contract/options.ts'
import type { OAuthRequest, OAuthResponse } from '../src/http.ts'
import {
  type Client,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuthorizationResponse,
  deviceClient,
  type ErrorResponse,
  type TokenResponse,
} from '../src/protocol.ts'
import { createDeviceAuth } from '../src/server/create-device-auth.ts'
import { type TestClock, testClock } from '../src/testing/clock.ts'

export const issuer = 'https://auth.example.com/oauth'

/** With characters that the form encoding in front of base64 has to carry. */
export const confSecret = 'a:b%+ ü'
export const postSecret = 'post-secret'
export const rsSecret = 'rs-secret'

/** The clients of protocol.md, by their names there; `post` uses client_secret_post, `rs` is a resource server. */
export const clients: readonly Client[] = [
  deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile email' }),
  deviceClient({ client_id: 'tv2', client_name: 'Bedroom TV', scope: 'profile email' }),
  deviceClient({ client_id: 'conf', client_secret: confSecret, scope: 'profile' }),
  deviceClient({
    client_id: 'post',
    client_secret: postSecret,
    scope: 'profile',
    token_endpoint_auth_method: 'client_secret_post',
  }),
  { client_id: 'nogrant', token_endpoint_auth_method: 'none', scope: 'profile' },
  {
    client_id: 'rs',
    client_secret: rsSecret,
    token_endpoint_auth_method: 'client_secret_basic',
    resource_server: true,
  },
]

/** The parts of a request beside its form. */
export interface RequestExtras {
  readonly headers?: Readonly<Record<string, string>>
  readonly ip?: string
  readonly native?: unknown
  readonly query?: string
}

/** A form: pairs where a name is repeated. */
export type FormParameters = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

function toSearchParams(parameters: FormParameters): URLSearchParams {
  const pairs = Symbol.iterator in parameters ? [...parameters] : Object.entries(parameters)
  return new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value]))
}

/** A request as an adapter makes it. */
export function formRequest(path: string, parameters: FormParameters, extras: RequestExtras = {}): OAuthRequest {
  return {
    method: 'POST',
    path,
    query: new URLSearchParams(extras.query ?? ''),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...extras.headers },
    form: toSearchParams(parameters),
    ip: extras.ip ?? '192.0.2.1',
    native: extras.native ?? {},
  }
}

/** `Authorization: Basic`, with id and secret form-encoded first, as RFC 6749 section 2.3.1 says. */
export function basic(clientId: string, secret: string): { authorization: string } {
  const encode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
  return { authorization: `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64')}` }
}

/** The object in a JSON answer, unchecked. */
export function json(response: OAuthResponse): Record<string, unknown> {
  return JSON.parse(response.body)
}

/** Expects an OE of protocol.md: status, JSON, no-store, allowed characters, nothing else in it. */
export function expectError(response: OAuthResponse, error: string, status = 400): ErrorResponse {
  const body = json(response)
  expect({ status: response.status, error: body.error }).toEqual({ status, error })
  expect(response.headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'content-length': String(Buffer.byteLength(response.body)),
  })
  expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  const members = ['error', 'error_description', 'error_uri', 'interval']
  expect(Object.keys(body).filter((name) => !members.includes(name))).toEqual([])
  expect(Object.keys(response.headers)).not.toContain('set-cookie')
  return { error, ...body }
}

/** Expects a TOK of protocol.md. */
export function expectToken(response: OAuthResponse): TokenResponse {
  expect({ status: response.status, body: json(response) }).toMatchObject({
    status: 200,
    body: {
      access_token: expect.any(String),
      token_type: expect.any(String),
      expires_in: expect.any(Number),
      scope: expect.any(String),
    },
  })
  expect(response.headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
  })
  return JSON.parse(response.body)
}

/** A server under test, with the requests that tests make of it. */
export interface TestServer {
  readonly deviceAuth: DeviceAuth
  readonly clock: TestClock
  /** Whatever `onError` was told of, in order. */
  readonly errors: unknown[]
  /** Every failure that an event told of, in order: `onError` is told of the same one once a second. */
  readonly failures: unknown[]
  post(path: string, parameters: FormParameters, extras?: RequestExtras): Promise<OAuthResponse>
  get(path: string, extras?: RequestExtras): Promise<OAuthResponse>
  /** POST /device_authorization; default: for `tv`. */
  deviceAuthorization(parameters?: FormParameters, extras?: RequestExtras): Promise<OAuthResponse>
  /** The codes of a new request; fails the test when there are none. */
  start(parameters?: FormParameters, extras?: RequestExtras): Promise<DeviceAuthorizationResponse>
  /** POST /token. */
  token(parameters: FormParameters, extras?: RequestExtras): Promise<OAuthResponse>
  /** POST /token with a device code; default: for `tv`. */
  poll(
    deviceCode: string,
    parameters?: Readonly<Record<string, string>>,
    extras?: RequestExtras,
  ): Promise<OAuthResponse>
  /** POST /token with a refresh token; default: for `tv`. */
  refresh(refreshToken: string, parameters?: Readonly<Record<string, string>>): Promise<OAuthResponse>
  revoke(parameters: FormParameters, extras?: RequestExtras): Promise<OAuthResponse>
  /** POST /introspect as `rs`, unless extras say otherwise. */
  introspect(token: string, extras?: RequestExtras): Promise<OAuthResponse>
  /** Approves by the API and expects it to work; default: for `alice`. */
  approve(userCode: string, subject?: string): Promise<void>
  /** Signs a device in and returns its tokens; default: `tv` for `alice`. */
  signIn(parameters?: Readonly<Record<string, string>>, subject?: string): Promise<TokenResponse>
  json(response: OAuthResponse): Record<string, unknown>
}

/** Options of a test server; `clock` is the test clock of this one. */
export type TestServerOptions = Partial<Omit<DeviceAuthOptions, 'clock'>> & { readonly clock?: TestClock }

/** Makes a server with a clock of its own, the clients of protocol.md and a short way to each endpoint. */
export function createTestServer(options: TestServerOptions = {}): TestServer {
  const clock = options.clock ?? testClock(Date.UTC(2026, 0, 1))
  const errors: unknown[] = []
  const failures: unknown[] = []
  const onError = (error: unknown): void => void errors.push(error)
  // a class of hooks is taken as it is: its own onError would be lost in a copy
  const hooks = isPlain(options.hooks) ? { onError, ...options.hooks } : options.hooks
  const deviceAuth = createDeviceAuth({
    issuer,
    clients,
    ...options,
    // the clock stands still between two requests
    pages: { approvalDelay: 0, ...options.pages },
    clock,
    ...(hooks === undefined ? { hooks: { onError } } : { hooks }),
  })
  deviceAuth.on('failed', ({ error }) => void failures.push(error))
  return { deviceAuth, clock, errors, failures, json, ...requests(deviceAuth), ...flows(deviceAuth) }
}

function isPlain(hooks: object | undefined): boolean {
  return hooks !== undefined && Object.getPrototypeOf(hooks) === Object.prototype
}

function requests(
  deviceAuth: DeviceAuth,
): Omit<TestServer, 'deviceAuth' | 'clock' | 'errors' | 'failures' | 'json' | Flow> {
  const post: TestServer['post'] = (path, parameters, extras) => {
    const endpoint = deviceAuth.route('POST', path)
    if (endpoint === undefined) throw new Error(`no route for POST ${path}`)
    return endpoint(formRequest(path, parameters, extras))
  }
  const token: TestServer['token'] = (parameters, extras) => post('/token', parameters, extras)
  return {
    post,
    token,
    get(path, extras) {
      const endpoint = deviceAuth.route('GET', path)
      if (endpoint === undefined) throw new Error(`no route for GET ${path}`)
      return endpoint({ ...formRequest(path, {}, extras), method: 'GET' })
    },
    deviceAuthorization: (parameters = { client_id: 'tv' }, extras = {}) =>
      post('/device_authorization', parameters, extras),
    poll: (deviceCode, parameters = { client_id: 'tv' }, extras = {}) =>
      token({ grant_type: DEVICE_CODE_GRANT_TYPE, device_code: deviceCode, ...parameters }, extras),
    refresh: (refreshToken, parameters = { client_id: 'tv' }) =>
      token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...parameters }),
    revoke: (parameters, extras) => post('/revoke', parameters, extras),
    introspect: (presented, extras = { headers: basic('rs', rsSecret) }) =>
      post('/introspect', { token: presented }, extras),
  }
}

type Flow = 'start' | 'approve' | 'signIn'

function flows(deviceAuth: DeviceAuth): Pick<TestServer, Flow> {
  const { deviceAuthorization, poll } = requests(deviceAuth)
  const start: TestServer['start'] = async (parameters, extras) => {
    const response = await deviceAuthorization(parameters, extras)
    expect({ status: response.status, body: response.body }).toMatchObject({ status: 200 })
    return JSON.parse(response.body)
  }
  const approve: TestServer['approve'] = async (userCode, subject = 'alice') => {
    expect(await deviceAuth.approve(userCode, { subject })).toBe('decided')
  }
  return {
    start,
    approve,
    async signIn(parameters = { client_id: 'tv' }, subject = 'alice') {
      const codes = await start(parameters)
      await approve(codes.user_code, subject)
      const { scope: _, ...authentication } = parameters
      return expectToken(await poll(codes.device_code, authentication))
    },
  }
}
