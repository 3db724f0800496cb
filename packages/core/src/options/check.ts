import { storeSteps } from '../stores/forward-steps.ts'
import { nearest } from './nearest.ts'

/** An option that cannot work, found at construction. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError'

  constructor(option: string, given: unknown, expected: string, show = /secret$/i.test(option) ? kind : shown) {
    super(
      `Device Auth: option \`${option}\` is ${show(given)}; expected ${expected}. See "Options" in the README of @device-auth/core.`,
    )
  }
}

/** For values that are, or may be, a secret. */
function kind(value: unknown): string {
  if (typeof value !== 'string') return shown(value)
  return value === '' ? 'an empty string' : `a string of ${value.length} characters`
}

function shown(value: unknown): string {
  if (typeof value === 'string') {
    // a connection string or an issuer may carry a password
    const text = value.replace(/:\/\/[^/?#]*@/g, '://...@')
    return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text)
  }
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null)
    return `an object with ${Object.keys(value).join(', ') || 'no members'}`
  return String(value)
}

/** A check says what is expected when the value is not it. */
export type Check = (value: unknown) => string | undefined

export const isNumberFrom =
  (least: number, most: number, unit: string): Check =>
  (value) =>
    typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most
      ? undefined
      : `a number of ${unit} from ${least} to ${most}`

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

export const isFunction: Check = (value) => (typeof value === 'function' ? undefined : 'a function')

export const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'an object'

export const isPath: Check = (value) =>
  typeof value === 'string' && /^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._~-]+)+$/.test(value)
    ? undefined
    : "a path such as '/token'"

/** An object whose values are objects with these functions. */
export const isRecordOf =
  (what: string, ...functions: readonly string[]): Check =>
  (value) =>
    isObject(value) === undefined &&
    Object.values(Object(value)).every((one) => functions.every((name) => typeof Object(one)[name] === 'function'))
      ? undefined
      : `an object of ${what}, each with ${functions.join(' and ')}`

export const either =
  (...checks: readonly Check[]): Check =>
  (value) => {
    const expected = checks.map((check) => check(value))
    return expected.includes(undefined) ? undefined : expected.join(', or ')
  }

export const isStore: Check = (value) => {
  if (isObject(value) !== undefined) return 'a store, such as new MemoryStore()'
  const missing = storeSteps.filter((step) => typeof Reflect.get(Object(value), step) !== 'function')
  return missing.length === 0 ? undefined : `a store that has the steps ${missing.join(', ')} too`
}

/** Checks a group of options: unknown names, then each value; `undefined` counts as not given. */
export function checkNames(group: string, given: object, checks: Readonly<Record<string, Check>>): void {
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    const option = group === '' ? name : `${group}.${name}`
    if (check === undefined) {
      const meant = nearest(name, Object.keys(checks))
      const hint = meant === undefined ? `one of ${Object.keys(checks).join(', ')}` : `\`${meant}\`, did you mean that?`
      // what stands under a misspelt name may be a secret
      throw new OptionError(option, value, `no option of this name but ${hint}`, kind)
    }
    if (value === undefined) continue
    const expected = check(value)
    if (expected !== undefined) throw new OptionError(option, value, expected)
  }
}
