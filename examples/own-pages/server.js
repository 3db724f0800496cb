// @ts-check
/** An Express application with its own pages for devices, which are in pages.js. */
import { randomUUID } from 'node:crypto'
import { createDeviceAuth, deviceAuthRouter, deviceClient, metadataRouter, requireToken } from '@device-auth/express'
import express from 'express'
import { OwnPages } from './pages.js'

const port = Number(process.env.PORT ?? 3000)
const origin = `http://localhost:${port}`

const deviceAuth = createDeviceAuth({
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  loginUrl: '/login',
  // → the pages
  hooks: new OwnPages(),
})

/** User names by session cookie. In your application, sessions outlive the process. @type {Map<string, string>} */
const sessions = new Map()

const app = express()
app.use((req, _res, next) => {
  const name = sessions.get(/(?:^|; )session=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '')
  if (name !== undefined) Object.assign(req, { user: { id: name, name } })
  next()
})
app.use(metadataRouter(deviceAuth))
app.use('/oauth', deviceAuthRouter(deviceAuth))

app.get('/login', (req, res) => {
  res.type('html').send(loginPage(returnPath(req.query.return_to)))
})
// your log-in asks for a password
app.post('/login', express.urlencoded({ extended: false }), (req, res) => {
  const session = randomUUID()
  sessions.set(session, String(req.body.name))
  res.cookie('session', session, { httpOnly: true, sameSite: 'lax' }).redirect(303, returnPath(req.body.return_to))
})
app.get('/api/me', requireToken(deviceAuth, { scope: 'profile' }), (req, res) => {
  res.json({ name: req.deviceToken?.subject })
})

/** The path to return to after the log-in: pages for devices only, because any other would be an open redirect. @param {unknown} path */
function returnPath(path) {
  return typeof path === 'string' && /^\/oauth\/devices?(\?[\w.~%=&-]*)?$/.test(path) ? path : '/oauth/device'
}

/** @param {string} back */
function loginPage(back) {
  return `<!doctype html><html lang="en"><title>Log in</title>
<form method="post" action="/login"><label>Your name <input name="name" required autofocus></label>
<input type="hidden" name="return_to" value="${back.replaceAll('&', '&amp;')}"><button>Log in</button></form>`
}

app.listen(port, 'localhost', () => {
  console.log(`As the device: curl -d client_id=tv ${origin}/oauth/device_authorization`)
  console.log(`As its user:   ${origin}/oauth/device`)
})
