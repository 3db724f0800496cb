// @ts-check
/** A Koa application whose users connect devices: the file to copy. Arrows (→) mark the lines for devices. */
import { randomUUID } from 'node:crypto'
import {
  createDeviceAuth,
  deviceAuthMiddleware,
  deviceClient,
  gracefulShutdown,
  metadataMiddleware,
  requireToken,
} from '@device-auth/koa'
import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import Koa from 'koa'

const port = Number(process.env.PORT ?? 3000)
const origin = `http://localhost:${port}`

// → the clients that may sign users in, and their scopes
const deviceAuth = createDeviceAuth({
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  loginUrl: '/login',
})

/** User names by session cookie. In your application, sessions outlive the process. @type {Map<string, string>} */
const sessions = new Map()

const app = new Koa()
app.use((ctx, next) => {
  const name = sessions.get(ctx.cookies.get('session') ?? '')
  // → the user that is logged in, by `id`; koa-passport does the same
  if (name !== undefined) ctx.state.user = { id: name, name }
  return next()
})

// → the endpoints for devices, the pages for users, and the metadata at the root of the host
app.use(metadataMiddleware(deviceAuth))
app.use(deviceAuthMiddleware(deviceAuth, { prefix: '/oauth' }))

const router = new Router()
router.get('/login', (ctx) => {
  ctx.type = 'html'
  ctx.body = loginPage(returnPath(ctx.query.return_to))
})
// your log-in asks for a password
router.post('/login', bodyParser(), (ctx) => {
  const { name, return_to } = /** @type {Record<string, unknown>} */ (ctx.request.body)
  const session = randomUUID()
  sessions.set(session, String(name))
  // lax: the browser has to send the cookie when the user follows the link in the QR code
  ctx.cookies.set('session', session, { httpOnly: true, sameSite: 'lax' })
  ctx.status = 303
  ctx.redirect(returnPath(return_to))
})
// → a resource for signed-in devices
router.get('/api/me', requireToken(deviceAuth, { scope: 'profile' }), (ctx) => {
  ctx.body = { name: ctx.state.deviceToken.subject }
})
app.use(router.routes())

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

const server = app.listen(port, 'localhost', () => {
  console.log(`As the device: curl -d client_id=tv ${origin}/oauth/device_authorization`)
  console.log(`As its user:   ${origin}/oauth/device`)
})

// → on SIGTERM the server answers what is under way, loses no request, and ends
const shutDown = gracefulShutdown(server, deviceAuth)
process.on('SIGTERM', shutDown)
