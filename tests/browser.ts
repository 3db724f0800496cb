import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { describeWith } from './missing.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const folders = (process.env.PATH ?? '').split(delimiter)
const usualPaths = [
  ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const path = process.env.CHROMIUM_PATH ?? usualPaths.find((candidate) => existsSync(candidate))

/** A suite that needs a real browser. */
export function describeInBrowser(name: string, tests: () => void): void {
  describeWith(path === undefined ? 'Chromium' : undefined, name, tests)
}

/** Starts a Chromium with an empty profile, which makes no requests of its own. `more` are further command line arguments. */
export function launchChromium(...more: readonly string[]): Promise<Browser> {
  if (path === undefined) throw new Error('There is no Chromium. Install it, or set CHROMIUM_PATH.')
  const quiet = ['background-networking', 'component-update', 'sync', 'gpu', 'quic'].map((name) => `--disable-${name}`)
  return chromium.launch({ executablePath: path, args: [...quiet, '--no-first-run', '--no-sandbox', ...more] })
}
