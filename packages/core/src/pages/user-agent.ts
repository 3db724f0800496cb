type Words = readonly (readonly [pattern: RegExp, words: string])[]

/** Kinds of devices. The first that fits counts, so special ones stand before general ones. */
const devices: Words = [
  [/tizen.*(smart-?tv|\btv\b)|(smart-?tv|\btv\b).*tizen|\bmaple\b/i, 'Samsung TV'],
  [/\bweb0s\b|webos.*\btv\b/i, 'LG TV'],
  [/bravia/i, 'Sony TV'],
  [/vidaa|hisense/i, 'Hisense TV'],
  [/apple ?tv|\btvos\b/i, 'Apple TV'],
  [/\bAFT[A-Z]|fire ?tv/, 'Amazon Fire TV'],
  [/\broku/i, 'Roku'],
  [/\bcrkey\b/i, 'Chromecast'],
  [/android ?tv|google ?tv/i, 'Android TV'],
  [/playstation ?5/i, 'PlayStation 5'],
  [/playstation/i, 'PlayStation'],
  [/\bxbox/i, 'Xbox'],
  [/nintendo/i, 'Nintendo'],
  [/\biphone\b/i, 'iPhone'],
  [/\bipad\b/i, 'iPad'],
  [/apple ?watch|\bwatchos\b/i, 'Apple Watch'],
  [/\bquest\b|oculus/i, 'Meta Quest'],
  [/smart-?tv|smart_?tv|\btv\b|hbbtv/i, 'TV'],
]

const systems: Words = [
  [/tizen/i, 'Tizen'],
  [/web0s|webos/i, 'webOS'],
  [/\btvos\b/i, 'tvOS'],
  [/\bwatchos\b/i, 'watchOS'],
  [/android/i, 'Android'],
  [/\bcros\b/i, 'ChromeOS'],
  [/windows/i, 'Windows'],
  [/mac ?os|macintosh|darwin/i, 'macOS'],
  [/linux/i, 'Linux'],
]

const programs: Words = [
  [/\bedga?\//i, 'Edge'],
  [/\bfirefox\//i, 'Firefox'],
  [/\b(chrome|chromium|crios)\//i, 'Chrome'],
  [/\bversion\/[\d.]+.*safari\//i, 'Safari'],
  [/^curl\//i, 'curl'],
  [/^wget\//i, 'Wget'],
  [/python/i, 'Python'],
  [/^(node|undici)\b|node-fetch|node\.js/i, 'Node.js'],
  [/go-http-client/i, 'Go'],
  [/okhttp|apache-httpclient|^java\//i, 'Java'],
  [/^dart\//i, 'Dart'],
  [/powershell/i, 'PowerShell'],
]

/** On these, the system says nothing more: its name is that of the device, or there is but one. */
const sayAll = /^(iPhone|iPad|Roku|Xbox|Nintendo|PlayStation|Android TV|Apple Watch)/

/**
 * The `User-Agent` of a device in words, such as `Samsung TV, Tizen` or `Windows, Firefox`: people cannot read the header, and
 * a sentence in it is not shown. The words are names, the same in every language.
 *
 * @returns `undefined` for a header that names nothing known.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5 RFC 9110 section 10.1.5}
 */
export function describeUserAgent(header: string): string | undefined {
  const first = (list: Words): string | undefined => list.find(([pattern]) => pattern.test(header))?.[1]
  const device = first(devices)
  const system = device !== undefined && sayAll.test(device) ? undefined : first(systems)
  // the browser of a TV is a part of it
  const program = device === undefined ? first(programs) : undefined
  const words = [device, system, program].filter((word) => word !== undefined)
  return words.length === 0 ? undefined : words.join(', ')
}
