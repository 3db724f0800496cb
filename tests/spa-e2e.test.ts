// examples/spa, running as its README says, in a real Chromium: users sign a device in on the page of another origin.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createDpopProver, type DpopProver } from '@device-auth/client/dpop'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { describeInBrowser, launchChromium } from './browser.ts'
import { examples, json, post, printed } from './example.ts'
import { freePort } from './free-port.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Puts the clock of the example 11 minutes ahead when it gets a signal: its codes live for 10. */
const clock = `data:text/javascript,const now=Date.now;let ahead=0;Date.now=()=>now()+ahead;process.on('SIGUSR2',()=>{ahead+=660000})`

let example: ChildProcess
let browser: Browser
let context: BrowserContext
let page: Page
let [server, app] = ['', '']
/** The session of a user who is logged in. */
let session = ''

async function startExample(): Promise<void> {
  const [port, appPort] = [await freePort(), await freePort()]
  server = `http://localhost:${port}`
  app = `http://localhost:${appPort}`
  const env = { ...process.env, PORT: String(port), APP_PORT: String(appPort) }
  example = spawn(process.execPath, ['--import', clock, 'server.js'], { cwd: join(examples, 'spa'), env })
  await printed(example, 'As its user:')
  const loggedIn = await post(`${server}/login`, { name: 'ada' })
  session = /session=([\w-]+)/.exec(loggedIn.headers.get('set-cookie') ?? '')?.[1] ?? ''
}

async function openBrowser(options: BrowserContextOptions): Promise<void> {
  context = await browser.newContext({ locale: 'en-US', ...options })
  await context.addCookies([{ name: 'session', value: session, url: server }])
  page = await context.newPage()
}

/** @param prover - Proves the key of the device with each of its requests. */
async function startDevice(prover?: DpopProver) {
  const ask = async (path: string, form: Record<string, string>): Promise<Record<string, string>> => {
    const url = `${server}/oauth/${path}`
    const proof: Record<string, string> = prover === undefined ? {} : { dpop: await prover.prove('POST', url) }
    const body = new URLSearchParams({ client_id: 'tv', ...form })
    return json(await fetch(url, { method: 'POST', body, headers: proof }))
  }
  const codes = await ask('device_authorization', { scope: 'profile' })
  const { user_code = '', device_code = '', verification_uri_complete: link = '' } = codes
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const poll = async () => ask('token', { device_code, grant_type })
  return { code: user_code, link, poll }
}

const heading = (name: string): Promise<void> => page.getByRole('heading', { level: 1, name }).waitFor()
const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click()
const alert = (text: string): Promise<void> => page.getByRole('alert').filter({ hasText: text }).waitFor()
const tick = (): Promise<void> => page.getByRole('checkbox', { name: 'on the device in front of me' }).check()

/** Types a code and goes on. */
async function enter(code: string): Promise<void> {
  await page.goto(app)
  await page.getByLabel('Code shown on your device').fill(code)
  await press('Continue')
}

