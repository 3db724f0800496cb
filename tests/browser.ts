import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'

const usualPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const path = process.env.CHROMIUM_PATH ?? usualPaths.find((candidate) => existsSync(candidate))
const install = 'install it (apt-get install chromium) or set CHROMIUM_PATH'

/** A suite that needs a real browser. Without one it fails in CI; elsewhere it is skipped, and its name says so. */
export function describeInBrowser(name: string, tests: () => void): void {
  const missing = path === undefined && !process.env.CI
  describe.skipIf(missing)(missing ? `${name} (skipped, no Chromium: ${install})` : name, tests)
}

/** Starts a Chromium with an empty profile, which makes no requests of its own. `more` are further command line arguments. */
export function launchChromium(...more: readonly string[]): Promise<Browser> {
  if (path === undefined) throw new Error(`There is no Chromium: ${install}.`)
  const quiet = ['background-networking', 'component-update', 'sync', 'gpu', 'quic'].map((name) => `--disable-${name}`)
  return chromium.launch({ executablePath: path, args: [...quiet, '--no-first-run', '--no-sandbox', ...more] })
}
