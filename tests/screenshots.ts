// npm run screenshots: every page on phone and desktop, light and dark, in two languages, into the folder screenshots/.
import { mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchChromium } from './browser.ts'
import { journeys, startPages } from './pages-scene.ts'

const folder = fileURLToPath(new URL('../screenshots', import.meta.url))
const devices = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } }
const languages = ['en', 'ar']
const logo =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%2300705a'/%3E%3Cpath d='M9 8v16M16 12v8M23 9v14' stroke='white' stroke-width='3.5' stroke-linecap='round'/%3E%3C/svg%3E".replaceAll(
    ' ',
    '%20',
  )
let browser: Browser

beforeAll(async () => {
  browser = await launchChromium()
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
})
afterAll(() => browser?.close())

it.each(languages)('the pages in %s', async (language) => {
  const theme = { name: 'Treble', logo, accent: '#00705a' }
  const scene = await startPages({ theme, language })
  for (const [device, viewport] of Object.entries(devices)) {
    const context = await browser.newContext({ viewport, deviceScaleFactor: device === 'phone' ? 2 : 1 })
    for (const [name, show] of Object.entries(journeys)) {
      const page = await context.newPage()
      await show(page, scene)
      expect(await page.locator('h1').count(), name).toBe(1)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.screenshot({ path: `${folder}/${name}-${device}-${colorScheme}-${language}.png` })
      }
      await page.close()
    }
    await context.close()
  }
  scene.close()
})
