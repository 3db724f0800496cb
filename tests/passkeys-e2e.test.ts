// The example in the README of @device-auth/passkeys, running, in a real Chromium with a virtual authenticator; and a phishing
// kit that shows its pages at another origin and passes on all that the victim does.
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { MemoryPasskeyStore } from '@device-auth/passkeys'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeInBrowser, launchChromium } from './browser.ts'
import { freePort } from './free-port.ts'
import { createPerson, type HumanStep, lettersOf, type Person } from './human-times.ts'
import { blocksOf } from './scripts/readme-blocks.ts'

let browser: Browser
let example: Server
let stored: MemoryPasskeyStore
let origin: string
let page: Page
let cdp: CDPSession
let authenticatorId: string
const servers: Server[] = []

async function listen(server: Server, host = 'localhost'): Promise<number> {
  servers.push(server)
  await once(server.listen(0, host), 'listening')
  return (server.address() as AddressInfo).port
}

/** Runs the first block of the README on a free port. */
async function startReadme(): Promise<void> {
  const readme = await readFile(new URL('../packages/passkeys/README.md', import.meta.url), 'utf8')
  const port = await freePort()
  const [block] = blocksOf('README.md', readme)
  const code = (block?.code ?? '')
    .replaceAll('3000', String(port))
    .replace('app.listen(', 'export const server = app.listen(')
    .replace('const deviceAuth =', 'export const passkeys = new MemoryPasskeyStore()\nconst deviceAuth =')
    .replace('passkeys: new MemoryPasskeyStore()', 'passkeys')
  const file = fileURLToPath(new URL(`.generated/passkeys-${port}.ts`, import.meta.url))
  await mkdir(fileURLToPath(new URL('.generated', import.meta.url)), { recursive: true })
  await writeFile(file, code)
  const { server, passkeys }: { server: Server; passkeys: MemoryPasskeyStore } = await import(file)
  example = server
  stored = passkeys
  if (!server.listening) await once(server, 'listening')
  origin = `http://localhost:${port}`
}

