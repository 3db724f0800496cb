// The devices page of the demo in a real Chromium, without JavaScript, by keyboard and by the names of its controls.
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeInBrowser, launchChromium } from './browser.ts'
import { type RunningExample, startExample } from './e2e-app.ts'

let browser: Browser
let example: RunningExample
let page: Page

async function post(path: string, form: Record<string, string>): Promise<Record<string, string>> {
  const answer = await fetch(`${example.origin}/oauth${path}`, { method: 'POST', body: new URLSearchParams(form) })
  return (await answer.json()) as Record<string, string>
}

/** Signs a device of Ada in. Returns its access token. */
async function signIn(client_id: string): Promise<string> {
  const { user_code = '', device_code = '' } = await post('/device_authorization', { client_id })
  await example.deviceAuth.approve(user_code, { subject: 'ada' })
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const { access_token = '' } = await post('/token', { client_id, device_code, grant_type })
  return access_token
}

async function logIn(): Promise<void> {
  await page.getByLabel('User name').fill('ada')
  await page.getByLabel('Password').fill('engine')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Your devices' }).waitFor()
}

const notice = (text: string): Promise<void> => page.locator('.notice', { hasText: text }).waitFor()
const names = (): Promise<string[]> => page.getByRole('heading', { level: 2 }).allTextContents()

describeInBrowser('the devices page in Chromium, without JavaScript', () => {
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    example = await startExample()
    const viewport = { width: 390, height: 844 }
    page = await (await browser.newContext({ javaScriptEnabled: false, viewport })).newPage()
  })
  afterEach(async () => {
    await page.context().close()
    example.close()
  })

  it('after a log-in that leads back: rename a device by Enter, sign one device out, sign all out', async () => {
    const [tv, terminal] = [await signIn('tv'), await signIn('terminal')]
    await page.goto(`${example.origin}/oauth/devices`)
    await logIn()
    expect((await names()).sort()).toEqual(['Living-room TV', 'Terminal demo'])
    const field = page.getByRole('textbox', { name: 'Name Living-room TV' })
    expect(await field.isVisible()).toBe(false)
    await page.locator('summary', { hasText: 'Living-room TV' }).press('Enter')
    await field.fill('Kitchen')
    await field.press('Enter')
    await notice('The device has a new name.')
    expect((await names()).sort()).toEqual(['Kitchen', 'Terminal demo'])
    await page.locator('summary', { hasText: 'Terminal demo' }).press('Enter')
    await page.getByRole('button', { name: 'Sign out Terminal demo' }).click()
    await notice('The device is signed out.')
    expect(await names()).toEqual(['Kitchen'])
    expect(await example.deviceAuth.authenticate(terminal)).toBeUndefined()
    expect(await example.deviceAuth.authenticate(tv)).toBeDefined()
    const all = page.getByRole('button', { name: 'Sign out all devices' })
    expect(await all.isVisible()).toBe(false)
    await page.locator('summary', { hasText: 'Sign out all devices' }).press('Enter')
    await all.press('Enter')
    await notice('All devices are signed out.')
    expect(await example.deviceAuth.authenticate(tv)).toBeUndefined()
  })

  it('XD-6.1.6 the link in a mail shows one device after the log-in, and one click signs it out; going back changes nothing', async () => {
    const tv = await signIn('tv')
    const { grantId = '' } = (await example.deviceAuth.authenticate(tv)) ?? {}
    const terminal = await signIn('terminal')
    await page.goto(example.deviceAuth.devices.revokeLink(grantId))
    await logIn()
    expect(await names()).toEqual(['Living-room TV'])
    expect(await example.deviceAuth.authenticate(tv)).toBeDefined()
    await page.getByRole('button', { name: 'Sign out Living-room TV' }).click()
    await notice('The device is signed out.')
    expect(await names()).toEqual(['Terminal demo'])
    await page.goBack()
    await notice('That device is not signed in to your account.')
    expect(await names()).toEqual(['Terminal demo'])
    expect(await example.deviceAuth.authenticate(tv)).toBeUndefined()
    expect(await example.deviceAuth.authenticate(terminal)).toBeDefined()
  })
})
