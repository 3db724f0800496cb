// @ts-check
/** A server of plain node:http whose users connect devices: the file to copy. Arrows (→) mark the lines for devices. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { checkToken, createDeviceAuth, deviceClient } from '@device-auth/core'
import { gracefulShutdown, toNodeHandler, writeResponse } from '@device-auth/core/node'

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */

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

/** The application itself. @param {Request} req @param {Response} res */
async function application(req, res) {
  const { pathname, searchParams } = new URL(req.url ?? '', origin)
  if (pathname === '/api/me') await showMe(req, res)
  else if (pathname === '/login' && req.method === 'POST') await logIn(req, res)
  else if (pathname === '/login') {
    res.writeHead(200, { 'content-type': 'text/html' }).end(loginPage(returnPath(searchParams.get('return_to'))))
  } else res.writeHead(404).end('Not found')
}

/** → A resource for signed-in devices. @param {Request} req @param {Response} res */
async function showMe(req, res) {
  const check = await checkToken(deviceAuth, req.headers, { scope: 'profile' })
  if ('response' in check) return writeResponse(res, check.response)
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ name: check.claims.subject }))
}

/** Your log-in asks for a password, and limits the size of a form. @param {Request} req @param {Response} res */
async function logIn(req, res) {
  const form = new URLSearchParams(await text(req))
  const session = randomUUID()
  sessions.set(session, form.get('name') ?? '')
  // lax: the browser has to send the cookie when the user follows the link in the QR code
  res.setHeader('set-cookie', `session=${session}; Path=/; HttpOnly; SameSite=Lax`)
  res.writeHead(303, { location: returnPath(form.get('return_to')) }).end()
}

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

// → the endpoints for devices and the pages for users; all other requests go to the application
const server = createServer(toNodeHandler(deviceAuth, application, { prefix: '/oauth' }))
server.listen(port, 'localhost', () => {
  console.log(`As the device: curl -d client_id=tv ${origin}/oauth/device_authorization`)
  console.log(`As its user:   ${origin}/oauth/device`)
})

// → on SIGTERM the server answers what is under way, loses no request, and ends
const shutDown = gracefulShutdown(server, deviceAuth)
process.on('SIGTERM', shutDown)
