import type { Messages } from '../contract/pages/messages.ts'
import type { Offered } from '../contract/pages/options.ts'
import { headerValue, type OAuthRequest } from '../http.ts'

/** What a reader prefers, the best first, and what he refuses: language tags in lower case. */
interface Preferences {
  readonly ranges: readonly string[]
  readonly refused: readonly string[]
}

/**
 * The texts for whoever made this request: `ui_locales` in the address, else `Accept-Language`, else the first ones.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest OpenID Connect Core section 3.1.2.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4 RFC 9110 section 12.5.4}
 */
export function chooseMessages({ headers, query }: OAuthRequest, offered: Offered): Messages {
  const accepted = parseAcceptLanguage(headerValue(headers, 'accept-language'))
  return (
    lookUp(parseUiLocales(query), offered) ??
    lookUp(accepted, offered) ??
    offered.all.find((messages) => !isRefused(messages, accepted.refused)) ??
    offered.all[0]
  )
}

/**
 * A path of ours in the language that the present address asks for, as far as that is one of ours: nothing that came
 * with the request goes along.
 */
export function keepLanguage(path: string, { query }: OAuthRequest, offered: Offered): string {
  const messages = lookUp(parseUiLocales(query), offered)
  if (messages === undefined || offered.all.length === 1) return path
  return `${path}${path.includes('?') ? '&' : '?'}ui_locales=${messages.language}`
}

/** Makes texts to be found by their tag and what it begins with; the first ones have the shorter tag. */
export function offer(all: Offered['all']): Offered {
  const byTag = new Map<string, Messages>()
  for (const messages of all) byTag.set(normalise(messages.language), messages)
  for (const messages of all) {
    for (const tag of truncations(normalise(messages.language))) if (!byTag.has(tag)) byTag.set(tag, messages)
  }
  return { byTag, all }
}

/**
 * RFC 4647's look-up, each range shortened until it is found. Traditional Chinese is not simplified: its readers get
 * another language that they name, yet the simplified characters rather than one that they do not.
 * @see {@link https://www.rfc-editor.org/rfc/rfc4647#section-3.4 RFC 4647 section 3.4}
 */
function lookUp({ ranges, refused }: Preferences, { byTag }: Offered): Messages | undefined {
  const find = (tags: readonly string[]): Messages | undefined => {
    const tag = tags.find((one) => {
      const messages = byTag.get(one)
      return messages !== undefined && !isRefused(messages, refused)
    })
    return tag === undefined ? undefined : byTag.get(tag)
  }
  for (const range of ranges) {
    const found = find(truncations(range).filter((tag) => tag !== 'zh' || !isTraditional(range)))
    if (found !== undefined) return found
  }
  return ranges.some(isTraditional) ? find(['zh']) : undefined
}

/** The tag, and all that it begins with, down to the language: `de-ch-1996`, `de-ch`, `de`. */
function truncations(tag: string): readonly string[] {
  const parts = tag.split('-')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'))
}

function isTraditional(tag: string): boolean {
  return tag === 'zh-hant' || tag.startsWith('zh-hant-')
}

function isRefused({ language }: Messages, refused: readonly string[]): boolean {
  return refused.length > 0 && truncations(normalise(language)).some((tag) => refused.includes(tag))
}

/** In lower case; what is written in traditional characters says so. */
function normalise(tag: string): string {
  return tag.toLowerCase().replace(/^zh-(?=(?:tw|hk|mo)\b)/, 'zh-hant-')
}

function isTag(text: string): boolean {
  return /^[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,7}$/i.test(text)
}

/** The parts of a list; nobody reads so many languages that it had to be read to its end. */
function partsOf(list: string, separator: ',' | ' '): readonly string[] {
  const longest = 1000
  if (list.length <= longest) return list.split(separator, 30)
  // the last one has been cut
  return list.slice(0, longest).split(separator).slice(0, -1).slice(0, 30)
}

/** Space-separated, the best first; given twice, it says nothing. */
function parseUiLocales(query: URLSearchParams): Preferences {
  const values = query.getAll('ui_locales')
  const [value = ''] = values.length === 1 ? values : []
  return { ranges: partsOf(value, ' ').filter(isTag).map(normalise), refused: [] }
}

const weightedRange = /^[ \t]*([a-z0-9-]+)[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*)?$/i

/** `*` is for whatever comes first here, so it says nothing. What cannot be understood is passed over. */
function parseAcceptLanguage(header = ''): Preferences {
  const weighted = partsOf(header, ',')
    .map((part) => weightedRange.exec(part))
    .map((match) => ({ tag: match?.[1] ?? '', weight: Number(match?.[2] ?? 1) }))
    .filter(({ tag }) => isTag(tag))
    .map(({ tag, weight }) => ({ tag: normalise(tag), weight }))
  const accepted = weighted.filter(({ weight }) => weight > 0).sort((one, other) => other.weight - one.weight)
  return {
    ranges: accepted.map(({ tag }) => tag),
    refused: weighted.filter(({ weight }) => weight === 0).map(({ tag }) => tag),
  }
}
