import {
  createDeviceAuth,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuth,
  type DeviceAuthOptions,
  type DeviceAuthorizationResponse,
  type DeviceStore,
  deviceClient,
  type ErrorResponse,
  type TokenResponse,
} from '@device-auth/core'

/** One node of an application, as a device sees it. */
export interface Node {
  readonly deviceAuth: DeviceAuth
  begin(): Promise<DeviceAuthorizationResponse>
  /** The answer of the token endpoint. */
  token(
    form: Record<string, string>,
  ): Promise<{ readonly status: number; readonly body: Partial<TokenResponse & ErrorResponse> }>
  poll(deviceCode: string): Promise<{ readonly status: number; readonly body: Partial<TokenResponse & ErrorResponse> }>
}

/** A node on this store. Nodes with the same options on the same database are one application. */
export function nodeOn(store: DeviceStore, options: Pick<DeviceAuthOptions, 'limits' | 'timeout'> = {}): Node {
  const deviceAuth = createDeviceAuth({
    issuer: 'https://example.com/oauth',
    clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
    secret: 'a secret of at least thirty-two characters',
    store,
    hooks: { onError: () => {} }, // that a server is gone is what some tests are about
    ...options,
  })
  const post = async (path: string, form: Record<string, string>) => {
    const endpoint = deviceAuth.route('POST', path)
    if (endpoint === undefined) throw new Error(`no endpoint at ${path}`)
    const { status, body } = await endpoint({
      method: 'POST',
      path,
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'television' },
      form: new URLSearchParams({ client_id: 'tv', ...form }),
      ip: '192.0.2.2',
      native: {},
    })
    return { status, body: JSON.parse(body) }
  }
  return {
    deviceAuth,
    begin: async () => (await post('/device_authorization', {})).body,
    token: (form) => post('/token', form),
    poll: (deviceCode) => post('/token', { grant_type: DEVICE_CODE_GRANT_TYPE, device_code: deviceCode }),
  }
}
