import { describe, expect, it } from 'vitest'
import type { Language, Messages } from '../../src/contract/pages/messages.ts'
import { messages } from '../../src/pages/locales/built-in.ts'

/** Each text by its path. A function is called with some values. */
function textsOf(group: object, path = ''): ReadonlyMap<string, string> {
  const entries = Object.entries(group).flatMap(([name, text]): (readonly [string, string])[] => {
    const at = path === '' ? name : `${path}.${name}`
    if (typeof text === 'string') return [[at, text]]
    if (typeof text !== 'function') return [...textsOf(Object(text), at)]
    const given = name === 'since' || name === 'lastUsed' ? ['1'] : ['5', '600']
    return given.map((value) => [
      `${at}(${value})`,
      String(text(name === 'since' || name === 'lastUsed' ? value : Number(value))),
    ])
  })
  return new Map(entries)
}

const languages = Object.keys(messages) as Language[]
const translated = languages.filter((language) => language !== 'en')
const english = textsOf(messages.en)

/** Texts that a language shares with English. */
const same: Partial<Record<Language, readonly string[]>> = {
  de: ['direction', 'client', 'devices.name'],
}

/** The letters of each language; digits and punctuation are not checked. */
const scripts: Record<Language, RegExp> = {
  en: /^[A-Za-z]+$/,
  de: /^[A-Za-zÄÖÜäöüß]+$/,
  fr: /^[A-Za-zÀÂÇÈÉÊËÎÏÔŒÙÛàâçèéêëîïôœùû]+$/,
  es: /^[A-Za-zÁÉÍÑÓÚÜáéíñóúü]+$/,
  pt: /^[A-Za-zÀÁÂÃÇÉÊÍÓÔÕÚàáâãçéêíóôõú]+$/,
  ja: /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー]+$/u,
  zh: /^\p{sc=Han}+$/u,
  'zh-Hant': /^\p{sc=Han}+$/u,
  ar: /^[\p{sc=Arabic}\u064b-\u0652]+$/u,
}

describe.each(languages)('the texts in %s', (language) => {
  const texts = textsOf(messages[language])

  it('are the same set as the English ones', () => {
    expect([...texts.keys()]).toEqual([...english.keys()])
    expect(texts.size).toBeGreaterThan(70)
  })

  it('use the letters of the language, without spaces around them and without markup', () => {
    for (const [path, text] of texts) {
      if (path === 'language' || path === 'direction') continue
      expect(text.trim(), path).toBe(text)
      expect(text, path).not.toMatch(/[<>&"']|undefined|NaN|\$\{| {2}/)
      for (const word of text.match(/[\p{L}\p{M}]+/gu) ?? ['no word'])
        expect(word, `${path}: ${text}`).toMatch(scripts[language])
    }
  })

  it('end with a full stop or question mark exactly where the English ones do', () => {
    for (const [path, text] of texts) {
      const ending = { '.': /[.。]$/, '?': /[?؟？]$/ }[english.get(path)?.at(-1) ?? '']
      if (ending === undefined) expect(text, path).not.toMatch(/[.。?؟？!]$/)
      else expect(text, path).toMatch(ending)
    }
  })

  it('have paired punctuation, and no invisible character except the no-break space', () => {
    for (const [path, text] of texts) {
      expect(text.replaceAll('\u00a0', ' '), path).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u00a0\u202f]/u)
      expect(text.match(/¿/g)?.length ?? 0, path).toBe(language === 'es' ? (text.match(/\?/g)?.length ?? 0) : 0)
      if (language === 'fr') expect(text, path).not.toMatch(/[^\u00a0][?!:;]/)
    }
  })

  it('have a tag that Intl knows, and the direction of its script', () => {
    const { language: tag, direction } = messages[language]
    expect(Intl.getCanonicalLocales(tag)).toEqual([tag])
    expect(Intl.RelativeTimeFormat.supportedLocalesOf([tag])).toEqual([tag])
    expect(Intl.DateTimeFormat.supportedLocalesOf([tag])).toEqual([tag])
    expect(direction).toBe(language === 'ar' ? 'rtl' : 'ltr')
  })

  it('name the answers differently, and each error by a text of its own', () => {
    const { approve, decline, errors } = messages[language]
    expect(approve).not.toBe(decline)
    expect(new Set(Object.values(errors).map(({ text }) => text)).size).toBe(Object.keys(errors).length)
  })
})

it.each(translated)('%s: no text is still in English', (language) => {
  const left = [...textsOf(messages[language])]
    .filter(([path, text]) => english.get(path) === text)
    .map(([path]) => path)
  const expected = same[language] ?? (messages[language].direction === 'ltr' ? ['direction'] : [])
  expect(left).toEqual(expected)
})

/** Ages in seconds: 0 to 11 seconds, then 90 s, 2, 5, 11 and 100 minutes. */
const moments = [0, 1, 2, 5, 11, 90, 120, 300, 660, 6000]