/** A phishing kit: its pages are those of the example, and it makes each form look as if it came from there. */
async function startRelay(host: string): Promise<string> {
  const target = new URL(origin)
  const relay = createServer((incoming, outgoing) => {
    const { origin: _, referer, ...kept } = incoming.headers
    const headers = { ...kept, host: target.host, 'sec-fetch-site': 'same-origin', 'accept-encoding': 'identity' }
    const { method, url } = incoming
    const options = { host: 'localhost', port: target.port, method, path: url, headers }
    const forward = request(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(forward)
  })
  return `http://${host}:${await listen(relay, host)}`
}

async function post(path: string, form: Record<string, string>, headers = {}): Promise<Record<string, string>> {
  const answer = await fetch(`${origin}/oauth${path}`, { method: 'POST', body: new URLSearchParams(form), headers })
  return (await answer.json()) as Record<string, string>
}

interface Device {
  readonly code: string
  readonly link: string
  poll(): Promise<string>
}

async function startDevice(userAgent = 'television'): Promise<Device> {
  const codes = await post('/device_authorization', { client_id: 'tv' }, { 'user-agent': userAgent })
  const { user_code = '', device_code = '', verification_uri_complete = '' } = codes
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  return {
    code: user_code,
    link: verification_uri_complete,
    poll: async () => (await post('/token', { client_id: 'tv', device_code, grant_type })).error ?? 'signed in',
  }
}

/** The rows of the table in docs/security/twenty-seconds.md. */
const rows: readonly (readonly [name: string, step?: HumanStep])[] = [
  ['read what the page says', 'read'],
  ['look through the facts', 'scan'],
  ['look at the TV, understand a dialog', 'think'],
  ['point', 'point'],
  ['press', 'press'],
  ['type the code', 'key'],
  ['finger on the reader', 'finger'],
  ['wait for the server', 'response'],
  ['**all**'],
]

const heading = (name: string): Promise<void> => page.getByRole('heading', { level: 1, name }).waitFor()
const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click()
const approve = async (): Promise<void> => {
  await page.getByRole('checkbox', { name: 'on the device in front of me' }).check()
  await press('Approve')
}

async function addPasskey(): Promise<void> {
  await page.goto(`${origin}/oauth/devices`)
  await press('Sign in as Ada')
  await press('Add a passkey')
  await page.locator('.notice', { hasText: 'The passkey is added.' }).waitFor()
}

/** Enters the code on the pages of this origin, up to the confirm page. Signs in first if nobody is. */
async function enter(code: string, at = origin): Promise<void> {
  await page.goto(`${at}/oauth/device`)
  if (page.url().includes('/login')) await press('Sign in as Ada')
  await page.getByRole('textbox').fill(code)
  await press('Continue')
  await heading('Connect this device?')
}

async function counters(): Promise<readonly number[]> {
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
  return credentials.map(({ signCount }) => signCount)
}

/**
 * Reads the page as somebody who has never seen it: every sentence, label and button; the list of facts, and what is small beside it, is
 * looked through.
 */
async function readPage(person: Person): Promise<void> {
  const texts = await page.evaluate<readonly [string, string]>(`(() => {
    const main = document.querySelector('main')
    const small = [...main.querySelectorAll('dl, .soft')].filter((one) => one.parentElement.closest('dl, .soft') === null)
    const facts = small.map((one) => one.innerText).join(' ')
    for (const one of small) one.hidden = true
    const rest = main.innerText
    for (const one of small) one.hidden = false
    return [rest, facts]
  })()`)
  person.take('read', lettersOf(texts[0]))
  person.take('scan', lettersOf(texts[1]))
}

async function pointAndPress(person: Person, press: () => Promise<void>): Promise<void> {
  person.take('point')
  person.take('press')
  await press()
}

/** Types the code, as it is on the screen of the device. */
async function typeCode(person: Person, code: string): Promise<void> {
  person.take('response')
  await page.goto(`${origin}/oauth/device`)
  await readPage(person)
  person.take('think')
  await pointAndPress(person, () => page.getByRole('textbox').click())
  // the dash need not be typed
  person.take('key', lettersOf(code))
  await page.keyboard.type(code.replace('-', ''))
  // "Go" on the keyboard of a phone, under the finger that has typed
  expect(await page.getByRole('textbox').getAttribute('enterkeyhint')).toBe('go')
  person.take('key')
  await page.keyboard.press('Enter')
}

/** Approves on the confirm page, with a passkey. */
async function approveAsPerson(person: Person): Promise<void> {
  person.take('response')
  await heading('Connect this device?')
  const before = person.spent()
  await readPage(person)
  // the code is compared with that on the device
  person.take('think')
  await pointAndPress(person, () => page.getByRole('checkbox', { name: 'on the device in front of me' }).check())
  // the server takes no approval before: a person who reads is never early
  expect(person.spent() - before).toBeGreaterThan(1)
  await pointAndPress(person, () => press('Approve'))
  person.take('think')
  person.take('finger')
  person.take('response')
  await heading('Device connected')
}

describeInBrowser('a passkey at the approval, in Chromium', () => {
  beforeAll(async () => {
    browser = await launchChromium()
    await startReadme()
  })
  afterAll(async () => {
    await browser?.close()
    for (const server of [example, ...servers]) {
      server?.close()
      server?.closeAllConnections()
    }
  })
  beforeEach(async () => {
    // among several passkeys the browser looks for that of the authenticator, which counts the look as well
    for (const { id } of stored.list('ada')) stored.remove('ada', id)
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
    cdp = await page.context().newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    const authenticator = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    } as const
    authenticatorId = (await cdp.send('WebAuthn.addVirtualAuthenticator', { options: authenticator })).authenticatorId
  })
  afterEach(() => page.context().close())

  it('is added on the page of devices, and signs a device in', async () => {
    await addPasskey()
    const device = await startDevice()
    await enter(device.code)
    const [before = 0] = await counters()
    await approve()
    await heading('Device connected')
    expect(await counters()).toEqual([before + 1])
    expect(await device.poll()).toBe('signed in')
    await page.goto(`${origin}/oauth/devices`)
    await page.locator('section').getByText('last used').waitFor()
  })

  it('is asked for again after a user verification that failed', async () => {
    await addPasskey()
    const device = await startDevice()
    await enter(device.code)
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await approve()
    await page.locator('.notice', { hasText: 'The passkey did not work' }).waitFor()
    expect(await device.poll()).toBe('authorization_pending')
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
    await approve()
    await heading('Device connected')
  })

  it('is not needed to decline', async () => {
    await addPasskey()
    const device = await startDevice()
    await enter(device.code)
    await press('Decline')
    await heading('Declined')
    expect(await device.poll()).toBe('access_denied')
  })

  it('gives a phishing kit at another host nothing: the browser refuses', async () => {
    await addPasskey()
    const kit = await startRelay('127.0.0.1')
    const device = await startDevice()
    await enter(device.code, kit)
    const before = await counters()
    await approve()
    await page.locator('.notice', { hasText: 'The passkey did not work' }).waitFor()
    expect(await counters()).toEqual(before)
    expect(await device.poll()).toBe('authorization_pending')
  })

  it('gives a phishing kit under the same relying party id a signature that the server refuses', async () => {
    await addPasskey()
    const kit = await startRelay('localhost')
    const device = await startDevice()
    await enter(device.code, kit)
    const [before = 0] = await counters()
    const answer = page.waitForResponse((response) => response.request().method() === 'POST')
    await approve()
    expect((await answer).status()).toBe(403)
    await page.locator('.notice', { hasText: 'The passkey did not work' }).waitFor()
    // the browser did sign: only the origin in the signature tells the two pages apart
    const [after = 0] = await counters()
    expect(after).toBeGreaterThan(before)
    expect(await device.poll()).toBe('authorization_pending')
    // the kit did reach the server in the victim's name: without a passkey it would have had the approval
    await press('Decline')
    await heading('Declined')
  })

  it('says without JavaScript that it needs JavaScript, and does not approve', async () => {
    await addPasskey()
    const cookies = await page.context().cookies()
    await page.context().close()
    const context = await browser.newContext({ locale: 'en-US', javaScriptEnabled: false })
    await context.addCookies(cookies)
    page = await context.newPage()
    const device = await startDevice()
    await enter(device.code)
    // the locators for text leave out what is inside noscript
    await page.locator('noscript .notice').waitFor()
    await approve()
    await page.locator('.notice', { hasText: 'The passkey did not work' }).waitFor()
    expect(await device.poll()).toBe('authorization_pending')
  })

  it('is no nuisance: somebody who has never seen the page signs a TV in within 20 seconds, by the link in its QR code', async () => {
    await addPasskey()
    const [byLink, byCode] = [createPerson(), createPerson()]
    const first = await startDevice('SmartTV/6.2 (Linux; Tizen 8.0)')
    await page.goto(first.link)
    await approveAsPerson(byLink)
    const second = await startDevice('SmartTV/6.2 (Linux; Tizen 8.0)')
    await typeCode(byCode, second.code)
    await approveAsPerson(byCode)
    for (const { poll } of [first, second]) expect(await poll()).toBe('signed in')
    expect(byLink.spent()).toBeLessThanOrEqual(20)
    // the page that explains the sum has the numbers of today
    const text = await readFile(new URL('../docs/security/twenty-seconds.md', import.meta.url), 'utf8')
    const sums = (step?: HumanStep): string =>
      [byLink, byCode].map((person) => person.spent(step).toFixed(1)).join(' | ')
    expect(text).toContain(rows.map(([name, step]) => `| ${name} | ${sums(step)} |`).join('\n'))
  })
})
