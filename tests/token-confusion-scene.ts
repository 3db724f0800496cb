// A server with all that hands out texts, one text of each kind, and all places where a text can be presented.
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import {
  type Client,
  createDeviceAuth,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuth,
  type DeviceAuthOptions,
  type DeviceStore,
  deviceClient,
  MemoryStore,
  memoryRegisteredClients,
  type OAuthResponse,
  opaqueTokens,
  TOKEN_EXCHANGE_GRANT_TYPE,
} from '@device-auth/core'
import { faultyStore } from '@device-auth/core/testing'
import {
  attestedClient,
  dpop,
  jwtAccessTokens,
  openIdConnect,
  privateKeyJwt,
  securityEventVerifier,
} from '@device-auth/jwt'

export const issuer = 'https://auth.example.com/oauth'
const now = Date.UTC(2026, 0, 1)
const seconds = now / 1000
const scope = 'openid profile offline_access'
const initialToken = 'initial-access-token-of-the-fleet-0001'
const revocationToken = 'token-of-the-identity-provider-000001'
const secret = 'a-client-secret-of-43-characters-0123456789'

const keys = Object.fromEntries(
  ['server', 'client', 'maker', 'device', 'transmitter'].map((name) => [
    name,
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ]),
)
function key(name: string): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const pair = keys[name]
  if (pair === undefined) throw new Error(`no key ${name}`)
  return pair
}
const jwk = (name: string) => key(name).publicKey.export({ format: 'jwk' })

function jwt(signer: string, header: object, claims: object): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const text = `${encode({ alg: 'ES256', ...header })}.${encode(claims)}`
  const options = { key: key(signer).privateKey, dsaEncoding: 'ieee-p1363' } as const
  return `${text}.${sign('sha256', Buffer.from(text), options).toString('base64url')}`
}

const clients: readonly Client[] = [
  { ...deviceClient({ client_id: 'tv', scope }) },
  {
    ...deviceClient({ client_id: 'the-command-line', scope }),
    grant_types: [DEVICE_CODE_GRANT_TYPE, 'refresh_token', TOKEN_EXCHANGE_GRANT_TYPE],
  },
  deviceClient({ client_id: 'conf', client_secret: secret, scope }),
  deviceClient({
    client_id: 'signer',
    scope,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [jwk('client')] },
  }),
  deviceClient({ client_id: 'attested', scope, token_endpoint_auth_method: 'attest_jwt_client_auth' }),
  { client_id: 'api', client_secret: secret, grant_types: [], resource_server: true },
]

const formats = {
  opaque: () => opaqueTokens(),
  jwt: () => jwtAccessTokens({ keys: key('server').privateKey, audience: 'https://api.example.com' }),
} as const

function optionsFor(format: keyof typeof formats): Partial<DeviceAuthOptions> {
  return {
    accessToken: formats[format](),
    openid: openIdConnect({ keys: key('server').privateKey }),
    keyBinding: dpop(),
    tokenExchange: { expiresIn: 300 },
    clientAuthentication: {
      private_key_jwt: privateKeyJwt(),
      attest_jwt_client_auth: attestedClient({
        attesters: [{ maker: 'Acme', clients: ['attested'], jwks: { keys: [jwk('maker')] } }],
      }),
    },
    limits: { clientSecretsPerAddress: 1_000_000, refreshTokensPerAddress: 1_000_000 },
    registration: { store: memoryRegisteredClients(), scope, initialAccessTokens: [initialToken] },
    verificationApi: { origins: ['https://app.example.com'] },
    paths: { globalTokenRevocation: '/revoke-all', securityEvents: '/events', decisionEvents: '/decision-events' },
    signals: {
      authenticate: ({ headers }) => headers.authorization === `Bearer ${revocationToken}`,
      verify: securityEventVerifier({
        issuer: 'https://idp.example.com',
        audience: issuer,
        jwksUri: 'https://idp.example.com/jwks',
        clock: () => now,
        fetch: async () => Response.json({ keys: [jwk('transmitter')] }),
      }),
      endSessions: () => undefined,
    },
  }
}

