// The demo in a real Chromium: the TV page in one window, the phone in another.
import type { DeviceAuthorizationResponse, TokenResponse } from '@device-auth/express'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { encode } from 'uqr'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeInBrowser, launchChromium } from './browser.ts'
import { type RunningExample, startExample } from './e2e-app.ts'

interface Tv {
  readonly page: Page
  readonly codes: DeviceAuthorizationResponse
}

const phoneSize = { width: 390, height: 844 }
let browser: Browser
let example: RunningExample
let contexts: BrowserContext[] = []
/** Errors of the browser: scripts, missing files, and everything that the Content-Security-Policy refuses. */
let complaints: string[] = []

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  contexts.push(context)
  context.on('weberror', (error) => complaints.push(String(error.error())))
  context.on('console', (message) => {
    // Chromium logs every 400 as an error, but 400 is the normal answer to a pending poll
    const poll = message.location().url.endsWith('/oauth/token') && message.text().includes('status of 400')
    if (message.type() === 'error' && !poll) complaints.push(`${message.location().url}: ${message.text()}`)
  })
  return context.newPage()
}

async function openTv(): Promise<Tv> {
  const page = await open({ viewport: { width: 1280, height: 720 } })
  return { page, codes: await newCodes(page, () => page.goto(`${example.origin}/tv`)) }
}

async function newCodes(page: Page, start: () => Promise<unknown>): Promise<DeviceAuthorizationResponse> {
  const [response] = await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith('/oauth/device_authorization')),
    start(),
  ])
  await page.locator('#waiting').waitFor()
  return (await response.json()) as DeviceAuthorizationResponse
}

const openPhone = (options: BrowserContextOptions = {}): Promise<Page> => open({ viewport: phoneSize, ...options })

/** Does something that leads to another page, and waits for that page, so that nothing is typed into the old one. */
async function go(page: Page, act: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForEvent('load'), act()])
}

async function logIn(page: Page, username = 'ada', password = 'engine'): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password').fill(password)
  await go(page, () => page.getByRole('button', { name: 'Sign in', exact: true }).click())
}

/** A phone whose user is signed in and sees the field for the code. */
async function openSignedIn(username?: string, password?: string): Promise<Page> {
  const page = await openPhone()
  await page.goto(`${example.origin}/oauth/device`)
  await logIn(page, username, password)
  await codeField(page).waitFor()
  return page
}

const codeField = (page: Page) => page.locator('input[name=user_code]')
const approveButton = (page: Page) => page.locator('button[value=approve]')
const denyButton = (page: Page) => page.locator('button[value=deny]')
/** Ticks the box and presses the button, which works after a second. */
async function approve(page: Page): Promise<void> {
  await ownDevice(page).check()
  await approveButton(page).click()
}
const ownDevice = (page: Page) => page.locator('input[name=own_device]')
const heading = (page: Page, text: string) => page.getByRole('heading', { level: 1, name: text })

async function enterCode(page: Page, code: string): Promise<void> {
  await codeField(page).fill(code)
  await go(page, () => codeField(page).press('Enter'))
}