const ages: Record<Language, readonly string[]> = {
  en: [
    'just now',
    'just now',
    'just now',
    'just now',
    '11 seconds ago',
    '2 minutes ago',
    '2 minutes ago',
    '5 minutes ago',
    '11 minutes ago',
    '100 minutes ago',
  ],
  de: [
    'gerade eben',
    'gerade eben',
    'gerade eben',
    'gerade eben',
    'vor 11 Sekunden',
    'vor 2 Minuten',
    'vor 2 Minuten',
    'vor 5 Minuten',
    'vor 11 Minuten',
    'vor 100 Minuten',
  ],
  fr: [
    'à l’instant',
    'à l’instant',
    'à l’instant',
    'à l’instant',
    'il y a 11 secondes',
    'il y a 2 minutes',
    'il y a 2 minutes',
    'il y a 5 minutes',
    'il y a 11 minutes',
    'il y a 100 minutes',
  ],
  es: [
    'ahora mismo',
    'ahora mismo',
    'ahora mismo',
    'ahora mismo',
    'hace 11 segundos',
    'hace 2 minutos',
    'hace 2 minutos',
    'hace 5 minutos',
    'hace 11 minutos',
    'hace 100 minutos',
  ],
  pt: [
    'agora mesmo',
    'agora mesmo',
    'agora mesmo',
    'agora mesmo',
    'há 11 segundos',
    'há 2 minutos',
    'há 2 minutos',
    'há 5 minutos',
    'há 11 minutos',
    'há 100 minutos',
  ],
  ja: ['たった今', 'たった今', 'たった今', 'たった今', '11秒前', '2分前', '2分前', '5分前', '11分前', '100分前'],
  'zh-Hant': ['剛剛', '剛剛', '剛剛', '剛剛', '11秒前', '2分鐘前', '2分鐘前', '5分鐘前', '11分鐘前', '100分鐘前'],
  zh: ['刚刚', '刚刚', '刚刚', '刚刚', '11秒钟前', '2分钟前', '2分钟前', '5分钟前', '11分钟前', '100分钟前'],
  ar: [
    'الآن',
    'الآن',
    'الآن',
    'الآن',
    'قبل 11 ثانية',
    'قبل دقيقتين',
    'قبل دقيقتين',
    'قبل 5 دقائق',
    'قبل 11 دقيقة',
    'قبل 100 دقيقة',
  ],
}

/** The sentence, with `_` for the waiting time, and the waiting times, which are rounded up. */
const waits: Record<Language, readonly [sentence: string, ...gaps: string[]]> = {
  en: ['Try again _.', 'in 1 second', 'in 2 seconds', 'in 11 seconds', 'in 2 minutes', 'in 60 minutes'],
  de: [
    'Versuchen Sie es _ noch einmal.',
    'in 1 Sekunde',
    'in 2 Sekunden',
    'in 11 Sekunden',
    'in 2 Minuten',
    'in 60 Minuten',
  ],
  fr: ['Réessayez _.', 'dans 1 seconde', 'dans 2 secondes', 'dans 11 secondes', 'dans 2 minutes', 'dans 60 minutes'],
  es: [
    'Vuelva a intentarlo _.',
    'dentro de 1 segundo',
    'dentro de 2 segundos',
    'dentro de 11 segundos',
    'dentro de 2 minutos',
    'dentro de 60 minutos',
  ],
  pt: ['Tente de novo _.', 'em 1 segundo', 'em 2 segundos', 'em 11 segundos', 'em 2 minutos', 'em 60 minutos'],
  ja: ['_にもう一度お試しください。', '1秒後', '2秒後', '11秒後', '2分後', '60分後'],
  'zh-Hant': ['請在_再試一次。', '1秒後', '2秒後', '11秒後', '2分鐘後', '60分鐘後'],
  zh: ['请在_重试。', '1秒钟后', '2秒钟后', '11秒钟后', '2分钟后', '60分钟后'],
  ar: ['حاول مرة أخرى _.', 'بعد ثانية واحدة', 'بعد ثانيتين', 'بعد 11 ثانية', 'بعد دقيقتين', 'بعد 60 دقيقة'],
}

/** Removes the space between a number and Chinese characters, in which versions of ICU differ. */
const unspaced = (text: string): string => text.replace(/(\d)[ \u00a0](?=[\p{sc=Han}])/gu, '$1')

describe.each(languages)('durations in %s', (language) => {
  const { age, retryAfter, devices }: Messages = messages[language]

  it('ages are in words', () => {
    expect(moments.map((seconds) => unspaced(age(seconds)))).toEqual(ages[language])
  })

  it('waiting times are in words, and rounded up', () => {
    const [sentence, ...gaps] = waits[language]
    const said = [1, 2, 11, 91, 3600].map((seconds) => unspaced(retryAfter(seconds)))
    expect(said).toEqual(gaps.map((gap) => sentence.replace('_', gap)))
  })

  it('dates are part of a sentence', () => {
    expect(devices.since('DATE')).toMatch(/DATE/)
    expect(devices.lastUsed('DATE')).toMatch(/DATE/)
    expect(devices.since('DATE')).not.toBe(devices.lastUsed('DATE'))
  })
})

it('traditional Chinese has no character that only simplified Chinese has', () => {
  const simplified = [...textsOf(messages.zh).values()].join('')
  const traditional = [...textsOf(messages['zh-Hant']).values()].join('')
  const only = [
    '设',
    '备',
    '请',
    '码',
    '账',
    '号',
    '应',
    '连',
    '权',
    '显',
    '时',
    '从',
    '发',
    '络',
    '页',
    '输',
    '验',
    '证',
    '会',
    '数',
  ]
  expect(only.filter((character) => simplified.includes(character)).length).toBeGreaterThan(15)
  expect(only.filter((character) => traditional.includes(character))).toEqual([])
})

it('Arabic waiting times have the plural form of their number', () => {
  const said = [3, 10, 80, 101 * 60, 103 * 60, 111 * 60].map((seconds) => messages.ar.retryAfter(seconds))
  expect(said.map((text) => text.replace(/^حاول مرة أخرى (.*)\.$/, '$1'))).toEqual([
    'بعد 3 ثوانٍ',
    'بعد 10 ثوانٍ',
    'بعد 80 ثانية',
    'بعد 101 دقيقة',
    'بعد 103 دقائق',
    'بعد 111 دقيقة',
  ])
})