/** The parts of a request that a place puts a text into. */
export interface Presented {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly form?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly user?: string
}

/** A server, and the steps of its store since the last request. */
export interface ConfusionScene {
  readonly deviceAuth: DeviceAuth
  readonly steps: string[]
  send(request: Presented): Promise<OAuthResponse>
}

export function createScene(format: keyof typeof formats): ConfusionScene {
  const steps: string[] = []
  const store: DeviceStore = faultyStore(new MemoryStore(), (step) => void steps.push(step))
  const deviceAuth = createDeviceAuth({
    issuer,
    clients,
    store,
    scopes: { openid: 'openid', profile: 'profile', offline_access: 'offline' },
    loginUrl: '/login',
    clock: () => now,
    pages: { approvalDelay: 0 },
    hooks: { onError: () => {} },
    ...optionsFor(format),
  })
  return {
    deviceAuth,
    steps,
    send({ method, path, form = {}, query = {}, headers = {}, user = 'alice' }) {
      const endpoint = deviceAuth.route(method, path)
      if (endpoint === undefined) throw new Error(`no ${method} ${path}`)
      const type = headers['content-type'] ?? 'application/x-www-form-urlencoded'
      return endpoint({
        method,
        path,
        query: new URLSearchParams(query),
        headers: { 'content-type': type, 'sec-fetch-site': 'same-origin', ...headers },
        form: new URLSearchParams(form),
        ip: '203.0.113.7',
        native: user === '' ? {} : { user: { id: user } },
      })
    },
  }
}

