import { nearest } from './nearest.ts'

/** The function or class that gets options, as its error messages name it. */
export interface OptionOwner {
  /** Its name, such as `DeviceTokenStrategy`. */
  readonly name: string
  /** The sentence that names the place of their description, such as `See the README of @device-auth/passport.` */
  readonly reference: string
}

/** Makes the owner for a function or a class of this package. */
export function coreOwner(name: string): OptionOwner {
  return { name, reference: 'See "Options" in the README of @device-auth/core.' }
}

const deviceAuth = coreOwner('Device Auth')

/**
 * The error for an option that cannot work, thrown at construction. The message names the option, the value and what is
 * expected. It never shows a secret.
 */
export class OptionError extends TypeError {
  override readonly name = 'OptionError'

  /**
   * @param option - The path of the option, such as `limits.pending`; or this path with the owner of the option. Without one the
   * owner is `createDeviceAuth`.
   * @param finding - The given value and what is expected in its place; or one text that follows "option … is".
   */
  constructor(
    option: string | OwnedOption,
    ...finding: readonly [given: unknown, expected: string] | readonly [text: string]
  ) {
    const { path, owner } = typeof option === 'string' ? { path: option, owner: deviceAuth } : option
    const text = finding.length === 1 ? finding[0] : wrongValue(path, ...finding)
    super(`${owner.name}: option \`${path}\` is ${text} ${owner.reference}`)
  }
}

/** The path of an option, and its owner. */
export interface OwnedOption {
  readonly path: string
  readonly owner: OptionOwner
}

function wrongValue(option: string, given: unknown, expected: string): string {
  const secret = /secret$/i.test(option) && typeof given === 'string'
  return `${secret ? withoutContent(given) : withContent(given)}; expected ${expected}.`
}

function withoutContent(secret: string): string {
  return secret === '' ? 'an empty string' : `a string of ${counted(secret.length, 'character')}`
}

function withContent(value: unknown): string {
  if (typeof value === 'string') {
    // a connection string or an issuer may carry a password
    const text = value.replace(/:\/\/[^/?#]*@/g, '://...@')
    return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text)
  }
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty array' : `an array of ${counted(value.length, 'element')}`
  if (typeof value === 'object' && value !== null)
    return `an object with ${Object.keys(value).join(', ') || 'no members'}`
  if (typeof value === 'bigint') return `${value}n`
  return value === undefined ? 'missing' : String(value)
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Checks a value. Returns what is expected if the value is wrong, and `undefined` if it is right. */
export type Check = (value: unknown) => string | undefined

/** Checks for a number of a unit, such as seconds, in a range. */
export const isNumberFrom =
  (least: number, most: number, unit: string): Check =>
  (value) =>
    typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most
      ? undefined
      : `a number of ${unit} from ${least} to ${most}`

/** Checks for a whole number in a range. @param unit - Used in the message, such as `seconds`. */
export const isWholeFrom =
  (least: number, most: number, unit: string): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `a whole number of ${unit} from ${least} to ${most}`

export const isOneOf =
  (...allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value) ? undefined : allowed.map((one) => JSON.stringify(one)).join(' or ')

/** Checks for a function. */
export const isFunction: Check = (value) => (typeof value === 'function' ? undefined : 'a function')

/** Checks for an object that is not a list. */
export const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'an object'

/** Checks for a string that is not empty. */
export const isText: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a string')

/** Checks for classes of log-in: one text with spaces between them, or a list. */
export const isAcrValues: Check = (value) =>
  isNames(typeof value === 'string' ? value.split(' ') : value)
    ? undefined
    : "classes of log-in, such as 'urn:example:silver urn:example:gold', or a list of them"

/** True for a list of names without spaces and quotation marks, which stand in a challenge as they are. */
function isNames(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(String(one)) && typeof one === 'string')
  )
}

/** Checks for the seconds since a log-in. */
export const isMaxAge: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : 'a whole number of seconds, 0 or more'

/** Checks for the address of a resource server, or a list of such addresses. */
export const isAudience: Check = (value) =>
  [value].flat().length > 0 && [value].flat().every((one) => isText(one) === undefined)
    ? undefined
    : 'the address of a resource server, or a list of them'

/** Checks for `true` or `false`. */
export const isBoolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false')

export const isPath: Check = (value) =>
  typeof value === 'string' && /^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._~-]+)+$/.test(value)
    ? undefined
    : "a path such as '/token'"

/** Checks for an object whose values are objects with these functions. */
export const isRecordOf =
  (what: string, ...functions: readonly string[]): Check =>
  (value) =>
    isObject(value) === undefined &&
    Object.values(Object(value)).every((one) => functions.every((name) => typeof Object(one)[name] === 'function'))
      ? undefined
      : `an object of ${what}, each with ${functions.join(' and ')}`

