// @ts-check
/**
 * One node of an Express application that runs on several: the file to copy. What is about devices is marked with an
 * arrow (→). All nodes have the same ORIGIN, the same DEVICE_AUTH_SECRET and the same database; nothing else connects them.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createDeviceAuth, deviceAuthRouter, deviceClient, metadataRouter, requireToken } from '@device-auth/express'
import express from 'express'
import { connectStore } from './store.js'

const { PORT = '3000', ORIGIN: origin = `http://localhost:${PORT}`, DEVICE_AUTH_SECRET: secret = '' } = process.env

// → what nodes share
const { store, disconnect } = await connectStore()

// → who may ask for a sign-in, and for what
const deviceAuth = createDeviceAuth({
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  loginUrl: '/login',
  // → the same on all nodes: a form that one node made is posted to another
  secret,
  store,
  interval: 1,
})

const app = express()
app.disable('x-powered-by')
// one proxy in front, on this machine, says who is asking
app.set('trust proxy', 'loopback')

// → for whoever sends the requests here: a node that cannot reach its database gets none
app.get('/healthz', async (_req, res) => {
  const problem = await deviceAuth.check().then(() => undefined, String)
  if (problem !== undefined) console.error(problem)
  res.status(problem === undefined && !ending ? 200 : 503).end()
})

// a node that ends finishes what it has begun and takes nothing new; the proxy asks another one
let ending = false
app.use((_req, res, next) => {
  if (!ending) return next()
  res.status(503).set({ connection: 'close', 'retry-after': '1' }).json({ error: 'temporarily_unavailable' })
})

// Any node has to know who is logged in. Yours has sessions in a database; here the cookie itself says it, signed.
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
  // lax: the link in the QR code has to find its user logged in
  res.setHeader('set-cookie', `session=${name}.${sign(name)}; Path=/; HttpOnly; SameSite=Lax`)
  res.redirect(303, returnPath(req.body?.return_to))
})

// → the endpoints for devices and the page for users
app.use('/oauth', deviceAuthRouter(deviceAuth))
app.use(metadataRouter(deviceAuth))
// → what a device may do once it is signed in
app.get('/api/me', requireToken(deviceAuth, { scope: 'profile' }), (req, res) => {
  res.json({ name: req.deviceToken?.subject })
})

const server = app.listen(Number(PORT), 'localhost')
await once(server, 'listening')
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
// to cluster.js, which asks for any free port
if (process.send) process.send({ port })
else console.log(`A node of ${origin} listens on ${port}.`)

// → The order of an end: the requests under way, then the store, then its client. Your platform sends SIGTERM and waits.
process.once('SIGTERM', async () => {
  ending = true
  // connections that are kept alive, when their last answer has gone out
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  await new Promise((resolve) => server.close(resolve))
  clearInterval(idle)
  await deviceAuth.close()
  await disconnect()
  process.disconnect?.()
})

/** @param {string} name */
function sign(name) {
  return createHmac('sha256', `log-in ${secret}`).update(name).digest('base64url')
}

/** → The way back from the log-in: to the pages for devices only, or anybody's link could lead anywhere. @param {unknown} path */
function returnPath(path) {
  return typeof path === 'string' && /^\/oauth\/devices?(\?[\w.~%=&-]*)?$/.test(path) ? path : '/oauth/device'
}

/** Yours asks for a password. @param {string} back */
function loginPage(back) {
  return `<!doctype html><html lang="en"><title>Log in</title>
<form method="post" action="/login"><label>Your name <input name="name" required autofocus></label>
<input type="hidden" name="return_to" value="${back.replaceAll('&', '&amp;')}"><button>Log in</button></form>`
}
