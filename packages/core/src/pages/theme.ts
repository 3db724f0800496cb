import type { Theme } from '../contract/pages/options.ts'
import { lightenFor, readableOn } from './colour.ts'
import { palette } from './style.ts'

/** What a theme changes of the stylesheet. Its values have been checked at construction. */
export function themeStyle(theme: Theme): string {
  const { accent, radius } = theme
  const dark = darkAccent(theme)
  return [
    accent === undefined ? '' : `:root{${accentRules(accent)}}`,
    // an accent alone must not end the dark scheme
    dark === undefined ? '' : `@media(prefers-color-scheme:dark){:root{${accentRules(dark)}}}`,
    radius === undefined ? '' : `:root{--radius:${radius}px}`,
  ].join('\n')
}

/** Given, or the light one made light enough; without either the built-in one. */
function darkAccent({ accent, accentDark }: Theme): string | undefined {
  return accentDark ?? (accent === undefined ? undefined : lightenFor(accent, palette.dark.card, 4.5))
}

function accentRules(accent: string): string {
  return `--accent:${accent};--on:${readableOn(accent)}`
}

/** The source that lets a Content-Security-Policy load this image and, by https, no other. */
export function imageSource(url: string): string {
  if (url.startsWith('data:')) return 'data:'
  const { origin, pathname } = new URL(url)
  // both would end the source
  return origin + pathname.replaceAll(';', '%3B').replaceAll(',', '%2C')
}

/** A client's logo as the pages may show it: by https and of bounded length, or none. */
export function clientLogo(uri: unknown): string | undefined {
  if (typeof uri !== 'string' || uri.length > 2000 || !URL.canParse(uri)) return undefined
  const { protocol, username, password, href } = new URL(uri)
  return protocol === 'https:' && username === '' && password === '' ? href : undefined
}
