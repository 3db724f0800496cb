/** Checks a value. Returns what is expected if the value is wrong, and `undefined` if it is right. */
export type Check = (value: unknown) => string | undefined

/** The check of each option. */
export type Checks<Options> = { readonly [Name in keyof Options]-?: Check }

const reference = 'See the README of @device-auth/client.'

/** Checks for a string that is not empty. */
export const isText: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a string')

/** Checks for a string, which may be empty. */
export const isString: Check = (value) => (typeof value === 'string' ? undefined : 'a string')

/** Checks for `true` or `false`. */
export const isBoolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false')

/** Checks for a function. */
export const isFunction: Check = (value) => (typeof value === 'function' ? undefined : 'a function')

/** Checks for an object that is not a list. */
export const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'an object'

/** Checks for one of these texts. */
export const isOneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    allowed.some((one) => one === value) ? undefined : allowed.map((one) => `'${one}'`).join(' or ')

/** Checks for a number of a unit, such as seconds, from 0 on; `Infinity` is one too. */
export const isNumberOf =
  (unit: string): Check =>
  (value) =>
    typeof value === 'number' && value >= 0 ? undefined : `a number of ${unit}, 0 or more`

/** Checks for an object with these functions. */
export const hasMethods =
  (example: string, ...names: readonly string[]): Check =>
  (value) =>
    names.every((name) => typeof Reflect.get(Object(value), name) === 'function') ? undefined : example

/** Checks for a text or a list of texts. */
export const isTexts: Check = (value) =>
  typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'))
    ? undefined
    : 'a string or a list of strings'

/** Checks for an object whose values are texts, or with `lists` also lists of texts. A value may be missing. */
export const isTextsByName =
  (lists: boolean): Check =>
  (value) =>
    isObject(value) === undefined &&
    Object.values(Object(value)).every(
      (one) => one === undefined || (lists ? isTexts(one) : isString(one)) === undefined,
    )
      ? undefined
      : `an object whose values are strings${lists ? ' or lists of strings' : ''}`

/**
 * Checks the options of a function or a class. An option with a wrong name must not count as one that is not given. `undefined` and
 * `null` count as not given.
 *
 * @param name - The function or the class, for the messages.
 * @param required - The options that must be given, and not be empty.
 * @returns A copy of the options without those that are not given.
 * @throws {TypeError} that names the option and what is expected. It never shows a value that may be a secret.
 */
export function checkOptions<Options extends object>(
  name: string,
  options: Options | null | undefined,
  checks: Checks<Options>,
  required: readonly (keyof Options & string)[] = [],
): Options {
  const given = withoutNull(name, options)
  const known: Readonly<Record<string, Check>> = { ...checks }
  for (const [option, value] of Object.entries(given)) {
    if (!Object.hasOwn(known, option)) throw new TypeError(unknownOption(name, option, Object.keys(known)))
    const expected = known[option]?.(value)
    if (expected !== undefined && !(value === '' && required.some((one) => one === option)))
      throw new TypeError(`${name}: option \`${option}\` is ${shown(value)}; expected ${expected}. ${reference}`)
  }
  for (const option of required) {
    if ((given[option] ?? '') === '')
      throw new TypeError(`${name} needs the option \`${option}\`, ${checks[option](undefined)}. ${reference}`)
  }
  return given
}

function withoutNull<Options extends object>(name: string, options: Options | null | undefined): Options {
  const given: unknown = options ?? {}
  if (isObject(given) !== undefined)
    throw new TypeError(`${name} needs an object of options, not ${shown(given)}. ${reference}`)
  const entries = Object.entries(Object(given)).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(entries) as Options
}

function unknownOption(name: string, option: string, known: readonly string[]): string {
  const meant = nearest(option, known)
  const hint = meant === undefined ? `expected one of ${known.join(', ')}.` : `did you mean \`${meant}\`?`
  return `${name}: option \`${option}\` is unknown; ${hint} ${reference}`
}

/** A text is not shown: it may be a secret. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : `a string of ${value.length} characters`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

/** The name that a misspelt one most likely means; `undefined` if none is close. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((one) => ({ one, distance: editDistance(name.toLowerCase(), one.toLowerCase()) }))
  const [best] = distances.sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= Math.max(2, Math.floor(name.length / 3)) ? best.one : undefined
}

/** The Levenshtein distance, computed row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
    }
    row = next
  }
  return row[b.length] ?? 0
}

/**
 * Checks that a request has these texts.
 *
 * @param name - The function that got the request, for the message.
 * @throws {TypeError} that names the text that is missing.
 */
export function requireTexts(name: string, request: unknown, ...texts: readonly string[]): void {
  const missing = texts.find((text) => isString(Reflect.get(Object(request), text)) !== undefined)
  if (missing !== undefined) throw new TypeError(`${name} needs \`${missing}\` in the request, a string. ${reference}`)
}
