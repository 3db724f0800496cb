// Another site tries to make somebody approve by accident, in a real Chromium. The pages are at localhost, the other site at
// 127.0.0.1, which is another site to the browser.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeInBrowser, launchChromium } from './browser.ts'
import { type PagesScene, startPages } from './pages-scene.ts'

const viewport = { width: 390, height: 844 }
let browser: Browser
let context: BrowserContext
let scene: PagesScene
let site: Server
let lure = ''

/** The lure opens a pop-up over itself and leads its own window to `link`; the pop-up closes when the mouse goes down. */
function page(path: string, link: string): string {
  if (path === '/pop-up') return '<script>onmousedown = () => close()</script><h1>Double-click to play</h1>'
  return `<button onclick="open('/pop-up', '', 'width=390,height=844'); location = '${link}'">Films</button>`
}

beforeAll(async () => {
  browser = await launchChromium()
  scene = await startPages({ narrowScopes: false })
  site = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1')
    response
      .setHeader('content-type', 'text/html')
      .end(`<!doctype html>${page(pathname, searchParams.get('to') ?? '')}`)
  })
  await once(site.listen(0, '127.0.0.1'), 'listening')
  lure = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`
})
afterAll(async () => {
  await browser?.close()
  scene?.close()
  site?.close()
})
beforeEach(async () => {
  context = await browser.newContext({ viewport })
  await context.addCookies([{ name: 'user', value: 'ada', url: scene.origin }])
})
afterEach(() => context.close())

/** The middle of the button that approves, on the confirm page of a request of its own. */
async function placeOfApprove(): Promise<{ x: number; y: number }> {
  const tab = await context.newPage()
  await tab.goto((await scene.ask()).verification_uri_complete ?? '')
  const box = await tab.locator('button[value=approve]').boundingBox()
  await tab.close()
  if (box === null) throw new Error('There is no button to approve.')
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

/** An undecided request: a decided one is not found. */
const isPending = async (code: string): Promise<boolean> => (await scene.deviceAuth.find(code)) !== undefined

async function settle(tab: Page): Promise<void> {
  await tab.waitForTimeout(500)
  await tab.waitForLoadState()
}

describeInBrowser('an approval by accident', () => {
  it('8628-5.4-3 the second click of a double click on a pop-up of another site does not approve', async () => {
    const place = await placeOfApprove()
    const { user_code, verification_uri_complete = '' } = await scene.ask()
    const tab = await context.newPage()
    await tab.goto(`${lure}?to=${encodeURIComponent(verification_uri_complete)}`)
    const [popUp] = await Promise.all([context.waitForEvent('page'), tab.click('button')])
    await tab.waitForURL(/oauth\/device/)
    // longer than any delay: the page behind has been there for a while
    await tab.waitForTimeout(1500)
    await popUp.mouse.move(place.x, place.y)
    await Promise.all([popUp.waitForEvent('close'), popUp.mouse.down().catch(() => {})])
    await tab.mouse.click(place.x, place.y)
    await settle(tab)
    expect(await tab.getByRole('heading', { level: 1 }).textContent()).toBe('Connect a device')
    expect(await isPending(user_code)).toBe(true)
  })

  it('8628-5.4-3 clicks and keys alone do not approve, without JavaScript either, and at first they do nothing', async () => {
    const place = await placeOfApprove()
    const plain = await browser.newContext({ viewport, javaScriptEnabled: false })
    await plain.addCookies([{ name: 'user', value: 'ada', url: scene.origin }])
    const { user_code, verification_uri_complete = '' } = await scene.ask()
    const tab = await plain.newPage()
    await tab.goto(verification_uri_complete)
    await tab.mouse.dblclick(place.x, place.y)
    await tab.waitForTimeout(1500)
    await tab.mouse.dblclick(place.x, place.y)
    for (const key of ['Enter', 'Space', 'Enter']) await tab.keyboard.press(key)
    await settle(tab)
    expect(await isPending(user_code)).toBe(true)
    // control: the box and the button do
    await tab.check('input[name=own_device]')
    await tab.click('button[value=approve]')
    await tab.getByRole('heading', { name: 'Device connected' }).waitFor()
    await plain.close()
  })

  it('8628-5.4-3 the buttons look and feel dead for a second', async () => {
    const tab = await context.newPage()
    await tab.goto((await scene.ask()).verification_uri_complete ?? '')
    const look = (): Promise<string> =>
      tab.evaluate(
        '(({ pointerEvents, borderTopStyle }) => [pointerEvents, borderTopStyle].join(" "))(getComputedStyle(document.querySelector("button[value=approve]")))',
      )
    // at a time of our own, however slow the machine is
    const at = (time: number): Promise<void> =>
      tab.evaluate(`document.getAnimations().forEach((one) => { one.pause(); one.currentTime = ${time} })`)
    await at(990)
    expect(await look()).toBe('none dashed')
    await at(1000)
    expect(await look()).toBe('auto solid')
  })
})
