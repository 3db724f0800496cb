import {
  createDeviceAuth,
  type DeviceAuth,
  type DeviceAuthOptions,
  deviceClient,
  MemoryStore,
  type OAuthResponse,
} from '@device-auth/core'
import { type TestClock, testClock } from '@device-auth/core/testing'
import { MemoryPasskeyStore } from '../src/memory-passkey-store.ts'
import type { PasskeyApprovalOptions } from '../src/options.ts'
import { passkeyApproval } from '../src/passkey-approval.ts'

export const origin = 'https://auth.example.com'
export const rpId = 'auth.example.com'

/** A user at the pages, who has the cookie of the browser. */
export interface Person {
  get(path: string, query?: string): Promise<OAuthResponse>
  post(path: string, form: Readonly<Record<string, string>>): Promise<OAuthResponse>
  /** Opens the confirm page of a code. */
  open(userCode: string): Promise<OAuthResponse>
  approve(page: OAuthResponse, proof: string): Promise<OAuthResponse>
}

/** A server whose approvals ask for passkeys. */
export interface Scene {
  readonly deviceAuth: DeviceAuth
  readonly passkeys: MemoryPasskeyStore
  readonly clock: TestClock
  readonly errors: unknown[]
  start(form?: Readonly<Record<string, string>>): Promise<{ user_code: string; device_code: string }>
  poll(deviceCode: string): Promise<string>
  person(id: string, ip?: string): Person
}

/** Makes a server whose approvals ask for passkeys. */
export function createScene(
  options: Partial<PasskeyApprovalOptions> = {},
  server: Partial<DeviceAuthOptions> = {},
): Scene {
  const clock = testClock(Date.UTC(2026, 0, 1))
  const passkeys = new MemoryPasskeyStore()
  const errors: unknown[] = []
  const enrolling = options.passkeys === undefined ? { enrol: () => true } : {}
  const deviceAuth = createDeviceAuth({
    issuer: `${origin}/oauth`,
    clients: [deviceClient({ client_id: 'tv', scope: 'profile email' })],
    loginUrl: '/login',
    store: new MemoryStore(),
    clock,
    // the clock stands still
    pages: { approvalDelay: 0 },
    approval: passkeyApproval({ passkey: 'required', passkeys, ...enrolling, ...options }),
    hooks: { onError: (error) => void errors.push(error) },
    ...server,
  })
  const send = async (path: string, form: Readonly<Record<string, string>>): Promise<OAuthResponse> => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const request = { method: 'POST', path, query: new URLSearchParams(), headers, form: new URLSearchParams(form) }
    const endpoint = deviceAuth.route('POST', path)
    if (endpoint === undefined) throw new Error(`no ${path}`)
    return endpoint({ ...request, ip: '198.51.100.7', native: {} })
  }
  return {
    deviceAuth,
    passkeys,
    clock,
    errors,
    start: async (form = {}) => JSON.parse((await send('/device_authorization', { client_id: 'tv', ...form })).body),
    async poll(device_code) {
      const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
      const { error = 'none' } = JSON.parse((await send('/token', { client_id: 'tv', grant_type, device_code })).body)
      return error
    },
    person: (id, ip) => person(deviceAuth, id, ip),
  }
}

function person(deviceAuth: DeviceAuth, id: string, ip = '198.51.100.8'): Person {
  let cookie = ''
  const send = async (method: string, path: string, query: string, form: URLSearchParams): Promise<OAuthResponse> => {
    const endpoint = deviceAuth.route(method, path)
    if (endpoint === undefined) throw new Error(`no ${path}`)
    const type = method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
    const headers = { 'sec-fetch-site': 'same-origin', cookie, ...type }
    const native = { user: { id } }
    const response = await endpoint({ method, path, query: new URLSearchParams(query), headers, form, ip, native })
    cookie = String(response.headers['set-cookie'] ?? cookie).split(';')[0] ?? ''
    if (response.status !== 303) return response
    return send('GET', path, String(response.headers.location).split('?')[1] ?? '', new URLSearchParams())
  }
  const get: Person['get'] = (path, query = '') => send('GET', path, query, new URLSearchParams())
  const post: Person['post'] = (path, form) => send('POST', path, '', new URLSearchParams(form))
  return {
    get,
    post,
    open: async (user_code) =>
      post('/device', { handle: handleOf(await get('/device')), user_code, action: 'continue' }),
    approve: (page, proof) => post('/device', { handle: handleOf(page), action: 'approve', own_device: 'yes', proof }),
  }
}

/** The hidden field of the form with this button. */
export function handleOf({ body }: OAuthResponse, button = 'name="action"'): string {
  const before = body.slice(0, body.indexOf(button))
  const handle = /name="handle" value="([^"]+)"/.exec(before.slice(before.lastIndexOf('<form')))?.[1]
  if (handle === undefined) throw new Error(`no handle: ${body}`)
  return handle
}

/** The options that the page gives its script; `undefined` if the page has none. */
export function optionsOf({
  body,
}: OAuthResponse): { readonly challenge: string; readonly [name: string]: unknown } | undefined {
  const text = /id="proof" data-options="([^"]*)"/.exec(body)?.[1]
  return text === undefined ? undefined : JSON.parse(text.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
}
