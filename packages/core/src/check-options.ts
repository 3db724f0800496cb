import { storeSteps } from './guard.ts'
import { nearest } from './nearest.ts'

/** An option that cannot work, found at construction. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError'

  constructor(option: string, given: unknown, expected: string) {
    const shown = option === 'secret' ? 'what was given' : show(given)
    super(`Device Auth: option \`${option}\` is ${shown}; expected ${expected}. See "Options" in the README of @device-auth/core.`)
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}...` : value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return `an object with ${Object.keys(value).join(', ') || 'no members'}`
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
  typeof value === 'string' && /^(?:\/[A-Za-z0-9._~-]+)+$/.test(value) ? undefined : "a path such as '/token'"

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
      throw new OptionError(option, value, `no option of this name but ${hint}`)
    }
    if (value === undefined) continue
    const expected = check(value)
    if (expected !== undefined) throw new OptionError(option, value, expected)
  }
}
