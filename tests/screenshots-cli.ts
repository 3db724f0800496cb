// `npm run screenshots` takes the picture of the README: `device-auth login` in a terminal of 80x24.
import { fileURLToPath } from 'node:url'
import { afterAll, it } from 'vitest'
import { launchChromium } from './browser.ts'
import { cleanUp, stateFolder } from './cli-process.ts'
import { openWindow } from './cli-tmux.ts'
import { startExample } from './e2e-app.ts'

const file = fileURLToPath(new URL('../docs/images/cli.png', import.meta.url))
afterAll(cleanUp)

it('device-auth login', async () => {
  const example = await startExample()
  const args = ['login', '--issuer', `${example.origin}/oauth`, '--client-id', 'terminal']
  const env = { BROWSER: 'true', DEVICE_AUTH_STATE_FOLDER: stateFolder() }
  const window = openWindow([80, 24], args, env, `$ device-auth ${args.join(' ')}`)
  await window.shows(/9:5\d left/)
  const screen = htmlOf(window.screen(true).trimEnd()).replaceAll(example.origin, 'http://localhost:3000')
  window.close()
  example.close()
  const browser = await launchChromium()
  const page = await browser.newPage({ deviceScaleFactor: 2 })
  await page.setContent(`<!doctype html><style>${style}</style><pre>${screen}</pre>`)
  await page.locator('pre').screenshot({ path: file })
  await browser.close()
})

const style = `
  body { margin: 0; background: #16181d }
  pre { display: inline-block; width: 80ch; margin: 0; padding: 18px 22px; background: #16181d; color: #d7dae0; font: 14px 'DejaVu Sans Mono', monospace }
  .s1 { font-weight: bold; color: #fff } .s2 { opacity: .65 } .s4 { text-decoration: underline }
  .s31 { color: #ff6b6b } .s32 { color: #5fd38d } .s33 { color: #f5c451 } .s97 { color: #fff } .s40 { background: #000 }`

/** For each code that ends styles, the styles that it ends. */
const ends: Readonly<Record<string, RegExp>> = {
  '': /./,
  0: /./,
  22: /^s[12]$/,
  24: /^s4$/,
  39: /^s[39]\d$/,
  49: /^s4\d$/,
}

/** HTML for a text with escape sequences: one `span` for each styled piece. */
function htmlOf(text: string): string {
  let styles: string[] = []
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is there to find escape sequences
  const pieces = text.split(/\x1b\[([\d;]*)m/)
  return pieces
    .map((piece, index) => {
      if (index % 2 === 0) {
        const escaped = piece.replace(/[&<]/g, (sign) => `&#${sign.charCodeAt(0)};`)
        return styles.length === 0 ? escaped : `<span class="${styles.join(' ')}">${escaped}</span>`
      }
      for (const code of piece.split(';')) {
        const ended = ends[code]
        if (ended === undefined) styles.push(`s${code}`)
        else styles = styles.filter((style) => !ended.test(style))
      }
      return ''
    })
    .join('')
}
