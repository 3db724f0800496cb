import type { Language, Messages } from '../../contract/pages/messages.ts'
import { arabic } from './ar.ts'
import { german } from './de.ts'
import { english } from './en.ts'
import { spanish } from './es.ts'
import { french } from './fr.ts'
import { japanese } from './ja.ts'
import { portuguese } from './pt.ts'
import { chinese } from './zh.ts'
import { traditionalChinese } from './zh-hant.ts'

/** The built-in texts by language. Use them as a base for your own: `{ ...messages.de, language: 'de-CH' }`. */
export const messages: Readonly<Record<Language, Messages>> = Object.freeze({
  en: english,
  de: german,
  fr: french,
  es: spanish,
  pt: portuguese,
  ja: japanese,
  zh: chinese,
  'zh-Hant': traditionalChinese,
  ar: arabic,
})

/** The built-in languages, in the order in which they are offered: that of {@link messages}. */
export const builtInNames: readonly Language[] = Object.keys(messages).filter(isLanguage)

function isLanguage(name: string): name is Language {
  return Object.hasOwn(messages, name)
}
