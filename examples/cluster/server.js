// @ts-check
/**
 * One node of an Express application that runs on several nodes: the file to copy. Arrows (→) mark the lines for devices.
 * All nodes have the same ORIGIN, the same DEVICE_AUTH_SECRET and the same database; nothing else connects them.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import {
  createDeviceAuth,
  deviceAuthRouter,
  deviceClient,
  gracefulShutdown,
  metadataRouter,
  requireToken,
} from '@device-auth/express'
import express from 'express'
import { connectStore } from './store.js'

const { PORT = '3000', ORIGIN: origin = `http://localhost:${PORT}`, DEVICE_AUTH_SECRET: secret = '' } = process.env

// → the store that all nodes share
const { store, disconnect } = await connectStore()

// → the clients that may sign users in, and their scopes
const deviceAuth = createDeviceAuth({
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  loginUrl: '/login',
  // → the same on all nodes, because the form of one node may be posted to another
  secret,
  store,
  interval: 1,
})

const app = express()
app.disable('x-powered-by')
// one proxy in front, on this machine, gives the address of the sender
app.set('trust proxy', 'loopback')

// → for the load balancer: 503 while the node ends. A node whose database is away stays in: it answers polls with
// authorization_pending, where a balancer without nodes would end the sign-ins of all devices.
app.get('/healthz', async (_req, res) => {
  const { ready, warnings } = await deviceAuth.health()
  for (const warning of warnings) console.error(warning)
  res.status(ready ? 200 : 503).end()
})

// Every node has to know the user. Your application has sessions in a database; here it is a signed cookie.
app.use((req, _res, next) => {
  const [, name = '', signature = ''] = /(?:^|; )session=([\w%]+)\.([\w-]+)/.exec(req.get('cookie') ?? '') ?? []
  const [given, expected] = [Buffer.from(signature), Buffer.from(sign(name))]
  if (given.length === expected.length && timingSafeEqual(given, expected)) {
    Object.assign(req, { user: { id: decodeURIComponent(name), name: decodeURIComponent(name) } })
  }
  next()
})
app.get('/login', (req, res) => void res.send(loginPage(returnPath(req.query.return_to))))
app.post('/login', express.urlencoded({ extended: false }), (req, res) => {
  const name = encodeURIComponent(String(req.body?.name ?? '')).replace(/[^\w%]/g, '')
  // lax: the browser has to send the cookie when the user follows the link in the QR code
  res.setHeader('set-cookie', `session=${name}.${sign(name)}; Path=/; HttpOnly; SameSite=Lax`)
  res.redirect(303, returnPath(req.body?.return_to))
})

// → the endpoints for devices and the page for users
app.use('/oauth', deviceAuthRouter(deviceAuth))
app.use(metadataRouter(deviceAuth))
// → a resource for signed-in devices
app.get('/api/me', requireToken(deviceAuth, { scope: 'profile' }), (req, res) => {
  res.json({ name: req.deviceToken?.subject })
})

const server = app.listen(Number(PORT), 'localhost')
await once(server, 'listening')
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
// tells cluster.js the port, because that asks for any free one
if (process.send) process.send({ port })
else console.log(`A node of ${origin} listens on ${port}.`)

// → Your platform sends SIGTERM and waits. The node ends in this order: its requests, the store, the client of the database.
// A connection to a database that is silent would keep the process, so it exits.
const shutDown = gracefulShutdown(server, deviceAuth, { release: disconnect })
process.on('SIGTERM', () => shutDown().then(() => process.exit()))

/** @param {string} name */
function sign(name) {
  return createHmac('sha256', `log-in ${secret}`).update(name).digest('base64url')
}

/** → The path to return to after the log-in: pages for devices only, because any other would be an open redirect. @param {unknown} path */
function returnPath(path) {
  return typeof path === 'string' && /^\/oauth\/devices?(\?[\w.~%=&-]*)?$/.test(path) ? path : '/oauth/device'
}

/** Your log-in asks for a password. @param {string} back */
function loginPage(back) {
  return `<!doctype html><html lang="en"><title>Log in</title>
<form method="post" action="/login"><label>Your name <input name="name" required autofocus></label>
<input type="hidden" name="return_to" value="${back.replaceAll('&', '&amp;')}"><button>Log in</button></form>`
}
