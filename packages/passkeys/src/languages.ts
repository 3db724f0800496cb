import type { Language } from '@device-auth/core'
import { arabic } from './locales/ar.ts'
import { german } from './locales/de.ts'
import { english } from './locales/en.ts'
import { spanish } from './locales/es.ts'
import { french } from './locales/fr.ts'
import { japanese } from './locales/ja.ts'
import { portuguese } from './locales/pt.ts'
import { chinese } from './locales/zh.ts'
import { traditionalChinese } from './locales/zh-hant.ts'
import type { PasskeyTexts } from './texts.ts'

/** The built-in texts by language tag, in lower case: those of all languages that the pages have. */
const builtIn: Readonly<Record<Lowercase<Language> | 'zh-tw' | 'zh-hk', PasskeyTexts>> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  pt: portuguese,
  ja: japanese,
  zh: chinese,
  'zh-hant': traditionalChinese,
  ar: arabic,
  'zh-tw': traditionalChinese,
  'zh-hk': traditionalChinese,
}

/**
 * The texts for a language tag: of the tag itself, then of its first part, then English.
 *
 * @param own - Texts of the application by tag, in place of the built-in ones.
 */
export function textsFor(tag: string, own: Readonly<Record<string, PasskeyTexts>>): PasskeyTexts {
  const exact = tag.toLowerCase()
  const [language = ''] = exact.split('-')
  const given = new Map(Object.entries({ ...builtIn, ...lowered(own) }))
  return given.get(exact) ?? given.get(language) ?? english
}

function lowered(own: Readonly<Record<string, PasskeyTexts>>): Record<string, PasskeyTexts> {
  return Object.fromEntries(Object.entries(own).map(([tag, texts]) => [tag.toLowerCase(), texts]))
}
