// Users approve with a passkey on a page that is not on the origin of the server, in a real Chromium with a virtual authenticator.
// The server is at auth.example.localhost, the page at app.example.localhost, so `rpId` is example.localhost. A third page of the
// same domain belongs to an attacker.
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDeviceAuth, type DeviceAuth, deviceClient, type OAuthRequest, type PageContent } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { MemoryPasskeyStore, passkeyApproval } from '@device-auth/passkeys'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, launchChromium } from './browser.ts'

const servers: Server[] = []
let browser: Browser
let context: BrowserContext
let page: Page
let deviceAuth: DeviceAuth
let [auth, app, evil] = ['', '', '']

async function listen(host: string, listener?: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await once(server.listen(0, 'localhost'), 'listening')
  return `http://${host}.example.localhost:${(server.address() as AddressInfo).port}`
}

const userOf = ({ headers }: Pick<OAuthRequest, 'headers'>) => {
  const subject = /user=(\w+)/.exec(String(headers.cookie ?? ''))?.[1]
  return subject === undefined ? undefined : { subject, session: 'one' }
}

async function startServers(): Promise<void> {
  app = await listen('app', (request, response) => void answerApp(request, response))
  evil = await listen('evil', (_request, response) => void response.setHeader('content-type', 'text/html').end())
  auth = await listen('auth')
  deviceAuth = createDeviceAuth({
    issuer: `${auth}/oauth`,
    clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile films' })],
    loginUrl: '/login',
    verificationApi: { origins: [app] },
    pages: { approvalDelay: 0 },
    hooks: { authenticateUser: userOf, onError: () => undefined },
    approval: passkeyApproval({
      passkey: 'required',
      passkeys: new MemoryPasskeyStore(),
      enrol: () => true,
      rpId: 'example.localhost',
    }),
  })
  const handler = toNodeHandler(deviceAuth, undefined, { prefix: '/oauth' })
  servers.at(-1)?.on('request', (request, response) => void handler(request, response))
}

/** The application's own server: an empty page, and `present` and `decide` for it by the functions of the library. */
const answerApp: RequestListener = async (request, response) => {
  if (request.method !== 'POST') return void response.setHeader('content-type', 'text/html').end()
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { user_code: userCode, handle, proof } = JSON.parse(Buffer.concat(chunks).toString())
  const { headers } = request
  const user = userOf({ headers })
  if (user === undefined) throw new Error('nobody is signed in')
  const visitor = { user, request: { headers, ip: '127.0.0.1', native: undefined }, origin: app }
  const { verification } = deviceAuth
  const answer =
    userCode === undefined
      ? await verification.decide({ ...visitor, handle, approved: true, ownDevice: true, proof })
      : await verification.present({ ...visitor, userCode })
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
}

/** The steps of the page. As a text, because they run in the browser and know no types of this file. */
const steps = `
  globalThis.post = async (url, fields) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', credentials: 'include', headers, body: JSON.stringify(fields) })
    return response.json()
  }
  // the options as text, as the server gave them
  globalThis.sign = async (options) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options))
    return JSON.stringify(await navigator.credentials.get({ publicKey }))
  }`

type Confirm = Extract<PageContent, { page: 'confirm' }>

const inPage = <Result>(name: 'post' | 'sign', ...given: readonly unknown[]): Promise<Result> =>
  page.evaluate(`${name}(...${JSON.stringify(given)})`)

/** The addresses of `present` and `decide`: the JSON endpoints of the server, or the application's own over the functions. */
const ways = [
  ['the JSON endpoints', () => [`${auth}/oauth/device/present`, `${auth}/oauth/device/decide`]],
  ['the functions', () => [`${app}/present`, `${app}/decide`]],
] as const

async function post(path: string, form: Record<string, string>): Promise<Record<string, string>> {
  const url = `${auth.replace('auth.example.', '')}/oauth${path}`
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
  return (await answer.json()) as Record<string, string>
}

async function startDevice(scope = 'profile') {
  const { user_code = '', device_code = '' } = await post('/device_authorization', { client_id: 'tv', scope })
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  return {
    code: user_code,
    poll: async () => (await post('/token', { client_id: 'tv', device_code, grant_type })).error ?? 'signed in',
  }
}

async function open(origin: string): Promise<void> {
  await page.goto(origin)
  await page.evaluate(steps)
}

