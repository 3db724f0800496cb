// @ts-check
/** The server of devices on one origin, and on another origin a single-page application, index.html, where users approve them. */
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createDeviceAuth, deviceAuthRouter, deviceClient, metadataRouter, requireToken } from '@device-auth/express'
import { dpop } from '@device-auth/jwt'
import express from 'express'

const port = Number(process.env.PORT ?? 3000)
const origin = `http://localhost:${port}`
const appPort = Number(process.env.APP_PORT ?? port + 1)
const appOrigin = `http://localhost:${appPort}`

const deviceAuth = createDeviceAuth({
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  // → a device that proves a key is known when it signs in again, and its user approves it by one press
  keyBinding: dpop(),
  // → the page where users type codes is not built in: it is the application, and only its origin may call the JSON endpoints
  paths: { verification: false, devices: false },
  verificationApi: { origins: [appOrigin] },
  hooks: {
    getVerificationUri: () => `${appOrigin}/`,
    chooseGrantData: ({ request }) => ({ workspace: request.form.get('workspace') ?? 'home' }),
  },
})

/** User names by session cookie. In your application, sessions outlive the process. @type {Map<string, string>} */
const sessions = new Map()

const server = express()
server.use((req, _res, next) => {
  const name = sessions.get(/(?:^|; )session=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '')
  if (name !== undefined) Object.assign(req, { user: { id: name, name } })
  next()
})
server.use(metadataRouter(deviceAuth))
server.use('/oauth', deviceAuthRouter(deviceAuth))
server.get('/login', (req, res) => {
  res.type('html').send(loginPage(codeOf(req.query.user_code)))
})
// your log-in asks for a password
server.post('/login', express.urlencoded({ extended: false }), (req, res) => {
  const session = randomUUID()
  sessions.set(session, String(req.body.name))
  res.cookie('session', session, { httpOnly: true, sameSite: 'lax' })
  // → always back to the application: any other address would be an open redirect
  res.redirect(303, `${appOrigin}/?user_code=${codeOf(req.body.user_code)}`)
})
server.get('/api/me', requireToken(deviceAuth, { scope: 'profile' }), (req, res) => {
  res.json({ name: req.deviceToken?.subject, workspace: req.deviceToken?.data?.workspace })
})

/** @param {unknown} code */
function codeOf(code) {
  return typeof code === 'string' && /^[\w-]{1,64}$/.test(code) ? code : ''
}

/** @param {string} code */
function loginPage(code) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Log in</title><style>:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}input,button{font:inherit;padding:.5rem}</style>
<h1>Log in</h1><form method="post" action="/login"><label>Your name <input name="name" autocomplete="username" required autofocus></label>
<input type="hidden" name="user_code" value="${code}"><button>Log in</button></form>`
}

const page = readFileSync(new URL('index.html', import.meta.url), 'utf8').replace('%SERVER%', origin)
const [script, style] = ['script type="module"', 'style'].map(hashOf)

/** The source of an element of the page for its policy, so that no other script or style runs. @param {string} tag */
function hashOf(tag) {
  const [name] = tag.split(' ')
  const text = new RegExp(`<${tag}>(.*)</${name}>`, 's').exec(page)?.[1] ?? ''
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

const app = express()
app.get('/', (_req, res) => {
  // → no other site may show the page in a frame, or reach its window: a click that was meant for something else must not approve
  res.set({
    'content-security-policy': `default-src 'none'; script-src ${script}; style-src ${style}; connect-src ${origin}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
  })
  res.type('html').send(page)
})

app.listen(appPort, 'localhost', () => {
  server.listen(port, 'localhost', () => {
    console.log(`As the device: curl -d client_id=tv ${origin}/oauth/device_authorization`)
    console.log(`As its user:   ${appOrigin}/`)
  })
})
