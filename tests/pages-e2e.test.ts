// Every page in a real Chromium: axe-core in both colour schemes and both text directions, at 200 % zoom, without JavaScript.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowser, launchChromium } from './browser.ts'
import { journeys, type PagesScene, startPages } from './pages-scene.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const directions = { ltr: { language: 'en' }, rtl: { language: 'ar' } }
const phone = { viewport: { width: 390, height: 844 } }
let browser: Browser

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

async function open(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ ...phone, ...options })
  try {
    await use(await context.newPage())
  } finally {
    await context.close()
  }
}

/** The findings of axe by rule. The browser injects it, because the page's policy allows no script. */
async function findings(page: Page): Promise<readonly string[]> {
  const { violations } = await page.evaluate<AxeResults>(`${axe};axe.run()`)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** True if the page needs no scrolling sideways. */
const fits = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')

describeInBrowser('every page', () => {
  it('control: low contrast, a missing label and a page that is too wide are found', async () => {
    await open(phone, async (page) => {
      await page.setContent('<input><p style="color:#aaa;background:#fff;inline-size:500px">Faint</p>')
      const found = (await findings(page)).join()
      for (const rule of ['color-contrast', 'label', 'html-has-lang']) expect(found).toContain(rule)
      expect(await fits(page)).toBe(false)
    })
  })

  describe.each(Object.entries(directions))('%s', (direction, texts) => {
    let scene: PagesScene
    beforeAll(async () => {
      scene = await startPages(texts)
    })
    afterAll(() => scene?.close())

    it.each(Object.entries(journeys))('axe-core finds nothing on %s, light and dark', async (_name, show) => {
      await open({ bypassCSP: true }, async (page) => {
        await show(page, scene)
        expect(await page.locator('html').getAttribute('dir')).toBe(direction)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          expect(await findings(page), colorScheme).toEqual([])
        }
      })
    })

    it.each(Object.entries(journeys))(
      '%s fits at 200 % on a small phone, and needs no JavaScript',
      async (_name, show) => {
        // a phone of 320 pixels at 200 % shows 160
        const small = { viewport: { width: 160, height: 320 }, deviceScaleFactor: 2 }
        await open({ ...small, javaScriptEnabled: false }, async (page) => {
          await show(page, scene)
          expect(await page.locator('h1').count()).toBe(1)
        })
        await open(small, async (page) => {
          await show(page, scene)
          expect(await fits(page)).toBe(true)
        })
      },
    )
  })
})
