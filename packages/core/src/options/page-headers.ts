import { type Check, isObject } from '../checks.ts'
import type { SourceDirective } from '../contract/pages/options.ts'

const directives: Readonly<Record<SourceDirective, RegExp>> = {
  'connect-src': /^$/,
  'font-src': /^data:$/,
  'img-src': /^data:$/,
  'media-src': /^$/,
  'script-src': /^'sha(?:256|384|512)-[\w+/-]+=*'$/,
  'style-src': /^'sha(?:256|384|512)-[\w+/-]+=*'$/,
}

/** `'self'`, or an https URL with or without a path, such as `https://cdn.example.com` or `https://*.example.com`. */
const usual = /^(?:'self'|https:\/\/(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:\/[\w.~/-]*)?)$/

/** The check of the option `pages.contentSources`. */
export const isContentSources: Check = (value) =>
  isObject(value) === undefined && Object.entries(Object(value)).every(([name, sources]) => areSources(name, sources))
    ? undefined
    : `an object of lists by ${Object.keys(directives).join(', ')}, each of 'self', https URLs, hashes of scripts or styles, or data: for images and fonts`

function areSources(name: string, sources: unknown): boolean {
  const special = Object.entries(directives).find(([one]) => one === name)?.[1]
  if (special === undefined || !Array.isArray(sources)) return false
  return sources.every((source) => typeof source === 'string' && (usual.test(source) || special.test(source)))
}

/** The headers that the pages have already, and those that frame the message: an application must not weaken them. */
const taken =
  /^(?:content-.*|transfer-encoding|connection|vary|set-cookie|location|retry-after|cache-control|pragma|referrer-policy|x-frame-options|x-content-type-options|cross-origin-opener-policy|permissions-policy)$/

/** The check of the option `pages.headers`. */
export const isPageHeaders: Check = (value) =>
  isObject(value) === undefined && Object.entries(Object(value)).every(isHeader)
    ? undefined
    : 'an object of headers in lower case with texts in printable ASCII, other than those that the pages have already'

function isHeader([name, text]: readonly [string, unknown]): boolean {
  return (
    /^[a-z0-9-]+$/.test(name) &&
    !taken.test(name) &&
    typeof text === 'string' &&
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text)
  )
}