async function findings(): Promise<readonly string[]> {
  const { violations } = await page.evaluate<AxeResults>(`${axe};axe.run()`)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

const fits = (): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')

describeInBrowser('examples/spa', () => {
  beforeAll(async () => {
    await startExample()
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    example?.kill()
  })
  beforeEach(async () => {
    await openBrowser({ viewport: { width: 390, height: 844 } })
  })
  afterEach(() => context.close())

  it('8628-3.3-1 signs a device in by a typed code, with the log-in on the way', async () => {
    const { code, poll } = await startDevice()
    await context.clearCookies()
    await enter(code.toLowerCase())
    await page.getByLabel('Your name').fill('ada')
    await press('Log in')
    // the code came along, and nothing is looked up before the press of a button
    await expect.poll(() => page.getByLabel('Code shown on your device').inputValue()).toBe(code.toLowerCase())
    await press('Continue')
    await heading('Connect this device?')
    const text = await page.locator('main').textContent()
    for (const shown of [code, 'Living-room TV', 'This app cannot prove who it is', 'See your name', 'ada'])
      expect(text).toContain(shown)
    await page.getByLabel('Workspace').selectOption('work')
    await tick()
    await press('Approve')
    await heading('Device connected')
    const { access_token } = await poll()
    const me = await fetch(`${server}/api/me`, { headers: { authorization: `Bearer ${access_token}` } })
    expect(await json(me)).toEqual({ name: 'ada', workspace: 'work' })
  })

  it('8628-3.5-7 declines', async () => {
    const { code, poll } = await startDevice()
    await enter(code)
    await heading('Connect this device?')
    await press('Decline')
    await heading('Declined')
    expect(await poll()).toMatchObject({ error: 'access_denied' })
  })

  it('looks up the code of a link only after a press of the button', async () => {
    const { code, link } = await startDevice()
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto(link)
    expect(await page.getByLabel('Code shown on your device').inputValue()).toBe(code)
    expect(asked).toEqual(['/'])
    // the code is gone from the address, so no history keeps it
    expect(page.url()).toBe(`${app}/`)
  })

  it('keeps a wrong code in the field, selected, so that the next key replaces it', async () => {
    await enter('BCDF-BCDF')
    await alert('This code is not valid')
    const { code } = await startDevice()
    await page.keyboard.type(code)
    expect(await page.getByLabel('Code shown on your device').inputValue()).toBe(code)
    await page.keyboard.press('Enter')
    await heading('Connect this device?')
  })

  it('asks for the tick, and does not take the tick of an earlier request', async () => {
    const first = await startDevice()
    await enter(first.code)
    await press('Approve')
    await alert('Tick the box first')
    await tick()
    await press('Decline')
    await heading('Declined')
    const second = await startDevice()
    await enter(second.code)
    await heading('Connect this device?')
    expect(await page.getByRole('checkbox').isChecked()).toBe(false)
  })

  it('XD-6.1.7 a device that the user has approved before needs no tick, until it is signed out', async () => {
    const prover = await createDpopProver()
    const box = page.getByRole('checkbox', { name: 'on the device in front of me' })
    const first = await startDevice(prover)
    await enter(first.code)
    await heading('Connect this device?')
    expect([await box.isVisible(), await page.locator('#known').textContent()]).toEqual([true, ''])
    await tick()
    await press('Approve')
    await heading('Device connected')
    const { refresh_token = '' } = await first.poll()
    const second = await startDevice(prover)
    await enter(second.code)
    await heading('Connect this device?')
    expect(await page.locator('#known').textContent()).toMatch(/^You approved this device on .*\d{4}\.$/)
    expect(await box.isVisible()).toBe(false)
    // one press, and not in the first second
    expect(await page.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true)
    await press('Approve')
    await heading('Device connected')
    const again = await second.poll()
    const third = await startDevice(prover)
    await enter(third.code)
    await heading('Connect this device?')
    for (const token of [refresh_token, again.refresh_token ?? ''])
      expect((await post(`${server}/oauth/revoke`, { client_id: 'tv', token })).status).toBe(200)
    await press('Approve')
    await alert('Tick the box first')
    expect([await box.isVisible(), await page.locator('#known').textContent()]).toEqual([true, ''])
    expect(await third.poll()).toMatchObject({ error: 'authorization_pending' })
  })

  it('does nothing with Enter in the box, and lets nobody approve at once', async () => {
    const { code, poll } = await startDevice()
    await enter(code)
    await heading('Connect this device?')
    expect(await page.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true)
    await tick()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByRole('button', { name: 'Approve' }).isEnabled()).toBe(true)
    expect(await poll()).toMatchObject({ error: 'authorization_pending' })
  })

  it('approves once when Approve is clicked twice, and says that it worked', async () => {
    const { code, poll } = await startDevice()
    await enter(code)
    await tick()
    await page.getByRole('button', { name: 'Approve' }).dblclick()
    await heading('Device connected')
    expect(await page.locator('#message').textContent()).toBe('')
    expect(await poll()).toHaveProperty('access_token')
  })

  it('shows texts of devices as text', async () => {
    const form = { client_id: 'tv', device_name: '<img src=x onerror=alert(1)>', binding_message: 'Blue horse 7' }
    const { user_code = '' } = await json(await post(`${server}/oauth/device_authorization`, form))
    await enter(user_code)
    await heading('Connect this device?')
    expect(await page.locator('#facts').textContent()).toContain('<img src=x onerror=alert(1)>')
    expect(await page.locator('#facts').locator('img').count()).toBe(0)
  })

  it('keeps the page as it is while the server does not answer', async () => {
    const { code, poll } = await startDevice()
    await enter(code)
    await tick()
    await page.route('**/device/decide', (route) => route.abort())
    await press('Approve')
    await alert('That did not work. Try again.')
    await page.unroute('**/device/decide')
    await press('Approve')
    await heading('Device connected')
    expect(await poll()).toHaveProperty('access_token')
  })

  it.each(['light', 'dark'] as const)('fits 320 pixels, and axe-core finds nothing: %s', async (colorScheme) => {
    await context.close()
    await openBrowser({ viewport: { width: 320, height: 640 }, colorScheme, bypassCSP: true })
    const { code } = await startDevice()
    const check = async (): Promise<void> =>
      expect({ found: await findings(), fits: await fits() }).toEqual({ found: [], fits: true })
    await page.goto(app)
    await check()
    await enter('BCDF-BCDF')
    await alert('This code is not valid')
    await check()
    await enter(code)
    await heading('Connect this device?')
    await expect.poll(() => page.getByRole('button', { name: 'Approve' }).isEnabled()).toBe(true)
    await check()
    await press('Decline')
    await heading('Declined')
    await check()
  })

  it('F-40 a page of a third origin can neither show nor decide, nor show the page in a frame', async () => {
    const { code, poll } = await startDevice()
    await enter(code)
    await heading('Connect this device?')
    const site = createServer(
      (_request, response) => void response.setHeader('content-type', 'text/html').end('<!doctype html>'),
    )
    await new Promise<void>((resolve) => site.listen(0, 'localhost', resolve))
    try {
      const evil = await context.newPage()
      await evil.goto(`http://localhost:${(site.address() as AddressInfo).port}`)
      const attempt = (path: string, fields: object, type: string): Promise<unknown> =>
        evil.evaluate(`fetch('${server}/oauth/device${path}', { method: 'POST', credentials: 'include',
          headers: { 'content-type': '${type}' }, body: '${JSON.stringify(fields)}' })`)
      const wrong = { user_code: 'BCDF-BCDF' }
      await expect(attempt('/present', wrong, 'application/json')).rejects.toThrow('fetch')
      // without a question to the server, as a form can send it
      await expect(attempt('/present', wrong, 'text/plain')).rejects.toThrow('fetch')
      await evil.setContent(`<iframe src="${app}/"></iframe>`)
      await expect.poll(() => evil.frames()[1]?.url()).toMatch(/^chrome-error/)
    } finally {
      site.close()
      site.closeAllConnections()
    }
    expect(await poll()).toMatchObject({ error: 'authorization_pending' })
    await tick()
    await press('Approve')
    await heading('Device connected')
  })

  // an example of its own, because the other tests need a clock that is right
  describe('whose clock is moved', () => {
    let others: readonly [ChildProcess, string, string, string]
    beforeAll(async () => {
      others = [example, server, app, session]
      await startExample()
    })
    afterAll(() => {
      example.kill()
      ;[example, server, app, session] = others
    })

    it('8628-3.5-8 says that an expired code is not valid', async () => {
      const { code, poll } = await startDevice()
      await enter(code)
      await tick()
      await expect.poll(() => page.getByRole('button', { name: 'Approve' }).isEnabled()).toBe(true)
      example.kill('SIGUSR2')
      await expect.poll(async () => (await poll()).error).toBe('expired_token')
      await press('Approve')
      await alert('It may have expired')
      expect(await page.getByLabel('Code shown on your device').isVisible()).toBe(true)
    })
  })
})