/** Checks that one of several checks accepts the value. */
export const either =
  (...checks: readonly Check[]): Check =>
  (value) => {
    const expected = checks.map((check) => check(value))
    return expected.includes(undefined) ? undefined : expected.join(', or ')
  }

/** The error for an option whose name does not exist. It shows nothing of the value, which may be a secret. */
export function unknownName(option: string | OwnedOption, name: string, known: readonly string[]): OptionError {
  const meant = nearest(name, known)
  return new OptionError(
    option,
    meant === undefined ? `unknown; expected one of ${known.join(', ')}.` : `unknown; did you mean \`${meant}\`?`,
  )
}

/**
 * Checks a group of options. `undefined` counts as not given.
 *
 * @param group - The option that has the group, such as `limits`; `''` for the options themselves.
 * @throws {OptionError} for an unknown name or a wrong value.
 */
export function checkNames(group: string, given: object, checks: Readonly<Record<string, Check>>): void {
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    const option = group === '' ? name : `${group}.${name}`
    if (check === undefined) throw unknownName(option, name, Object.keys(checks))
    if (value === undefined) continue
    const expected = check(value)
    if (expected !== undefined) throw new OptionError(option, value, expected)
  }
}

/**
 * Checks the options of a function or a class at its door, as `createDeviceAuth` checks its own: an option with a wrong name must not be
 * an option that is not given, because what it was meant to forbid would then be allowed. `undefined` and `null` count as not given.
 *
 * @param checks - The check of each option.
 * @param required - The options that must be given, and not be empty.
 * @returns A copy of the options without those that are not given, so that the defaults of a destructuring apply to `null` too.
 * @throws {OptionError} for an unknown name or a wrong value.
 * @throws {TypeError} for a required option that is not given, or if the options are no object.
 * @example
 * const owner = { name: 'DeviceTokenStrategy', reference: 'See the README of @device-auth/passport.' }
 * const { scope, realm = 'api' } = checkOptions(owner, options, { scope: isText, realm: isText }, ['scope'])
 */
export function checkOptions<Options>(
  owner: OptionOwner,
  options: Options,
  checks: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
): NonNullable<Options> {
  const given = options ?? {}
  if (isObject(given) !== undefined)
    throw new TypeError(`${owner.name} needs an object of options, not ${withContent(given)}. ${owner.reference}`)
  const values: Readonly<Record<string, unknown>> = Object(given)
  for (const [path, value] of Object.entries(values)) {
    const check = Object.hasOwn(checks, path) ? checks[path] : undefined
    if (check === undefined) throw unknownName({ path, owner }, path, Object.keys(checks))
    if (value === undefined || value === null || (value === '' && required.includes(path))) continue
    const expected = check(value)
    if (expected !== undefined) throw new OptionError({ path, owner }, value, expected)
  }
  for (const path of required) {
    if ((values[path] ?? '') !== '') continue
    const expected = checks[path]?.(undefined)
    const kind = expected === undefined ? '' : `, ${expected}`
    throw new TypeError(`${owner.name} needs the option \`${path}\`${kind}. ${owner.reference}`)
  }
  return withoutNull(given) as NonNullable<Options>
}

/**
 * A copy of an object without the members that are `null` or `undefined`: a row of a database has `null` for what is not there.
 * Of a class instance only its own members are copied.
 */
export function withoutNull<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined)) as T
}

/**
 * Checks an argument of a method of the server.
 *
 * @param method - The method, as the message names it.
 * @param argument - The argument, as the message names it.
 * @param mayBeEmpty - True for what a user types; an id must not be empty, because it would match records that have none.
 * @throws {TypeError} that names the method and the argument.
 */
export function requireText(method: string, argument: string, value: unknown, mayBeEmpty = false): void {
  if (typeof value === 'string' && (mayBeEmpty || value !== '')) return
  const kind = mayBeEmpty ? 'a string' : 'a non-empty string'
  throw new TypeError(`Device Auth: ${method}() needs ${kind} as its ${argument}.`)
}

/**
 * Checks an argument that is an object with optional texts, such as the decision of `approve`.
 *
 * @returns The object without members that are `null`; an empty one if there is none.
 * @throws {TypeError} for another value, an unknown member, or a member that is not a string.
 */
export function optionalTexts<Name extends string>(
  method: string,
  value: unknown,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const owner: OptionOwner = { name: `Device Auth: ${method}()`, reference: 'See its type in @device-auth/core.' }
  const isString: Check = (text) => (typeof text === 'string' ? undefined : 'a string')
  const given = checkOptions(owner, value ?? {}, Object.fromEntries(names.map((name) => [name, isString])))
  return Object.fromEntries(Object.entries(given)) as Partial<Record<Name, string>>
}
