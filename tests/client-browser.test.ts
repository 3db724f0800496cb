// The client in Chromium, in a page and in a worker, with our server.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDeviceAuth, type DeviceAuth, deviceClient } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, launchChromium } from './browser.ts'
import { bundle } from './client-bundle.ts'

/** The code that runs in the browser: it signs in, and reports the results. */
const program = `
import { createDpopProver } from '@device-auth/client/dpop'
import { createPkce, DeviceFlow, pollDeviceToken } from '@device-auth/client'

async function run(origin) {
  const issuer = origin + '/oauth'
  const options = { dangerouslyAllowHttp: true }
  const flow = new DeviceFlow({ issuer, clientId: 'tv', scope: 'profile', ...options })
  flow.on('authorizeWithUserCode', ({ userCode }) => fetch('/approve/' + userCode))
  const { ok, scope } = await flow.run()
  const refreshed = await flow.refreshTokens()
  flow.close()
  const aborted = new AbortController()
  const pending = new DeviceFlow({ issuer, clientId: 'tv', signal: aborted.signal, ...options })
  pending.on('poll', () => aborted.abort())
  const { outcome } = await pending.run()
  const poll = { address: origin + '/redirect', clientId: 'tv', deviceCode: 'x' }
  const { error } = await pollDeviceToken(poll, options)
  const proof = await (await createDpopProver()).prove('POST', origin)
  const { codeChallenge } = await createPkce()
  return { ok, scope, refreshed: refreshed.ok, outcome, error, proof: proof.split('.').length, codeChallenge }
}
globalThis.run = run
if (typeof document === 'undefined') run(location.origin).then(postMessage, (error) => postMessage(String(error)))
`

describeInBrowser('the client in Chromium', () => {
  let server: Server
  let browser: Browser
  let page: Page
  let origin: string
  beforeAll(async () => {
    const script = await bundle('browser', program)
    server = createServer()
    await once(server.listen(0, 'localhost'), 'listening')
    origin = `http://localhost:${(server.address() as AddressInfo).port}`
    const clients = [deviceClient({ client_id: 'tv', scope: 'profile' })]
    const deviceAuth: DeviceAuth = createDeviceAuth({ issuer: `${origin}/oauth`, interval: 1, clients })
    const handler = toNodeHandler(
      deviceAuth,
      async (req, res) => {
        const path = req.url ?? ''
        if (path === '/redirect') return void res.writeHead(307, { location: '/elsewhere' }).end()
        if (path.startsWith('/approve/')) await deviceAuth.approve(path.slice(9), { subject: 'ada' })
        const type = path === '/script.js' ? 'text/javascript' : 'text/html'
        const body = path === '/script.js' ? script : '<script type="module" src="/script.js"></script>'
        res.writeHead(200, { 'content-type': type }).end(body)
      },
      { prefix: '/oauth' },
    )
    server.on('request', handler)
    browser = await launchChromium()
    page = await browser.newPage()
    await page.goto(origin)
  })
  afterAll(async () => {
    await browser.close()
    server.closeAllConnections()
    server.close()
  })

  it.each([
    ['a page', `run('@')`],
    [
      'a worker',
      `new Promise((resolve) => (new Worker('/script.js', { type: 'module' }).onmessage = ({ data }) => resolve(data)))`,
    ],
  ])('in %s: discovery, sign-in, refresh, abort, a refused redirect, a DPoP proof', async (_name, code) => {
    await page.waitForFunction('globalThis.run')
    expect(await page.evaluate(code.replace('@', origin))).toEqual({
      ok: true,
      scope: 'profile',
      refreshed: true,
      outcome: 'aborted',
      error: 'redirect_refused',
      proof: 3,
      codeChallenge: expect.stringMatching(/^[\w-]{43}$/),
    })
  })
})
