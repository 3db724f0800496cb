// One node of an application, in a process of its own: the built packages, on a database that other nodes use too.
// Usage: node node.mjs <store> <addresses and timing as JSON>
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createDeviceAuth, deviceClient, opaqueTokens } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { broken } from './broken.mjs'
import { connectStore } from './connect-store.mjs'

const [, , kind, json] = process.argv
const given = JSON.parse(json)
const { store, disconnect } = await connectStore(kind, given.addresses)

const tell = (message) => process.connected && process.send(message)
const { codes, interval, accessToken, refreshToken, grace } = given.timing
const deviceAuth = createDeviceAuth({
  issuer: 'http://localhost/oauth',
  clients: [
    deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' }),
    { client_id: 'api', client_secret: 'the secret of the resource server', grant_types: [], resource_server: true },
  ],
  secret: 'a secret of at least thirty-two characters',
  store: broken(store, process.env.BROKEN),
  loginUrl: '/login',
  // these people read nothing
  pages: { approvalDelay: 0 },
  expiresIn: codes,
  interval,
  accessToken: opaqueTokens({ expiresIn: accessToken }),
  refreshToken: { expiresIn: refreshToken },
  redemptionGrace: grace,
  hooks: {
    authenticateUser: ({ native }) => {
      const subject = native.headers['x-user']
      return subject === undefined ? undefined : { subject }
    },
    onError: () => {},
  },
})

for (const name of ['reuseDetected', 'replayed', 'revoked', 'limited', 'refused']) {
  deviceAuth.on(name, ({ grantId, outcome, by, limit, reason }) => {
    tell({ event: { name, grantId, text: [outcome, by, limit, reason].filter(Boolean).join(' ') } })
  })
}
let lastFailure = 0
deviceAuth.on('failed', ({ operation, error }) => {
  // one a second tells enough
  if (performance.now() - lastFailure < 1000) return
  lastFailure = performance.now()
  tell({ event: { name: 'failed', text: `${operation}: ${String(error).slice(0, 120)}` } })
})

const oauth = toNodeHandler(deviceAuth)

/** The page of an application that uses the API and not the built-in page, and the user's list of devices. */
async function people(request, response) {
  const url = new URL(request.url, 'http://localhost')
  const [, , action] = url.pathname.split('/')
  const [subject, code] = [request.headers['x-user'], url.searchParams.get('user_code') ?? '']
  const actions = {
    find: async () => ({ result: (await deviceAuth.find(code)) === undefined ? 'unknown' : 'found' }),
    approve: async () => ({ result: await deviceAuth.approve(code, { subject }) }),
    deny: async () => ({ result: await deviceAuth.deny(code, { subject }) }),
    devices: async () => ({ devices: (await deviceAuth.devices.list(subject)).map(({ id }) => id) }),
  }
  const answer = await actions[action]().catch(() => undefined)
  response.writeHead(answer === undefined ? 503 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer ?? {}))
}

let [ending, served] = [false, 0]
const server = createServer((request, response) => {
  if (ending) response.setHeader('connection', 'close')
  // the devices of the control poll one after another, so some of these are polls
  if (process.env.BROKEN === 'answers 500' && ++served % 5 === 0) return response.writeHead(500).end('{}')
  if (request.url.startsWith('/people/')) return void people(request, response)
  request.url = request.url.replace(/^\/oauth/, '')
  oauth(request, response)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
tell({ port: server.address().port })

process.on('disconnect', () => process.exit())
process.once('SIGTERM', async () => {
  ending = true
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  await new Promise((resolve) => server.close(resolve))
  clearInterval(idle)
  await deviceAuth.close()
  await disconnect()
  process.exit()
})
