// The server under test of the conformance suite: the clients, and the target that decides and moves the clock.
import { generateKeyPairSync } from 'node:crypto'
import type { ConformanceTarget } from '@device-auth/conformance'
import { deviceClient } from '@device-auth/core'
import { testClock } from '@device-auth/core/testing'
import { dpop, jwtAccessTokens, openIdConnect, privateKeyJwt } from '@device-auth/jwt'
import type { Adapted, PlainOptions } from './adapters.ts'

const scope = 'profile email'
// contains the characters that need form-encoding in a Basic header
const secret = 'a:b%+ ü&='
/** The keys of the server, and of the clients that sign. */
export const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const publicKeys = [{ ...signing.publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'one' }]
const clients = {
  public: { client_id: 'tv', client_name: 'Living-room TV', scope },
  otherPublic: { client_id: 'tv2', scope },
  confidentialBasic: { client_id: 'conf', client_secret: secret, scope },
  confidentialPost: {
    client_id: 'conf-post',
    client_secret: secret,
    scope,
    token_endpoint_auth_method: 'client_secret_post',
  },
  withoutGrant: { client_id: 'nogrant', scope, token_endpoint_auth_method: 'none' },
  resourceServer: { client_id: 'api', client_secret: secret, resource_server: true },
  expendable: { client_id: 'expendable', client_secret: secret, scope },
} as const

const byKey = { scope, token_endpoint_auth_method: 'private_key_jwt' } as const
const inlineKeys = { ...byKey, client_id: 'signing', jwks: { keys: publicKeys } } as const
const remoteKeys = { ...byKey, client_id: 'signing-by-uri', jwks_uri: 'https://tv.example/jwks' } as const
const privateKey = { ...signing.privateKey.export({ format: 'jwk' }), kid: 'one' }

/** The clients, resources and details of a server whose tokens other systems trust. */
const bound = { client_id: 'bound', scope, dpop_bound_access_tokens: true } as const
const openid = { client_id: 'openid', scope: 'openid offline_access profile' } as const
const resources = ['https://photos.example/', 'https://music.example/'] as const
const details = ['read', 'write'].map((action) => ({ type: 'conformance', actions: [action] }))
const audience = 'https://api.example/'

/** The options of such a server. */
const trustedOptions = {
  accessToken: jwtAccessTokens({ keys: signing.privateKey, audience, expiresIn: 3600 }),
  openid: openIdConnect({ keys: signing.privateKey }),
  resources: { [resources[0]]: 'See your photos', [resources[1]]: '' },
  authorizationDetails: { conformance: { validate: () => true, describe: () => 'Read or write' } },
} as const

export interface TargetOptions {
  /** Lets the server run on the real clock, with an interval of a second. Default: a clock that the suite moves. */
  readonly realTime?: boolean
  /** Lets the server demand DPoP nonces. Default: true. */
  readonly nonces?: boolean
  readonly profile?: 'rfc' | 'device-auth'
  /** Lets the server sign its tokens, speak OpenID Connect, and know resources and details. Default: its tokens are opaque. */
  readonly trusted?: boolean
}

/** The options of the server, but for its issuer and its time. */
function serverOptions({ nonces = true, trusted = false }: TargetOptions): Omit<PlainOptions, 'issuer'> {
  const { withoutGrant, resourceServer, ...devices } = clients
  const registered = [...Object.values(devices), inlineKeys, remoteKeys, bound, ...(trusted ? [openid] : [])]
  const openidScopes = { openid: 'Sign in', offline_access: 'Stay signed in' }
  return {
    // the clock stands still
    pages: { approvalDelay: 0 },
    loginUrl: '/login',
    clientAuthentication: { private_key_jwt: privateKeyJwt({ fetchJson: async () => ({ keys: publicKeys }) }) },
    keyBinding: dpop({ nonces }),
    scopes: {
      profile: 'See your name',
      email: 'See your e-mail address',
      admin: 'Everything',
      ...(trusted ? openidScopes : {}),
    },
    clients: [
      ...registered.map((client) => deviceClient(client)),
      { ...withoutGrant, grant_types: ['refresh_token'] },
      { ...resourceServer, grant_types: [] },
    ],
    ...(trusted ? trustedOptions : {}),
  }
}

/** The members of the target for a server whose tokens other systems trust. */
const trustedTarget = {
  jwtAccessTokens: { audience },
  resources,
  authorizationDetails: details,
} as const satisfies Partial<ConformanceTarget>

/** Creates the server under test and its target for the suite. */
export function createTarget(
  issuer: string,
  adapt: (options: PlainOptions) => Adapted,
  options: TargetOptions = {},
): [Adapted, ConformanceTarget] {
  const { realTime = false, profile = 'device-auth', trusted = false } = options
  const clock = testClock()
  const adapted = adapt({ issuer, ...(realTime ? { interval: 1 } : { clock }), ...serverOptions(options) })
  const { deviceAuth } = adapted
  const { origin } = new URL(issuer)
  const decided = (result: string): void => {
    if (result !== 'decided') throw new Error(result)
  }
  const as = (user: string) => (url: string, init?: RequestInit) =>
    fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), 'x-user': user } })
  const alice = {
    subject: 'alice',
    username: 'alice',
    authentication: { time: (realTime ? Date.now() : clock()) - 60_000, amr: ['pwd'] },
  }
  const target: ConformanceTarget = {
    issuer,
    profile,
    clients: {
      ...clients,
      privateKeyJwt: { client_id: inlineKeys.client_id, scope, privateKey },
      privateKeyJwtByUri: { client_id: remoteKeys.client_id, scope, privateKey },
      dpopBound: bound,
      ...(trusted ? { openid } : {}),
    },
    approve: async (userCode) => decided(await deviceAuth.approve(userCode, alice)),
    approveScope: async (userCode, scope) => decided(await deviceAuth.approve(userCode, { ...alice, scope })),
    deny: async (userCode) => decided(await deviceAuth.deny(userCode)),
    ...(realTime ? {} : { advance: async (seconds: number) => clock.advance(seconds), now: () => clock() / 1000 }),
    protectedResource: { url: `${origin}/api`, insufficientScopeUrl: `${origin}/admin` },
    page: { fetchAsUser: as('alice'), fetchAsOtherUser: as('bob') },
    ...(trusted ? trustedTarget : {}),
  }
  return [adapted, target]
}
