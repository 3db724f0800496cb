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
  const refuse = (problem: string): never => {
    throw new TypeError(`${name}${problem} ${reference}`)
  }
  const given: unknown = options ?? {}
  if (isObject(given) !== undefined) refuse(` needs an object of options, not ${shown(given)}.`)
  const kept = new Map<string, unknown>(
    Object.entries(Object(given)).filter(([, value]) => value !== undefined && value !== null),
  )
  for (const [option, value] of kept) {
    const expected = Object.hasOwn(checks, option)
      ? checks[option as keyof Options](value)
      : refuse(`: option \`${option}\` is unknown; ${hint(option, Object.keys(checks))}`)
    if (expected !== undefined && !(value === '' && required.some((one) => one === option)))
      refuse(`: option \`${option}\` is ${shown(value)}; expected ${expected}.`)
  }
  for (const option of required)
    if ((kept.get(option) ?? '') === '') refuse(` needs the option \`${option}\`, ${checks[option](undefined)}.`)
  return Object.fromEntries(kept) as Options
}

/** The options that a function knows, out of those that an application gave for several functions. */
export function knownOptions<Options extends object>(checks: Checks<Options>, given: NoInfer<Options>): Options {
  return Object.fromEntries(Object.entries(given).filter(([option]) => option in checks)) as Options
}

/** A text is not shown: it may be a secret. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : `a string of ${value.length} characters`
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

/** The name that a misspelt one most likely means, or all names if none is close. */
function hint(name: string, known: readonly string[]): string {
  for (let edits = 0; edits < Math.min(5, name.length / 3 + 1); edits++) {
    const found = known.find((one) => isWithin(edits, name.toLowerCase(), one.toLowerCase()))
    if (found !== undefined) return `did you mean \`${found}\`?`
  }
  return `expected one of ${known.join(', ')}.`
}

/** True if this many characters at most have to be added, removed or replaced to make one text from the other. */
function isWithin(edits: number, a: string, b: string): boolean {
  const [restA, restB] = [a.slice(1), b.slice(1)]
  if (a[0] === b[0]) return a === b || isWithin(edits, restA, restB)
  return (
    edits > 0 && (isWithin(edits - 1, restA, b) || isWithin(edits - 1, a, restB) || isWithin(edits - 1, restA, restB))
  )
}

/**
 * Checks the arguments of a function that sends a request. Members of the request that the function does not know have no effect, so
 * that the codes or the tokens of an earlier result can be spread into it.
 *
 * @param name - The function, for the messages.
 * @param texts - The members of the request that must be strings, beside `address` and `clientId`, which every request needs.
 * @returns The options without those that are not given.
 * @throws {TypeError} that names what is missing, misspelt or wrong.
 */
export function checkRequest<Options extends object>(
  name: string,
  request: unknown,
  options: Options,
  checks: Checks<Options>,
  ...texts: readonly string[]
): Options {
  for (const text of ['address', 'clientId', ...texts])
    if (typeof Reflect.get(Object(request), text) !== 'string')
      throw new TypeError(`${name} needs \`${text}\` in the request, a string. ${reference}`)
  return checkOptions(name, options, checks)
}
