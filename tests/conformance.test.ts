// Every row of the protocol, over HTTP, against the Express router.
import type { Server } from 'node:http'
import {
  type ConformanceContext,
  type ConformanceTarget,
  conformanceCases,
  openConformance,
  runCase,
} from '@device-auth/conformance'
import { testClock } from '@device-auth/core/testing'
import { createDeviceAuth, deviceAuthRouter, deviceClient, metadataRouter, requireToken } from '@device-auth/express'
import express, { type Request, type RequestHandler } from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const scope = 'profile email'
// every character that the form-encoding inside Basic is about
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
  resourceServer: { client_id: 'api', client_secret: secret, resourceServer: true },
  expendable: { client_id: 'expendable', client_secret: secret, scope },
} as const

/** Stands in for a log-in: whoever the header names is signed in, with a session of his own. */
const signedIn: RequestHandler = (req, _res, next) => {
  const id = req.get('x-user')
  if (id !== undefined) Object.assign(req, { user: { id, name: id }, sessionID: `session of ${id}` })
  next()
}

function createTarget(issuer: string, app: express.Express): ConformanceTarget {
  const clock = testClock()
  const { withoutGrant, resourceServer, ...devices } = clients
  const deviceAuth = createDeviceAuth<Request>({
    issuer,
    clock,
    loginUrl: '/login',
    scopes: { profile: 'See your name', email: 'See your e-mail address', admin: 'Everything' },
    clients: [
      ...Object.values(devices).map((client) => deviceClient(client)),
      { ...withoutGrant, grant_types: ['refresh_token'] },
      { ...resourceServer, grant_types: [] },
    ],
  })
  const { origin } = new URL(issuer)
  const decided = (result: string): void => {
    if (result !== 'decided') throw new Error(result)
  }
  const as = (user: string) => (url: string, init?: RequestInit) =>
    fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), 'x-user': user } })
  app.use(signedIn)
  app.use(metadataRouter(deviceAuth))
  app.use(new URL(issuer).pathname, deviceAuthRouter(deviceAuth))
  app.get('/api', requireToken(deviceAuth, { scope: 'profile' }), (_req, res) => void res.json({}))
  app.get('/admin', requireToken(deviceAuth, { scope: 'admin' }), (_req, res) => void res.json({}))
  return {
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
}

describe('the Express router', () => {
  const app = express()
  let server: Server
  let context: ConformanceContext

  beforeAll(async () => {
    server = await new Promise<Server>((resolve) => {
      const started = app.listen(0, '127.0.0.1', () => resolve(started))
    })
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    context = await openConformance(createTarget(`http://127.0.0.1:${port}/oauth`, app))
  })

  afterAll(() => new Promise((resolve) => server.close(resolve)))

  for (const conformanceCase of conformanceCases) {
    it(`${conformanceCase.id} ${conformanceCase.title}`, async () => {
      const { status, message } = await runCase(conformanceCase, context)
      expect(`${status} ${message}`.trim()).toBe('passed')
    })
  }
})