/** Calls `decide` as a program would that has stolen the user's cookie, with any `Origin`. */
async function decideFrom(origin: string, fields: object): Promise<PageContent> {
  const response = await fetch(`${auth.replace('auth.example.', '')}/oauth/device/decide`, {
    method: 'POST',
    headers: { origin, cookie: 'user=ada', 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  })
  return (await response.json()) as PageContent
}

const optionsOf = ({ proof }: Confirm): string => proof?.script?.options ?? ''
const approval = ({ handle }: Confirm, proof: string) => ({ handle, action: 'approve', own_device: 'yes', proof })
const failed = { page: 'confirm', proof: { failed: true } }

describeInBrowser('a passkey at an approval on another origin, in Chromium', () => {
  beforeAll(async () => {
    await startServers()
    browser = await launchChromium()
    context = await browser.newContext({ locale: 'en-US' })
    await context.addCookies([auth, app].map((url) => ({ name: 'user', value: 'ada', url })))
    page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    const options = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true } as const
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', automaticPresenceSimulation: true, ...options },
    })
    // the passkey is registered on the built-in page of devices, at the origin of the server
    await page.goto(`${auth}/oauth/devices`)
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.locator('.notice', { hasText: 'The passkey is added.' }).waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  })

  it.each(ways)('signs a device in by %s, and a proof works once', async (_name, addresses) => {
    const [present = '', decide = ''] = addresses()
    const device = await startDevice()
    await open(app)
    const shown = await inPage<Confirm>('post', present, { user_code: device.code })
    expect(shown).toMatchObject({ page: 'confirm', account: 'ada', request: { clientName: 'Living-room TV' } })
    expect(JSON.parse(optionsOf(shown))).toMatchObject({ rpId: 'example.localhost', userVerification: 'required' })
    // without a proof, nothing is approved
    expect(await inPage('post', decide, approval(shown, ''))).toMatchObject(failed)
    const proof = await inPage<string>('sign', optionsOf(shown))
    const answer = approval(shown, proof)
    expect(await inPage('post', decide, answer)).toMatchObject({ page: 'done', clientName: 'Living-room TV' })
    expect(await inPage('post', decide, answer)).toMatchObject({ page: 'error', error: 'alreadyAnswered' })
    expect(await device.poll()).toBe('signed in')
  })

  it.each(ways)(
    'by %s, a proof fits no other request, and no other showing of the same one',
    async (_name, addresses) => {
      const [present = '', decide = ''] = addresses()
      const devices = [await startDevice('profile'), await startDevice('profile films')]
      await open(app)
      const [first, wider] = await Promise.all(
        devices.map(({ code }) => inPage<Confirm>('post', present, { user_code: code })),
      )
      const again = await inPage<Confirm>('post', present, { user_code: devices[0]?.code })
      if (first === undefined || wider === undefined) throw new Error('no pages')
      const challenges = [first, wider, again].map((shown) => JSON.parse(optionsOf(shown)).challenge)
      expect(new Set(challenges).size).toBe(3)
      const proof = await inPage<string>('sign', optionsOf(first))
      for (const other of [wider, again])
        expect(await inPage('post', decide, approval(other, proof))).toMatchObject(failed)
      for (const { poll } of devices) expect(await poll()).toBe('authorization_pending')
      expect(await inPage('post', decide, approval(first, proof))).toMatchObject({ page: 'done' })
    },
  )

  it('gives a page of the same domain, with the same relying party id, nothing', async () => {
    const device = await startDevice()
    await open(app)
    const shown = await inPage<Confirm>('post', `${auth}/oauth/device/present`, { user_code: device.code })
    await open(evil)
    // the browser sends the cookie, but keeps the answer; the server has looked nothing up
    await expect(inPage('post', `${auth}/oauth/device/present`, { user_code: device.code })).rejects.toThrow('fetch')
    expect(await decideFrom(evil, approval(shown, ''))).toMatchObject({ page: 'error', error: 'crossOrigin' })
    // the browser signs for it, because the relying party id is right: only the origin in the signature tells the pages apart
    const proof = await inPage<string>('sign', optionsOf(shown))
    for (const origin of [app, auth]) expect(await decideFrom(origin, approval(shown, proof))).toMatchObject(failed)
    expect(await device.poll()).toBe('authorization_pending')
  })

  it('takes a proof that was made on the page of the application only from there', async () => {
    const device = await startDevice()
    await open(app)
    const shown = await inPage<Confirm>('post', `${auth}/oauth/device/present`, { user_code: device.code })
    const proof = await inPage<string>('sign', optionsOf(shown))
    expect(await decideFrom(auth, approval(shown, proof))).toMatchObject(failed)
    expect(await decideFrom(app, approval(shown, proof))).toMatchObject({ page: 'done' })
  })

  it('leads a user without a passkey to the page of devices of the server', async () => {
    const device = await startDevice()
    await context.addCookies([{ name: 'user', value: 'eve', url: auth }])
    await open(app)
    const shown = await inPage<Confirm>('post', `${auth}/oauth/device/present`, { user_code: device.code })
    const { text, link, script } = shown.proof ?? {}
    expect({ text, script }).toEqual({ text: expect.stringContaining('passkey'), script: undefined })
    // the page is on another origin, so a path alone would lead astray
    expect(link?.url).toBe(`${auth}/oauth/devices`)
  })
})
