// Every case of the conformance suite over HTTP, against every adapter.
import { createServer, type Server } from 'node:http'
import {
  type ConformanceContext,
  type ConformanceTarget,
  conformanceCases,
  openConformance,
  runCase,
} from '@device-auth/conformance'
import { deviceClient } from '@device-auth/core'
import { testClock } from '@device-auth/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Adapted, adapters, type PlainOptions } from './adapters.ts'

const scope = 'profile email'
// contains the characters that need form-encoding in a Basic header
const secret = 'a:b%+ ü&='
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

/** Creates the server under test and its target for the suite. */
function createTarget(issuer: string, adapt: (options: PlainOptions) => Adapted): [Adapted, ConformanceTarget] {
  const clock = testClock()
  const { withoutGrant, resourceServer, ...devices } = clients
  const adapted = adapt({
    issuer,
    clock,
    // the clock stands still
    pages: { approvalDelay: 0 },
    loginUrl: '/login',
    scopes: { profile: 'See your name', email: 'See your e-mail address', admin: 'Everything' },
    clients: [
      ...Object.values(devices).map((client) => deviceClient(client)),
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
    profile: 'device-auth',
    clients,
    approve: async (userCode, decision) =>
      decided(await deviceAuth.approve(userCode, { subject: 'alice', username: 'alice', ...decision })),
    deny: async (userCode) => decided(await deviceAuth.deny(userCode)),
    advance: async (seconds) => clock.advance(seconds),
    protectedResource: { url: `${origin}/api`, insufficientScopeUrl: `${origin}/admin` },
    page: { fetchAsUser: as('alice'), fetchAsOtherUser: as('bob') },
  }
  return [adapted, target]
}

describe.each(Object.entries(adapters))('%s', (_name, adapt) => {
  const server: Server = createServer()
  let context: ConformanceContext

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const [{ listener }, target] = createTarget(`http://127.0.0.1:${port}/oauth`, adapt)
    server.on('request', listener)
    context = await openConformance(target)
  })

  afterAll(() => new Promise((resolve) => server.close(resolve)))

  for (const conformanceCase of conformanceCases) {
    it(`${conformanceCase.id} ${conformanceCase.title}`, async () => {
      const { status, message } = await runCase(conformanceCase, context)
      expect(`${status} ${message}`.trim()).toBe('passed')
    })
  }
})
