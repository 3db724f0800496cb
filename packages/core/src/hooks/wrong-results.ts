import type { HookName } from '../contract/hooks.ts'
import { type Awaitable, chain } from '../http.ts'

interface Expected {
  readonly fits: (result: unknown) => boolean
  readonly text: string
}

const flag: Expected = { fits: (result) => typeof result === 'boolean', text: 'true or false' }

/** A record with its id, or nothing: `undefined`, or `null` as databases say it. */
const found = (id: string, text: string): Expected => ({
  fits: (result) => result === undefined || result === null || typeof Reflect.get(Object(result), id) === 'string',
  text,
})

/**
 * The hooks whose wrong result refuses, as a right `false` or `undefined` does, so that nobody would see the fault. The others check
 * their results where they are used, and fail.
 */
const expectations: { readonly [Name in HookName]?: Expected } = {
  authenticateClient: found('client_id', 'a client with `client_id`, or undefined'),
  verifyClientSecret: flag,
  queryDeviceCredential: found('clientId', 'a DeviceCredential with `clientId`, or undefined'),
  shouldSlowDown: flag,
  isUserActive: flag,
  beforeIssue: flag,
}

/**
 * Reports a result of a wrong shape, such as the `1` of a database in place of `true`, or nothing where `return` was forgotten. The
 * result itself is passed on: it refuses.
 *
 * @param hook - The hook of the application, bound to its object.
 * @param report - Tells the application.
 */
export function reportWrongResults<Values extends readonly unknown[], T>(
  name: HookName,
  hook: (...values: Values) => Awaitable<T>,
  report: (error: TypeError) => void,
): (...values: Values) => Awaitable<T> {
  const expected = expectations[name]
  if (expected === undefined) return hook
  const check = (result: T): T => {
    if (!expected.fits(result)) report(wrongResult(name, result, expected))
    return result
  }
  return (...values) => chain(hook(...values), check)
}

function wrongResult(name: HookName, result: unknown, { text }: Expected): TypeError {
  const given = result === undefined || result === null ? String(result) : `a value of the type ${typeof result}`
  const refuses = name === 'shouldSlowDown' ? '' : ' Until then it refuses.'
  return new TypeError(`Device Auth: the hook \`${name}\` returned ${given}; it must return ${text}.${refuses}`)
}
