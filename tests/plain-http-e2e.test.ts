// The verification page over plain http on a LAN, in a real Chromium. Browsers send no Sec-Fetch-Site there, so the page has to
// recognise its own forms by their Origin.
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDeviceAuth, deviceClient } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, launchChromium } from './browser.ts'

const servers: Server[] = []
let browser: Browser
let port = 0
let issuer = ''

async function serve(makeHandler: (port: number) => RequestListener): Promise<number> {
  const server = createServer()
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address() as AddressInfo
  server.on('request', makeHandler(address.port))
  return address.port
}

async function askForCode(): Promise<string> {
  const body = new URLSearchParams({ client_id: 'tv' })
  const answer = await fetch(`http://127.0.0.1:${port}/device_authorization`, { method: 'POST', body })
  const { user_code = '' } = (await answer.json()) as { user_code?: string }
  return user_code
}

/** Runs in a page; records what the browser says of the form that the page posts. */
async function originOfPost(page: Page, press: () => Promise<void>): Promise<Record<string, string>> {
  const [request] = await Promise.all([page.waitForRequest((one) => one.method() === 'POST'), press()])
  return request.allHeaders()
}

describeInBrowser('the verification page over plain http on a LAN', () => {
  beforeAll(async () => {
    browser = await launchChromium('--host-resolver-rules=MAP *.lan 127.0.0.1')
    port = await serve((own) => {
      issuer = `http://auth.lan:${own}`
      const deviceAuth = createDeviceAuth({
        issuer,
        dangerouslyAllowHttp: true,
        clients: [deviceClient({ client_id: 'tv', scope: 'profile' })],
        hooks: { authenticateUser: () => ({ subject: 'ada' }) },
      })
      return toNodeHandler(deviceAuth)
    })
  })
  afterAll(async () => {
    await browser?.close()
    for (const server of servers) server.close()
  })

  it('6749-10.12-1 takes its own forms', async () => {
    const userCode = await askForCode()
    const page = await browser.newPage()
    await page.goto(`${issuer}/device`)
    await page.getByRole('textbox').fill(userCode)
    const headers = await originOfPost(page, () => page.getByRole('button', { name: 'Continue' }).click())
    expect([headers['sec-fetch-site'], headers.origin]).toEqual([undefined, issuer])
    await page.getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('heading', { level: 1, name: 'Device connected' }).waitFor()
    await page.close()
  })

  it('6749-10.12-1 refuses the form of another site', async () => {
    const userCode = await askForCode()
    const form = `<form method="post" action="${issuer}/device"><input name="user_code" value="${userCode}">
      <button name="action" value="continue">Free films</button></form>`
    const foreign = await serve(
      () => (_req, res) => void res.setHeader('content-type', 'text/html').end(`<!doctype html>${form}`),
    )
    const page = await browser.newPage()
    await page.goto(`http://films.lan:${foreign}/`)
    const headers = await originOfPost(page, () => page.getByRole('button', { name: 'Free films' }).click())
    expect([headers['sec-fetch-site'], headers.origin]).toEqual([undefined, `http://films.lan:${foreign}`])
    await page.getByRole('heading', { level: 1, name: 'Not from here' }).waitFor()
    await page.close()
  })
})
