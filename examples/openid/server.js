// @ts-check
/** A server that signs devices in with OpenID Connect. Arrows (→) mark the lines for devices. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import {
  createDeviceAuth,
  deviceAuthRouter,
  deviceClient,
  gracefulShutdown,
  metadataRouter,
  requireToken,
} from '@device-auth/express'
import { jwtAccessTokens, openIdConnect } from '@device-auth/jwt'
import express from 'express'
import session from 'express-session'

const port = Number(process.env.PORT ?? 3000)
const origin = `http://localhost:${port}`

// → yours comes from a secret store: a new key at each start makes older tokens worthless
const keys = { current: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }

// → the clients that may sign users in, and their scopes, with the words that the page shows
const deviceAuth = createDeviceAuth({
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'openid profile offline_access' })],
  scopes: { openid: 'Sign in', profile: 'See your name', offline_access: 'Stay signed in when you are away' },
  loginUrl: '/login',
  accessToken: jwtAccessTokens({ keys, audience: `${origin}/api` }),
  openid: openIdConnect({ keys, claims: ({ subject }) => ({ name: subject }) }),
  hooks: {
    // → `authentication` becomes the claims auth_time and amr
    authenticateUser({ native }) {
      const { name, time } = Object(Object(native).session)
      if (typeof name !== 'string') return undefined
      return { subject: name, username: name, authentication: { time, amr: ['pwd'] } }
    },
  },
})

const app = express()
app.use(
  session({
    secret: process.env.SESSION_SECRET ?? randomBytes(32).toString('hex'),
    resave: false,
    saveUninitialized: false,
    // lax: the browser has to send the cookie when the user follows the link in the QR code
    cookie: { sameSite: 'lax', httpOnly: true },
  }),
)

// → the endpoints for devices, the pages for users, /userinfo and /jwks
app.use(metadataRouter(deviceAuth))
app.use('/oauth', deviceAuthRouter(deviceAuth))

app.get('/login', (req, res) => {
  res.type('html').send(loginPage(returnPath(req.query.return_to)))
})
// your log-in checks a password
app.post('/login', express.urlencoded({ extended: false }), (req, res) => {
  Object.assign(req.session, { name: req.body.name, time: Date.now() })
  res.redirect(303, returnPath(req.body.return_to))
})

// → a resource for signed-in devices
app.get('/api/me', requireToken(deviceAuth, { scope: 'profile' }), (req, res) => {
  res.json({ name: req.deviceToken?.subject })
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

const server = app.listen(port, 'localhost', () => {
  console.log(`As the device: curl -d client_id=tv ${origin}/oauth/device_authorization`)
  console.log(`As its user:   ${origin}/oauth/device`)
})

// → on SIGTERM the server answers what is under way, loses no request, and ends
const shutDown = gracefulShutdown(server, deviceAuth)
process.on('SIGTERM', shutDown)
