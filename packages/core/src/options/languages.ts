import { type Check, checkNames, isObject, isOneOf, OptionError } from '../checks.ts'
import type { Language, Messages } from '../contract/pages/messages.ts'
import type { PagesOptions } from '../contract/pages/options.ts'
import { nearest } from '../nearest.ts'
import { builtInNames, messages } from '../pages/locales/built-in.ts'

export const isTag: Check = (value) => {
  const expected = "a language tag such as 'pt-BR'"
  if (typeof value !== 'string' || value.length > 35) return expected
  try {
    return Intl.getCanonicalLocales(value).length === 1 ? undefined : expected
  } catch {
    return expected
  }
}

const isText: Check = (value) => (typeof value === 'string' && value.trim() !== '' ? undefined : 'a non-empty string')

/** Checks for a function that returns a text, by calling it: on an error page, its failure would leave no page to show. */
const isTextOf =
  (...given: readonly unknown[]): Check =>
  (value) => {
    const expected = 'a function that returns a non-empty string and does not throw'
    if (typeof value !== 'function') return expected
    try {
      return given.every((one) => isText(value(one)) === undefined) ? undefined : expected
    } catch {
      return expected
    }
  }

export const isList: Check = (value) =>
  Array.isArray(value) && value.length > 0 ? undefined : 'a list of languages that is not empty'

/**
 * Checks the languages and texts of the option `pages`.
 *
 * @throws {OptionError} for an unknown name, a missing text, or a value that is not a text.
 */
export function checkLanguages({ language, languages = [], messages: changes = {} }: PagesOptions): void {
  checkNames('pages.messages', changes, Object.fromEntries(builtInNames.map((name) => [name, isObject])))
  for (const [name, texts] of Object.entries(changes)) {
    if (texts !== undefined) checkTexts(`pages.messages.${name}`, texts, textChecks, false)
  }
  languages.forEach((given: unknown, index) => {
    const option = `pages.languages[${index}]`
    if (typeof given === 'string') checkName(option, given, builtInNames)
    else if (isObject(given) !== undefined)
      throw new OptionError(
        option,
        given,
        `the name of a built-in language (${builtInNames.join(', ')}), or an object with all texts of one language`,
      )
    else checkTexts(option, Object(given), { language: isTag, direction: isOneOf('ltr', 'rtl'), ...textChecks }, true)
  })
  checkOnce(languages)
  if (language !== undefined) checkName('pages.language', language, tagsOf(languages))
}

type TextChecks = { readonly [name: string]: Check | TextChecks }

/** The checks of the texts of a language: each has the form of the English one. */
const { language: _, direction: __, ...english } = messages.en
const textChecks = checksLike(english)

function checksLike(texts: object): TextChecks {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, checkLike(name, text)]))
}

function checkLike(name: string, text: unknown): Check | TextChecks {
  if (typeof text === 'string') return isText
  if (typeof text !== 'function') return checksLike(Object(text))
  return name === 'since' || name === 'lastUsed' ? isTextOf('1 May 2026') : isTextOf(0, 1, 600)
}

function checkTexts(option: string, given: object, checks: TextChecks, whole: boolean): void {
  const flat = Object.entries(checks).map(([name, check]) => [name, typeof check === 'function' ? check : isObject])
  checkNames(option, given, Object.fromEntries(flat))
  for (const [name, check] of Object.entries(checks)) {
    const text: unknown = Reflect.get(given, name)
    if (text === undefined && whole)
      throw new OptionError(`${option}.${name}`, text, 'a non-empty string, because a language needs all of its texts')
    if (text !== undefined && typeof check !== 'function') checkTexts(`${option}.${name}`, Object(text), check, whole)
  }
}

function checkName(option: string, given: string, known: readonly string[]): void {
  if (known.includes(given)) return
  const meant = nearest(given, known)
  const hint = meant === undefined ? `: one of ${known.join(', ')}, or all texts of another` : `, such as \`${meant}\``
  throw new OptionError(option, given, `a known language${hint}`)
}

/** The language tags that the options may name. */
function tagsOf(languages: readonly (Language | Messages)[]): readonly string[] {
  return languages.length === 0 ? builtInNames : languages.map((one) => (typeof one === 'string' ? one : one.language))
}

function checkOnce(languages: readonly (Language | Messages)[]): void {
  const tags = tagsOf(languages)
  const twice = tags.findIndex((tag, index) => tags.indexOf(tag) < index)
  if (twice !== -1)
    throw new OptionError(`pages.languages[${twice}]`, tags[twice], 'a language that is not in the list already')
}
