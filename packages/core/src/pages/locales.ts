import { arabic } from './locales/ar.ts'
import { german } from './locales/de.ts'
import { english } from './locales/en.ts'
import { spanish } from './locales/es.ts'
import { french } from './locales/fr.ts'
import { japanese } from './locales/ja.ts'
import { portuguese } from './locales/pt.ts'
import { chinese } from './locales/zh.ts'
import type { Messages } from './messages.ts'

/** The languages that the pages speak without further ado; Portuguese is Brazil's, Chinese is simplified. */
export type Language = 'en' | 'de' | 'fr' | 'es' | 'pt' | 'ja' | 'zh' | 'ar'

/** The built-in texts by language, to build others on: `{ ...messages.de, language: 'de-CH' }`. */
export const messages: Readonly<Record<Language, Messages>> = Object.freeze({
  en: english,
  de: german,
  fr: french,
  es: spanish,
  pt: portuguese,
  ja: japanese,
  zh: chinese,
  ar: arabic,
})

/** In the order in which they are offered. */
export const builtInNames: readonly Language[] = ['en', 'de', 'fr', 'es', 'pt', 'ja', 'zh', 'ar']
