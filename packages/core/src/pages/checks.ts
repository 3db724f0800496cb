import { type Check, checkNames, isObject, isOneOf, isWholeFrom, OptionError } from '../check-options.ts'
import { checkLanguages, isList, isTag } from './check-languages.ts'
import { contrast } from './colour.ts'
import type { PagesOptions, Theme } from './options.ts'
import { palette } from './style.ts'

const isText: Check = (value) =>
  typeof value === 'string' && value.trim() !== '' && value.length <= 60 ? undefined : 'a text of 1 to 60 characters'

const isColour: Check = (value) =>
  typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value) ? undefined : "a colour such as '#2447c9'"

/** Longer ones make every page heavy. */
const longestLogo = 100_000

const isLogo: Check = (value) => {
  const text = typeof value === 'string' && value.length <= longestLogo ? value : ''
  if (/^data:image\/[a-z0-9.+-]+[;,][\x21-\x7e]+$/i.test(text)) return undefined
  const plain = URL.canParse(text) && /^https:\/\/[^@\s]+$/i.test(text)
  return plain ? undefined : `an https URL or a data:image/ URI of at most ${longestLogo} characters`
}

const pagesChecks: Record<keyof PagesOptions, Check> = {
  theme: isObject,
  language: isTag,
  languages: isList,
  messages: isObject,
  clientLogos: isOneOf(true, false),
  narrowScopes: isOneOf(true, false),
}

const themeChecks: Record<keyof Theme, Check> = {
  name: isText,
  logo: isLogo,
  accent: isColour,
  accentDark: isColour,
  radius: isWholeFrom(0, 32, 'pixels'),
}

/**
 * Checks the option `pages`.
 * @throws {OptionError} for an unknown name, a wrong value, or an accent that could not be seen on the page.
 */
export function checkPages(pages: PagesOptions = {}): void {
  checkNames('pages', pages, pagesChecks)
  const { theme = {} } = pages
  checkNames('pages.theme', theme, themeChecks)
  checkAccent('accent', theme.accent, 'light')
  checkAccent('accentDark', theme.accentDark, 'dark')
  checkLanguages(pages)
}

/** Of buttons and of the focus. @see {@link https://www.w3.org/TR/WCAG22/#non-text-contrast WCAG 2.2, 1.4.11} */
const leastContrast = 3

function checkAccent(name: 'accent' | 'accentDark', accent: string | undefined, scheme: 'light' | 'dark'): void {
  if (accent === undefined) return
  const { paper, card } = palette[scheme]
  const [worst, background] = contrast(accent, paper) < contrast(accent, card) ? ['page', paper] : ['card', card]
  const found = contrast(accent, background)
  if (found >= leastContrast) return
  // rounded down: 2.999 is not 3
  const shown = Math.floor(found * 100) / 100
  const expected = `a colour that stands out by at least ${leastContrast}:1 on the ${worst} of the ${scheme} scheme, ${background}, where this one has ${shown}:1`
  throw new OptionError(`pages.theme.${name}`, accent, expected)
}
