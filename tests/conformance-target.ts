// The server under test of the conformance suite: the clients, and the target that decides and moves the clock.
import { generateKeyPairSync } from 'node:crypto'
import type { ConformanceTarget } from '@device-auth/conformance'
import { deviceClient } from '@device-auth/core'
import { testClock } from '@device-auth/core/testing'
import { dpop, privateKeyJwt } from '@device-auth/jwt'
import type { Adapted, PlainOptions } from './adapters.ts'

const scope = 'profile email'
// contains the characters that need form-encoding in a Basic header
const secret = 'a:b%+ ü&='
const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keys = [{ ...signing.publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'one' }]
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

const alice = { subject: 'alice', username: 'alice' }

export interface TargetOptions {
  /** Lets the server run on the real clock, with an interval of a second. Default: a clock that the suite moves. */
  readonly realTime?: boolean
  /** Lets the server demand DPoP nonces. Default: true. */
  readonly nonces?: boolean
  readonly profile?: 'rfc' | 'device-auth'
}

/** Creates the server under test and its target for the suite. */
export function createTarget(
  issuer: string,
  adapt: (options: PlainOptions) => Adapted,
  { realTime = false, profile = 'device-auth', nonces = true }: TargetOptions = {},
): [Adapted, ConformanceTarget] {
  const clock = testClock()
  const { withoutGrant, resourceServer, ...devices } = clients
  const adapted = adapt({
    issuer,
    ...(realTime ? { interval: 1 } : { clock }),
    // the clock stands still
    pages: { approvalDelay: 0 },
    loginUrl: '/login',
    clientAuthentication: { private_key_jwt: privateKeyJwt() },
    keyBinding: dpop({ nonces }),
    scopes: { profile: 'See your name', email: 'See your e-mail address', admin: 'Everything' },
    clients: [
      ...Object.values(devices).map((client) => deviceClient(client)),
      deviceClient({ client_id: 'signing', scope, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys } }),
      { ...withoutGrant, grant_types: ['refresh_token'] },
      { ...resourceServer, grant_types: [] },
    ],
  })
  const { deviceAuth } = adapted
  const { origin } = new URL(issuer)
  const decided = (result: string): void => {
    if (result !== 'decided') throw new Error(result)
  }
  const as = (user: string) => (url: string, init?: RequestInit) =>
    fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), 'x-user': user } })
  const target: ConformanceTarget = {
    issuer,
    profile,
    clients: {
      ...clients,
      privateKeyJwt: {
        client_id: 'signing',
        scope,
        privateKey: { ...signing.privateKey.export({ format: 'jwk' }), kid: 'one' },
      },
    },
    approve: async (userCode) => decided(await deviceAuth.approve(userCode, alice)),
    approveScope: async (userCode, scope) => decided(await deviceAuth.approve(userCode, { ...alice, scope })),
    deny: async (userCode) => decided(await deviceAuth.deny(userCode)),
    ...(realTime ? {} : { advance: async (seconds: number) => clock.advance(seconds), now: () => clock() / 1000 }),
    protectedResource: { url: `${origin}/api`, insufficientScopeUrl: `${origin}/admin` },
    page: { fetchAsUser: as('alice'), fetchAsOtherUser: as('bob') },
  }
  return [adapted, target]
}
