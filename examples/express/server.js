// @ts-check
/**
 * An Express application with a log-in, whose users connect devices: the file to copy. Arrows (→) mark the lines for
 * devices; the rest is any application with Passport.
 */
import { randomBytes, scrypt, scryptSync, timingSafeEqual } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createDeviceAuth, deviceAuthRouter, deviceClient, metadataRouter, requireToken } from '@device-auth/express'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'

/** @typedef {{ id: string, name: string, salt: Buffer, hash: Buffer }} Account */
/** @typedef {Partial<import('@device-auth/express').DeviceAuthOptions<express.Request>>} Overrides */

// Two accounts for the demo. Your accounts are in a database, which holds the salt and the hash, never the password.
const accounts = [account('ada', 'Ada Lovelace', 'engine'), account('grace', 'Grace Hopper', 'compiler')]

/** @param {string} issuer the address of the router as browsers and devices use it @param {Overrides} [overrides] */
export function createApp(issuer, overrides) {
  // → the clients that may sign users in, and their scopes
  const deviceAuth = createDeviceAuth({
    issuer,
    clients: [
      deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' }),
      deviceClient({ client_id: 'terminal', client_name: 'Terminal demo', scope: 'profile' }),
    ],
    scopes: { profile: 'See your name' },
    loginUrl: '/login',
    // → the TV is a web page, which hears of the decision at once
    paths: { decisionEvents: '/decision_events' },
    ...overrides,
  })

  const app = express()
  app.disable('x-powered-by')
  const secure = issuer.startsWith('https:')
  // TLS ends at one proxy in front, which gives the address of the sender
  if (secure) app.set('trust proxy', 1)
  app.use(secureHeaders)
  serveFiles(app)
  app.use(
    session({
      name: 'session',
      secret: process.env.SESSION_SECRET ?? randomBytes(32).toString('base64'),
      resave: false,
      saveUninitialized: false,
      // lax: the browser has to send the cookie when the user follows the link in the QR code
      cookie: { httpOnly: true, sameSite: 'lax', secure },
    }),
  )
  app.use(passport.session())
  addLogin(app)
  // → the endpoints for devices, the pages for users, and the metadata at the root of the host
  app.use(metadataRouter(deviceAuth))
  app.use('/oauth', deviceAuthRouter(deviceAuth))
  // → a resource for signed-in devices
  app.get('/api/me', requireToken(deviceAuth, { scope: 'profile' }), (req, res) => {
    res.json({ name: accounts.find(({ id }) => id === req.deviceToken?.subject)?.name })
  })
  return { app, deviceAuth }
}

/** @param {express.Express} app */
function addLogin(app) {
  passport.use(
    new LocalStrategy((username, password, done) => {
      checkPassword(username, password).then((user) => done(null, user ?? false), done)
    }),
  )
  passport.serializeUser((user, done) => done(null, /** @type {Account} */ (user).id))
  passport.deserializeUser((/** @type {string} */ id, done) =>
    done(null, accounts.find((user) => user.id === id) ?? false),
  )

  app.get('/login', (req, res) => void res.send(loginPage(returnPath(req.query.return_to), req.user, false)))
  app.post('/login', sameOrigin, express.urlencoded({ extended: false }), (req, res, next) => {
    const back = returnPath(req.body?.return_to)
    passport.authenticate('local', (/** @type {unknown} */ error, /** @type {Express.User | false} */ user) => {
      if (error) next(error)
      else if (user) req.login(user, (problem) => (problem ? next(problem) : res.redirect(303, back)))
      else res.status(401).send(loginPage(back, undefined, true))
    })(req, res, next)
  })
  app.post('/logout', sameOrigin, (req, res, next) => {
    req.logout((error) => (error ? next(error) : res.redirect(303, '/login')))
  })
}

/** → The path to return to after the log-in: pages for devices only, because any other would be an open redirect. @param {unknown} path */
function returnPath(path) {
  return typeof path === 'string' && /^\/oauth\/devices?(\?|$)/.test(path) ? path : '/oauth/device'
}

/** @param {string} id @param {string} name @param {string} password @returns {Account} */
function account(id, name, password) {
  const salt = randomBytes(16)
  return { id, name, salt, hash: scryptSync(password, salt, 32) }
}

/** Takes the same time for an account that does not exist. @param {string} username @param {string} password */
async function checkPassword(username, password) {
  const found = accounts.find(({ id }) => id === username.trim().toLowerCase())
  const { salt, hash } = found ?? /** @type {Account} */ (accounts[0])
  const given = await promisify(scrypt)(password, salt, 32)
  return timingSafeEqual(/** @type {Buffer} */ (given), hash) ? found : undefined
}

/** Refuses forms of other sites, so that they cannot log a user in or out. @param {express.Request} req @param {express.Response} res @param {express.NextFunction} next */
function sameOrigin(req, res, next) {
  const site = req.get('sec-fetch-site')
  if (site === undefined || site === 'same-origin') next()
  else res.status(403).send('This form came from another site.')
}

/** @param {express.Request} _req @param {express.Response} res @param {express.NextFunction} next */
function secureHeaders(_req, res, next) {
  const sources = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
  res.set('Content-Security-Policy', `${sources}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`)
  res.set({ 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' })
  next()
}

/** Serves the TV: the page /tv, its script and style, and the library for QR codes. @param {express.Express} app */
function serveFiles(app) {
  app.get('/', (_req, res) => res.redirect('/tv'))
  app.use(express.static(fileURLToPath(new URL('public', import.meta.url)), { extensions: ['html'] }))
  const uqr = dirname(createRequire(import.meta.url).resolve('uqr'))
  app.get('/uqr.mjs', (_req, res) => res.sendFile('index.mjs', { root: uqr }))
}

/** @param {string} back @param {Express.User | undefined} user @param {boolean} failed */
function loginPage(back, user, failed) {
  const { name } = /** @type {Account} */ (user ?? { name: '' })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Sign in</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/login.css">
<main>
<h1>Sign in</h1>
${user ? `<form method="post" action="/logout" class="note"><p>You are signed in as ${escapeHtml(name)}. <a href="/oauth/devices">Your devices</a></p><button class="quiet">Sign out</button></form>` : ''}
${failed ? '<p class="problem" role="alert">That user name and password do not match.</p>' : ''}
<form method="post" action="/login">
<input type="hidden" name="return_to" value="${escapeHtml(back)}">
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>
<p class="note">Accounts of this demo: <b>ada</b>, password <b>engine</b>; <b>grace</b>, password <b>compiler</b>.</p>
</main>
`
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
