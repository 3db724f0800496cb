// @ts-check
/** A Hono application whose users connect devices: the file to copy. Arrows (→) mark the lines for devices. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createDeviceAuth, deviceClient } from '@device-auth/core'
import { requireToken, toFetchHandler } from '@device-auth/core/fetch'
import { gracefulShutdown } from '@device-auth/core/node'
import { getRequestListener } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'

const port = Number(process.env.PORT ?? 3000)
const origin = `http://localhost:${port}`

/** User names by session cookie. In your application, sessions outlive the process. @type {Map<string, string>} */
const sessions = new Map()

// → the clients that may sign users in, and their scopes
const deviceAuth = createDeviceAuth({
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  loginUrl: '/login',
  hooks: {
    // → the user that is logged in
    authenticateUser: ({ headers }) => {
      const session = /(?:^|; )session=([\w-]+)/.exec(String(headers.cookie))?.[1] ?? ''
      const name = sessions.get(session)
      return name === undefined ? undefined : { subject: name, username: name, session }
    },
  },
})

// → a Request has no address of its sender, which the limits need. Behind a proxy, use the address that the proxy gives
/** @type {WeakMap<Request, string | undefined>} */
const addresses = new WeakMap()
const handle = toFetchHandler(deviceAuth, { prefix: '/oauth', ip: (request) => addresses.get(request) })

const app = new Hono()
// → the endpoints for devices, the pages for users, and the metadata at the root of the host
app.on(['GET', 'POST'], ['/oauth/*', '/.well-known/oauth-authorization-server/oauth'], (c) => {
  addresses.set(c.req.raw, getConnInfo(c).remote.address)
  return handle(c.req.raw)
})

// → a resource for signed-in devices
const checkProfile = requireToken(deviceAuth, { scope: 'profile' })
app.get('/api/me', async (c) => {
  const check = await checkProfile(c.req.raw)
  return 'response' in check ? check.response : c.json({ name: check.claims.subject })
})

app.get('/login', (c) => c.html(loginPage(returnPath(c.req.query('return_to')))))
// your log-in asks for a password
app.post('/login', async (c) => {
  const { name, return_to } = await c.req.parseBody()
  const session = randomUUID()
  sessions.set(session, String(name))
  // lax: the browser has to send the cookie when the user follows the link in the QR code
  setCookie(c, 'session', session, { httpOnly: true, sameSite: 'Lax', path: '/' })
  return c.redirect(returnPath(return_to), 303)
})

/** → The path to return to after the log-in: pages for devices only, because any other would be an open redirect. @param {unknown} path */
function returnPath(path) {
  return typeof path === 'string' && /^\/oauth\/devices?(\?[\w.~%=&-]*)?$/.test(path) ? path : '/oauth/device'
}

/** @param {string} back */
function loginPage(back) {
  return `<!doctype html><html lang="en"><title>Log in</title>
<form method="post" action="/login"><label>Your name <input name="name" required autofocus></label>
<input type="hidden" name="return_to" value="${back.replaceAll('&', '&amp;')}"><button>Log in</button></form>`
}

const server = createServer(getRequestListener(app.fetch)).listen(port, 'localhost', () => {
  console.log(`As the device: curl -d client_id=tv ${origin}/oauth/device_authorization`)
  console.log(`As its user:   ${origin}/oauth/device`)
})

// → on SIGTERM the server answers what is under way, loses no request, and ends
const shutDown = gracefulShutdown(server, deviceAuth)
process.on('SIGTERM', shutDown)