describeInBrowser('the demo in Chromium', () => {
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    complaints = []
    example = await startExample()
  })
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()))
    contexts = []
    example.close()
    expect(complaints).toEqual([])
  })

  it('after a code in lower case with spaces, a log-in and an approval, the TV changes by itself and its tokens work', async () => {
    const tv = await openTv()
    expect(await tv.page.locator('#code').textContent()).toBe(tv.codes.user_code)
    const issued = tv.page.waitForResponse((answer) => answer.url().endsWith('/oauth/token') && answer.ok())
    const phone = await openPhone()
    await phone.goto(tv.codes.verification_uri)
    expect(new URL(phone.url()).pathname).toBe('/login')
    await logIn(phone)
    await enterCode(phone, ` ${tv.codes.user_code.toLowerCase().replace('-', ' ').split('').join(' ')} `)
    await approveButton(phone).waitFor()
    expect(await phone.locator('main').textContent()).toContain(tv.codes.user_code)
    expect(await phone.locator('main').textContent()).toContain('Living-room TV')
    expect(await phone.locator('main').textContent()).toContain('Ada Lovelace')
    await approve(phone)
    await heading(phone, 'Device connected').waitFor()
    await heading(tv.page, 'Hello, Ada Lovelace').waitFor()

    const token = (await (await issued).json()) as TokenResponse
    const form = { grant_type: 'refresh_token', client_id: 'tv', refresh_token: token.refresh_token ?? '' }
    const refreshed = await fetch(`${example.origin}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
    const { access_token } = (await refreshed.json()) as TokenResponse
    const me = () => fetch(`${example.origin}/api/me`, { headers: { authorization: `Bearer ${access_token}` } })
    expect(await (await me()).json()).toEqual({ name: 'Ada Lovelace' })
    expect((await fetch(`${example.origin}/api/me`)).status).toBe(401)
  })

  it('the TV changes the moment Approve or Decline is pressed, whatever the interval of its polls', async () => {
    example.close()
    example = await startExample({ interval: 60 })
    const [approved, denied] = [await openTv(), await openTv()]
    const phone = await openSignedIn()
    await enterCode(phone, approved.codes.user_code)
    await ownDevice(phone).check()
    await approveButton(phone).click()
    await heading(approved.page, 'Hello, Ada Lovelace').waitFor({ timeout: 10_000 })
    await phone.goto(denied.codes.verification_uri_complete ?? '')
    await denyButton(phone).click()
    await heading(denied.page, 'Declined').waitFor({ timeout: 10_000 })
  })

  it('signing out on the TV ends its tokens and shows a new code', async () => {
    const tv = await openTv()
    const issued = tv.page.waitForResponse((answer) => answer.url().endsWith('/oauth/token') && answer.ok())
    await example.deviceAuth.approve(tv.codes.user_code, { subject: 'grace' })
    await heading(tv.page, 'Hello, Grace Hopper').waitFor()
    const { access_token } = (await (await issued).json()) as TokenResponse
    const leave = tv.page.getByRole('button', { name: 'Sign out' })
    expect(await leave.evaluate((button) => button === button.ownerDocument.activeElement)).toBe(true)
    const next = await newCodes(tv.page, () => leave.press('Enter'))
    expect(next.user_code).not.toBe(tv.codes.user_code)
    expect(await example.deviceAuth.authenticate(access_token)).toBeUndefined()
  })

  it('verification_uri_complete, the address in the QR code: the code is kept over the log-in and still needs an approval', async () => {
    const tv = await openTv()
    const link = tv.codes.verification_uri_complete ?? ''
    const { data } = encode(link, { border: 0 })
    const dots = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
    expect(await tv.page.locator('#qr path').getAttribute('d')).toBe(dots)

    const phone = await openPhone()
    await phone.goto(link)
    // the code is not in the address of the log-in, nor in that of the page after it
    expect(phone.url()).not.toContain(tv.codes.user_code)
    await logIn(phone)
    await approveButton(phone).waitFor()
    expect(phone.url()).not.toContain(tv.codes.user_code)
    expect(await phone.locator('main').textContent()).toContain(tv.codes.user_code)
    expect(await example.deviceAuth.find(tv.codes.user_code)).toBeDefined()
    await approve(phone)
    await heading(tv.page, 'Hello, Ada Lovelace').waitFor()
  })

  it('the TV shows a denial and offers a new code', async () => {
    const tv = await openTv()
    const phone = await openSignedIn()
    await enterCode(phone, tv.codes.user_code)
    await denyButton(phone).click()
    await heading(phone, 'Declined').waitFor()
    await heading(tv.page, 'Declined').waitFor()
    const next = await newCodes(tv.page, () => tv.page.keyboard.press('Enter'))
    expect(next.user_code).not.toBe(tv.codes.user_code)
  })

  it('the page reports a wrong code, and then accepts the right one', async () => {
    const tv = await openTv()
    const phone = await openSignedIn()
    for (const wrong of ['BBBB-BBBB', 'nonsense!', '<script>alert(1)</script>']) {
      await enterCode(phone, wrong)
      await phone.getByRole('alert').waitFor()
      expect(await phone.getByRole('alert').textContent()).toContain('not valid')
      expect(await approveButton(phone).count()).toBe(0)
    }
    await enterCode(phone, tv.codes.user_code)
    await approve(phone)
    await heading(tv.page, 'Hello, Ada Lovelace').waitFor()
  })

  it('the phone refuses an expired code; the TV reports the end, and its new code works', async () => {
    const tv = await openTv()
    const phone = await openSignedIn()
    example.advance(601)
    await enterCode(phone, tv.codes.user_code)
    expect(await phone.getByRole('alert').textContent()).toContain('not valid')
    await heading(tv.page, 'This code has expired').waitFor()
    const next = await newCodes(tv.page, () => tv.page.getByRole('button', { name: 'New code' }).click())
    await enterCode(phone, next.user_code)
    await approve(phone)
    await heading(tv.page, 'Hello, Ada Lovelace').waitFor()
  })

  it('a code that expires while the user reads the confirm page cannot be approved', async () => {
    const tv = await openTv()
    const phone = await openSignedIn()
    await enterCode(phone, tv.codes.user_code)
    await approveButton(phone).waitFor()
    example.advance(601)
    const [answer] = await Promise.all([phone.waitForResponse(/\/oauth\/device/), approve(phone)])
    expect(answer.status()).toBe(404)
    await heading(phone, 'Not valid any more').waitFor()
    await heading(tv.page, 'This code has expired').waitFor()
    // Chromium reports the 404, which is the expected answer here
    complaints = complaints.filter((complaint) => !complaint.includes('status of 404'))
  })

  it('with two codes in two tabs, each tab decides its own', async () => {
    const [first, second] = [await openTv(), await openTv()]
    const tab = await openSignedIn()
    await enterCode(tab, first.codes.user_code)
    await approveButton(tab).waitFor()
    const other = await tab.context().newPage()
    await other.goto(second.codes.verification_uri_complete ?? '')
    await denyButton(other).waitFor()
    expect(await other.locator('main').textContent()).toContain(second.codes.user_code)
    // first the older tab, then the newer one
    await approve(tab)
    await heading(tab, 'Device connected').waitFor()
    await denyButton(other).click()
    await heading(other, 'Declined').waitFor()
    await heading(first.page, 'Hello, Ada Lovelace').waitFor()
    await heading(second.page, 'Declined').waitFor()
  })

  it('if the session ends while the code is typed, the code is kept over the new log-in', async () => {
    const tv = await openTv()
    const phone = await openSignedIn()
    await codeField(phone).fill(tv.codes.user_code)
    await phone.context().clearCookies()
    await go(phone, () => codeField(phone).press('Enter'))
    await heading(phone, 'Sign in first').waitFor()
    complaints = complaints.filter((complaint) => !complaint.includes('status of 401'))
    await go(phone, () => phone.getByRole('link', { name: 'Sign in' }).click())
    await logIn(phone)
    await approveButton(phone).waitFor()
    expect(await phone.locator('main').textContent()).toContain(tv.codes.user_code)
    await approve(phone)
    await heading(tv.page, 'Hello, Ada Lovelace').waitFor()
  })

  it('after the account is switched in another tab, an approval is asked for again, with the new account', async () => {
    const tv = await openTv()
    const phone = await openSignedIn()
    await phone.goto(tv.codes.verification_uri_complete ?? '')
    await approveButton(phone).waitFor()
    const other = await phone.context().newPage()
    await other.goto(`${example.origin}/login`)
    await logIn(other, 'grace', 'compiler')
    await codeField(other).waitFor()
    await go(phone, () => approve(phone))
    await phone.getByText('Grace Hopper').waitFor()
    expect(await example.deviceAuth.find(tv.codes.user_code)).toBeDefined()
    await approve(phone)
    await heading(phone, 'Device connected').waitFor()
    await heading(tv.page, 'Hello, Grace Hopper').waitFor()
  })

  it('with the keyboard only: Enter sends the code but approves nothing, and Decline comes before Approve', async () => {
    const tv = await openTv()
    const phone = await openPhone()
    const focused = () => phone.evaluate('document.activeElement?.value ?? ""')
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await phone.keyboard.press(key)
    }
    await phone.goto(`${example.origin}/oauth/device`)
    // the log-in page has the focus in its first field
    await phone.locator('#username:focus').waitFor()
    await phone.keyboard.type('ada')
    await press('Tab')
    await phone.keyboard.type('engine')
    await press('Enter')
    await codeField(phone).waitFor()
    const inField = () => codeField(phone).evaluate((field) => field === field.ownerDocument.activeElement)
    for (let tabs = 0; tabs < 5 && !(await inField()); tabs++) await press('Tab')
    expect(await inField()).toBe(true)
    await phone.keyboard.type(tv.codes.user_code.toLowerCase())
    await press('Enter')
    await approveButton(phone).waitFor()
    await press('Enter', 'Enter', 'Space')
    expect(await approveButton(phone).count()).toBe(1)
    expect(await example.deviceAuth.find(tv.codes.user_code)).toBeDefined()
    await press('Tab', 'Enter')
    expect(await focused()).toBe('yes')
    await press('Space', 'Tab')
    expect(await focused()).toBe('deny')
    await press('Tab')
    expect(await focused()).toBe('approve')
    example.advance(1)
    await press('Enter')
    await heading(phone, 'Device connected').waitFor()
    await heading(tv.page, 'Hello, Ada Lovelace').waitFor()
  })

  it('works without JavaScript on the phone, by code and by link', async () => {
    const phone = await openPhone({ javaScriptEnabled: false })
    const first = await openTv()
    await phone.goto(first.codes.verification_uri)
    await logIn(phone)
    await enterCode(phone, first.codes.user_code)
    await approve(phone)
    await heading(phone, 'Device connected').waitFor()
    await heading(first.page, 'Hello, Ada Lovelace').waitFor()
    const second = await openTv()
    await phone.goto(second.codes.verification_uri_complete ?? '')
    await denyButton(phone).click()
    await heading(second.page, 'Declined').waitFor()
  })

  it('fits the narrowest phone in light and dark, without scrolling sideways', async () => {
    const tv = await openTv()
    for (const colorScheme of ['light', 'dark'] as const) {
      const phone = await openPhone({ colorScheme, viewport: { width: 320, height: 640 } })
      const fits = () => phone.evaluate('document.documentElement.scrollWidth <= innerWidth')
      await phone.goto(tv.codes.verification_uri_complete ?? '')
      expect(await fits(), 'log-in').toBe(true)
      await logIn(phone)
      await approveButton(phone).waitFor()
      expect(await fits(), 'confirm').toBe(true)
      await phone.goto(tv.codes.verification_uri)
      expect(await fits(), 'enter').toBe(true)
      await phone.goto(`${example.origin}/tv`)
      await phone.locator('#waiting').waitFor()
      expect(await fits(), 'tv').toBe(true)
    }
  })

  it('a TV that loses its connection goes on when the connection is back', async () => {
    const tv = await openTv()
    await tv.page.context().setOffline(true)
    await tv.page.getByText('No connection').waitFor({ state: 'attached' })
    await example.deviceAuth.approve(tv.codes.user_code, { subject: 'ada' })
    await tv.page.context().setOffline(false)
    await heading(tv.page, 'Hello, Ada Lovelace').waitFor()
    complaints = complaints.filter((complaint) => !complaint.includes('ERR_INTERNET_DISCONNECTED'))
  })
})