export const basic = (id: string): { readonly authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

type Texts = Readonly<Record<string, string>>

/** A text of each kind. All belong to alice, to the client `cli` and to one sign-in, where they can. */
export async function goodsOf({ deviceAuth, send }: ConfusionScene): Promise<Texts> {
  const json = async (request: Presented): Promise<Record<string, string>> => JSON.parse((await send(request)).body)
  const start = () =>
    json({ method: 'POST', path: '/device_authorization', form: { client_id: 'the-command-line', scope } })
  const poll = (code = '') =>
    json({
      method: 'POST',
      path: '/token',
      form: { grant_type: DEVICE_CODE_GRANT_TYPE, client_id: 'the-command-line', device_code: code },
    })
  const [pending, signedIn] = [await start(), await start()]
  await deviceAuth.approve(signedIn.user_code ?? '', { subject: 'alice' })
  const first = await poll(signedIn.device_code)
  const refresh = {
    grant_type: 'refresh_token',
    client_id: 'the-command-line',
    refresh_token: first.refresh_token ?? '',
  }
  const second = await json({ method: 'POST', path: '/token', form: refresh })
  const exchange = {
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    client_id: 'the-command-line',
    subject_token: second.access_token ?? '',
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    scope: 'profile',
  }
  const exchanged = await json({ method: 'POST', path: '/token', form: exchange })
  const id = createHash('sha256')
    .update(pending.device_code ?? '')
    .digest('base64url')
  return {
    'device code': pending.device_code ?? '',
    'redeemed device code': signedIn.device_code ?? '',
    'user code': pending.user_code ?? '',
    'access token': second.access_token ?? '',
    'refresh token': second.refresh_token ?? '',
    'replaced refresh token': first.refresh_token ?? '',
    'id token': second.id_token ?? '',
    'exchanged token': exchanged.access_token ?? '',
    'id of a request': id,
    'matching number': deviceAuth.matchingNumber(id),
    'client secret': secret,
    'client id': 'the-command-line',
    ...(await registered(send)),
    ...(await handles(deviceAuth, send, pending.user_code ?? '')),
    ...signedTexts(second.access_token ?? ''),
  }
}

async function registered(send: ConfusionScene['send']): Promise<Texts> {
  const metadata = { client_name: 'Hall TV', scope: 'profile', grant_types: [DEVICE_CODE_GRANT_TYPE] }
  const headers = { authorization: `Bearer ${initialToken}`, 'content-type': 'application/json' }
  const { body } = await send({ method: 'POST', path: '/register', form: { body: JSON.stringify(metadata) }, headers })
  const { client_id, client_secret, registration_access_token } = JSON.parse(body)
  return {
    'initial access token': initialToken,
    'token of the identity provider': revocationToken,
    'registration access token': registration_access_token,
    'registered client id': client_id,
    'registered secret': client_secret,
  }
}

const valueIn = (html: string, name: string): string =>
  new RegExp(`name="${name}"[^>]* value="([^"]*)"`).exec(html)?.[1] ?? ''

async function handles(deviceAuth: DeviceAuth, send: ConfusionScene['send'], userCode: string): Promise<Texts> {
  const enter = await send({ method: 'GET', path: '/device' })
  const cookie = String(enter.headers['set-cookie']).split(';')[0] ?? ''
  const anonymous = await send({
    method: 'GET',
    path: '/device',
    query: { user_code: userCode },
    headers: { cookie },
    user: '',
  })
  const typed = { handle: valueIn(enter.body, 'handle'), user_code: userCode, action: 'continue' }
  const moved = await send({ method: 'POST', path: '/device', form: typed, headers: { cookie } })
  const handle = String(moved.headers.location).split('handle=')[1] ?? ''
  const confirm = await send({ method: 'GET', path: '/device', query: { handle }, headers: { cookie } })
  const devices = await send({ method: 'GET', path: '/devices' })
  const sealed = [...devices.body.matchAll(/name="handle" value="([^"]+)"/g)].map(([, value = '']) => value)
  const [family] = await deviceAuth.devices.list('alice')
  const link = new URL(deviceAuth.devices.revokeLink(family?.id ?? '')).searchParams.get('handle') ?? ''
  const back = new URLSearchParams(String(anonymous.headers.location).split('?')[1]).get('return_to') ?? ''
  return {
    cookie: cookie.split('=')[1] ?? '',
    'handle of the code form': typed.handle,
    'handle of the confirm page': valueIn(confirm.body, 'handle'),
    'handle of a code on its way through the log-in': back.split('handle=')[1] ?? '',
    'handle of a device': sealed.find((_, index) => index === 0) ?? '',
    'handle of all devices': sealed.at(-1) ?? '',
    'handle of a link in a mail': link,
  }
}

function signedTexts(accessToken: string): Texts {
  const at = { iat: seconds, exp: seconds + 60, jti: randomUUID() }
  const ath = createHash('sha256').update(accessToken).digest('base64url')
  const dpopHeader = { typ: 'dpop+jwt', jwk: jwk('device') }
  const sessionRevoked = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
  return {
    'DPoP proof': jwt('device', dpopHeader, { ...at, htm: 'POST', htu: `${issuer}/token`, ath }),
    'client assertion': jwt('client', {}, { ...at, iss: 'signer', sub: 'signer', aud: issuer }),
    attestation: jwt(
      'maker',
      { typ: 'oauth-client-attestation+jwt' },
      { sub: 'attested', exp: seconds + 60, cnf: { jwk: jwk('device') } },
    ),
    'proof of an attestation': jwt('device', { typ: 'oauth-client-attestation-pop+jwt' }, { ...at, aud: issuer }),
    'security event token': jwt(
      'transmitter',
      { typ: 'secevent+jwt' },
      {
        iss: 'https://idp.example.com',
        aud: issuer,
        iat: seconds,
        jti: randomUUID(),
        sub_id: { format: 'opaque', id: 'mallory' },
        events: { [sessionRevoked]: {} },
      },
    ),
  }
}
