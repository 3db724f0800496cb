// @ts-check
/** An application with Passport, a log-in and a session. Arrows (→) mark the lines for devices. */
import { randomBytes } from 'node:crypto'
import {
  createDeviceAuth,
  deviceAuthRouter,
  deviceClient,
  gracefulShutdown,
  metadataRouter,
} from '@device-auth/express'
import { DeviceTokenStrategy, oauthErrorHandler } from '@device-auth/passport'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'

const port = Number(process.env.PORT ?? 3000)
const origin = `http://localhost:${port}`

// your log-in checks a password
passport.use(
  new LocalStrategy({ usernameField: 'name', passwordField: 'name' }, (name, _password, done) => {
    done(null, { id: name, name })
  }),
)
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((/** @type {Express.User} */ user, done) => done(null, user))

// → the clients that may sign users in, and their scopes
const deviceAuth = createDeviceAuth({
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  loginUrl: '/login',
})

// → finds your user by the subject of a device's token
passport.use(new DeviceTokenStrategy({ deviceAuth }, ({ subject }) => ({ id: subject, name: subject })))

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
app.use(passport.session())

// → the endpoints for devices and the pages for users; the user is `req.user`, as Passport sets it
app.use(metadataRouter(deviceAuth))
app.use('/oauth', deviceAuthRouter(deviceAuth))

app.get('/login', (req, res) => {
  res.type('html').send(loginPage(returnPath(req.query.return_to)))
})
app.post('/login', express.urlencoded({ extended: false }), passport.authenticate('local'), (req, res) => {
  res.redirect(303, returnPath(req.body.return_to))
})

// → a resource for signed-in devices; without a session, because a token is not a log-in
app.get('/api/me', passport.authenticate('device-token', { session: false, scope: 'profile' }), (req, res) => {
  const { name } = Object(req.user)
  res.json({ name })
})
// → answers the OAuth errors that Passport cannot answer itself
app.use(oauthErrorHandler())

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
