import type { Messages } from '../contract/pages/messages.ts'
import type { Offered } from '../contract/pages/options.ts'
import { headerValue, type OAuthRequest } from '../http.ts'

/** The languages that a reader accepts, the preferred first, and those that the reader refuses: tags in lower case. */
interface Preferences {
  readonly ranges: readonly string[]
  readonly refused: readonly string[]
}

/**
 * The texts in the language of the reader: by the query parameter `ui_locales`, else by `Accept-Language`, else the
 * first language offered.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest OpenID Connect Core section 3.1.2.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4 RFC 9110 section 12.5.4}
 */
export function chooseMessages({ headers, query }: OAuthRequest, offered: Offered): Messages {
  const accepted = parseAcceptLanguage(headerValue(headers, 'accept-language'))
  return (
    lookup(parseUiLocales(query), offered) ??
    lookup(accepted, offered) ??
    offered.all.find((messages) => !isRefused(messages, accepted.refused)) ??
    offered.all[0]
  )
}

/**
 * Adds `ui_locales` to a path of this server when the current address has it. The value is the tag of an offered
 * language, never text of the request.
 */
export function keepLanguage(path: string, { query }: OAuthRequest, offered: Offered): string {
  const messages = lookup(parseUiLocales(query), offered)
  if (messages === undefined || offered.all.length === 1) return path
  return `${path}${path.includes('?') ? '&' : '?'}ui_locales=${messages.language}`
}

/** Indexes texts by their language tag and its prefixes. Where two languages share a prefix, the first one gets it. */
export function offer(all: Offered['all']): Offered {
  const byTag = new Map<string, Messages>()
  for (const messages of all) byTag.set(normalize(messages.language), messages)
  for (const messages of all) {
    for (const tag of truncations(normalize(messages.language))) if (!byTag.has(tag)) byTag.set(tag, messages)
  }
  return { byTag, all }
}

/**
 * The lookup of RFC 4647: each range is shortened until a language is found. A reader of traditional Chinese gets
 * simplified Chinese only if none of the other languages in the request is offered.
 * @see {@link https://www.rfc-editor.org/rfc/rfc4647#section-3.4 RFC 4647 section 3.4}
 */
function lookup({ ranges, refused }: Preferences, { byTag }: Offered): Messages | undefined {
  const firstAccepted = (tags: readonly string[]): Messages | undefined => {
    const tag = tags.find((one) => {
      const messages = byTag.get(one)
      return messages !== undefined && !isRefused(messages, refused)
    })
    return tag === undefined ? undefined : byTag.get(tag)
  }
  for (const range of ranges) {
    const found = firstAccepted(truncations(range).filter((tag) => tag !== 'zh' || !isTraditional(range)))
    if (found !== undefined) return found
  }
  return ranges.some(isTraditional) ? firstAccepted(['zh']) : undefined
}

/** A tag and its prefixes, the longest first: `de-ch-1996`, `de-ch`, `de`. */
function truncations(tag: string): readonly string[] {
  const parts = tag.split('-')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'))
}

function isTraditional(tag: string): boolean {
  return tag === 'zh-hant' || tag.startsWith('zh-hant-')
}

function isRefused({ language }: Messages, refused: readonly string[]): boolean {
  return refused.length > 0 && truncations(normalize(language)).some((tag) => refused.includes(tag))
}

/** The tag in lower case. Regions that write traditional Chinese get the script: `zh-tw` becomes `zh-hant-tw`. */
function normalize(tag: string): string {
  return tag.toLowerCase().replace(/^zh-(?=(?:tw|hk|mo)\b)/, 'zh-hant-')
}

function isLanguageTag(text: string): boolean {
  return /^[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,7}$/i.test(text)
}

/** The first 30 parts in the first 1000 characters of a list: an attacker must not make the server parse more. */
function splitBounded(list: string, separator: ',' | ' '): readonly string[] {
  const maxLength = 1000
  if (list.length <= maxLength) return list.split(separator, 30)
  // the last part is incomplete
  return list.slice(0, maxLength).split(separator).slice(0, -1).slice(0, 30)
}

/** `ui_locales` is space-delimited, the preferred language first. A repeated parameter is ignored. */
function parseUiLocales(query: URLSearchParams): Preferences {
  const values = query.getAll('ui_locales')
  const [value = ''] = values.length === 1 ? values : []
  return { ranges: splitBounded(value, ' ').filter(isLanguageTag).map(normalize), refused: [] }
}

const weightedRange = /^[ \t]*([a-z0-9-]+)[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*)?$/i

/** `*` is ignored, because the first language offered is the default anyway. Malformed parts are skipped. */
function parseAcceptLanguage(header = ''): Preferences {
  const weighted = splitBounded(header, ',')
    .map((part) => weightedRange.exec(part))
    .map((match) => ({ tag: match?.[1] ?? '', weight: Number(match?.[2] ?? 1) }))
    .filter(({ tag }) => isLanguageTag(tag))
    .map(({ tag, weight }) => ({ tag: normalize(tag), weight }))
  const accepted = weighted.filter(({ weight }) => weight > 0).sort((one, other) => other.weight - one.weight)
  return {
    ranges: accepted.map(({ tag }) => tag),
    refused: weighted.filter(({ weight }) => weight === 0).map(({ tag }) => tag),
  }
}

/** A date in UTC. The month is in letters, because readers take 2/1 for different days. */
export function formatDate(instant: number, { language }: Messages): string {
  const day = { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat([language, 'en'], day).format(instant)
}
