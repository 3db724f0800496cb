import { type Check, checkNames, isObject, isOneOf, isWholeFrom, OptionError } from '../checks.ts'
import type { Offered, PagesOptions, ResolvedPages, Theme } from '../contract/pages/options.ts'
import { contrast } from '../pages/colour.ts'
import { offer } from '../pages/language.ts'
import { messages as builtIn, builtInNames } from '../pages/locales/built-in.ts'
import { palette } from '../pages/style.ts'
import { checkLanguages, isList, isTag } from './languages.ts'
import { isContentSources, isPageHeaders } from './page-headers.ts'

const isServiceName: Check = (value) =>
  typeof value === 'string' && value.trim() !== '' && value.length <= 60
    ? undefined
    : 'a string of 1 to 60 characters, not only spaces'

const isColour: Check = (value) =>
  typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value) ? undefined : "a colour such as '#2447c9'"

/** The longest logo, in characters. It is in every page, so a longer one would make all of them slow. */
const LONGEST_LOGO = 100_000

const isLogo: Check = (value) => {
  const text = typeof value === 'string' && value.length <= LONGEST_LOGO ? value : ''
  if (/^data:image\/[a-z0-9.+-]+[;,][\x21-\x7e]+$/i.test(text)) return undefined
  const plain = URL.canParse(text) && /^https:\/\/[^@\s]+$/i.test(text)
  return plain ? undefined : `an https URL or a data:image/ URI of at most ${LONGEST_LOGO} characters`
}

const pagesChecks: Record<keyof PagesOptions, Check> = {
  theme: isObject,
  language: isTag,
  languages: isList,
  messages: isObject,
  clientLogos: isOneOf(true, false),
  narrowScopes: isOneOf(true, false),
  shortConsent: isOneOf(true, false),
  approvalDelay: isWholeFrom(0, 10, 'seconds'),
  contentSources: isContentSources,
  headers: isPageHeaders,
}

const themeChecks: Record<keyof Theme, Check> = {
  name: isServiceName,
  logo: isLogo,
  accent: isColour,
  accentDark: isColour,
  radius: isWholeFrom(0, 32, 'pixels'),
}

/**
 * Checks the option `pages`.
 *
 * @throws {OptionError} for an unknown name, a wrong value, or an accent colour with too little contrast to the page.
 */
export function checkPages(pages: PagesOptions = {}): void {
  checkNames('pages', pages, pagesChecks)
  const { theme = {} } = pages
  checkNames('pages.theme', theme, themeChecks)
  checkAccent('accent', theme.accent, 'light')
  checkAccent('accentDark', theme.accentDark, 'dark')
  checkLanguages(pages)
}

/**
 * The least contrast of buttons and of the focus to the page.
 * @see {@link https://www.w3.org/TR/WCAG22/#non-text-contrast WCAG 2.2, 1.4.11}
 */
const LEAST_CONTRAST = 3

function checkAccent(name: 'accent' | 'accentDark', accent: string | undefined, scheme: 'light' | 'dark'): void {
  if (accent === undefined) return
  const { paper, card } = palette[scheme]
  const [worst, background] = contrast(accent, paper) < contrast(accent, card) ? ['page', paper] : ['card', card]
  const found = contrast(accent, background)
  if (found >= LEAST_CONTRAST) return
  // rounded down: 2.999 is not 3
  const shown = Math.floor(found * 100) / 100
  const expected = `a colour with a contrast of at least ${LEAST_CONTRAST}:1 to the ${worst} background (${background}) of the ${scheme} scheme; this colour has ${shown}:1`
  throw new OptionError(`pages.theme.${name}`, accent, expected)
}

/** Fills in the defaults of the option `pages`. Check it first. */
export function resolvePages(pages: PagesOptions = {}): ResolvedPages {
  const {
    theme,
    clientLogos = false,
    narrowScopes = false,
    shortConsent = false,
    approvalDelay = 1,
    contentSources = {},
    headers = {},
    ...texts
  } = pages
  const offered = offer(allTexts(texts))
  return Object.freeze({
    theme: Object.freeze({ ...theme }),
    clientLogos,
    narrowScopes,
    shortConsent,
    approvalDelay,
    contentSources: structuredClone(contentSources),
    headers: Object.freeze({ ...headers }),
    offered,
  })
}

function allTexts({ language, languages = builtInNames, messages = {} }: PagesOptions): Offered['all'] {
  const all = languages.map((given) =>
    typeof given === 'string'
      ? { name: given, texts: merge(builtIn[given], messages[given]) }
      : { name: given.language, texts: merge(given) },
  )
  const chosen = all.filter(({ name }) => language === undefined || name === language).map(({ texts }) => texts)
  const [first = builtIn.en, ...others] = chosen
  return [first, ...others]
}

/** Makes a frozen copy of texts with some of them changed. All others stay, in nested groups too. */
function merge<Texts extends object>(texts: Texts, changes: object = {}): Texts {
  const merged = Object.entries(texts).map(([name, text]) => {
    const change: unknown = Reflect.get(changes, name)
    if (typeof text === 'object') return [name, merge(text, Object(change))]
    return [name, change ?? text]
  })
  return Object.freeze(Object.fromEntries(merged)) as Texts
}
