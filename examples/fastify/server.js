// @ts-check
/** A Fastify application whose users connect devices: the file to copy. Arrows (→) mark the lines for devices. */
import { randomUUID } from 'node:crypto'
import { deviceAuthPlugin, deviceClient, gracefulShutdown } from '@device-auth/fastify'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import { fastify } from 'fastify'

const port = Number(process.env.PORT ?? 3000)
const origin = `http://localhost:${port}`

/** User names by session cookie. In your application, sessions outlive the process. @type {Map<string, string>} */
const sessions = new Map()

const app = fastify()
await app.register(cookie)
await app.register(formbody)
app.decorateRequest('user', null)
app.addHook('onRequest', async (request) => {
  const name = sessions.get(request.cookies.session ?? '')
  // → the user that is logged in, by `id`; @fastify/passport does the same
  if (name !== undefined) Object.assign(request, { user: { id: name, name } })
})

// → the endpoints for devices and the pages for users; the clients that may sign users in, and their scopes
await app.register(deviceAuthPlugin, {
  prefix: '/oauth',
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  loginUrl: '/login',
})

// → a resource for signed-in devices
app.get('/api/me', { preHandler: app.requireToken({ scope: 'profile' }) }, async (request) => ({
  name: request.deviceToken?.subject,
}))

app.get('/login', (request, reply) => {
  const { return_to } = /** @type {Record<string, unknown>} */ (request.query)
  return reply.type('text/html').send(loginPage(returnPath(return_to)))
})
// your log-in asks for a password
app.post('/login', (request, reply) => {
  const { name, return_to } = /** @type {Record<string, unknown>} */ (request.body)
  const session = randomUUID()
  sessions.set(session, String(name))
  // lax: the browser has to send the cookie when the user follows the link in the QR code
  reply.setCookie('session', session, { httpOnly: true, sameSite: 'lax', path: '/' })
  return reply.redirect(returnPath(return_to), 303)
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

await app.listen({ port, host: 'localhost' })

// → on SIGTERM the server answers what is under way, loses no request, and ends; app.close() alone would answer it with 503
const shutDown = gracefulShutdown(app.server, app.deviceAuth, { release: () => app.close() })
process.on('SIGTERM', shutDown)

console.log(`As the device: curl -d client_id=tv ${origin}/oauth/device_authorization`)
console.log(`As its user:   ${origin}/oauth/device`)
