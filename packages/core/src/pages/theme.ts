import type { Theme } from '../contract/pages/options.ts'
import { lightenFor, readableOn } from './colour.ts'
import { palette } from './style.ts'

/** The CSS rules that a theme adds to the stylesheet. Its values were checked when the server was created. */
export function themeStyle(theme: Theme): string {
  const { accent, radius } = theme
  const dark = darkAccent(theme)
  return [
    accent === undefined ? '' : `:root{${accentRules(accent)}}`,
    // an accent without `accentDark` must keep the dark scheme readable, so it is lightened there
    dark === undefined ? '' : `@media(prefers-color-scheme:dark){:root{${accentRules(dark)}}}`,
    radius === undefined ? '' : `:root{--radius:${radius}px}`,
  ].join('\n')
}

/** `accentDark`, else `accent` made lighter; `undefined` for the built-in accent. */
function darkAccent({ accent, accentDark }: Theme): string | undefined {
  return accentDark ?? (accent === undefined ? undefined : lightenFor(accent, palette.dark.card, 4.5))
}

function accentRules(accent: string): string {
  return `--accent:${accent};--on:${readableOn(accent)}`
}

/**
 * The `img-src` source for an image in a Content-Security-Policy. For an https URL it allows this one image; for a
 * `data:` URI it allows any `data:` image, because the policy cannot be narrower.
 */
export function imageSource(url: string): string {
  if (url.startsWith('data:')) return 'data:'
  const { origin, pathname } = new URL(url)
  // an unescaped `;` or `,` would end the source
  return origin + pathname.replaceAll(';', '%3B').replaceAll(',', '%2C')
}

/** The characters of real hosts. A URL may have others there, such as `;` and `*`, which mean something in a Content-Security-Policy. */
const plainHost = /^[a-z\d._-]+$|^\[[\da-f:]+\]$/

/**
 * A URL of a client's metadata if the pages may show it: an https URL of at most 2000 characters, with a plain host and without a
 * password.
 */
export function shownUrl(uri: unknown): string | undefined {
  if (typeof uri !== 'string' || uri.length > 2000 || !URL.canParse(uri)) return undefined
  const { protocol, username, password, hostname, href } = new URL(uri)
  return protocol === 'https:' && username === '' && password === '' && plainHost.test(hostname) ? href : undefined
}
