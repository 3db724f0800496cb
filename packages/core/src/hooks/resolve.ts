import { OptionError, unknownName } from '../checks.ts'
import type { HookServer } from '../contract/context.ts'
import type { HookName, Hooks } from '../contract/hooks.ts'
import { nearest } from '../nearest.ts'
import { guard } from '../time-limit.ts'
import { connectHooks, DeviceAuthHooks } from './default.ts'
import { reportWrongResults } from './wrong-results.ts'

/** The hooks that stand for the store: an error of theirs counts as a failure of the store, which is temporary. */
const storing: ReadonlySet<string> = new Set<HookName>([
  'saveDeviceCredential',
  'queryDeviceCredential',
  'queryUserGrant',
  'saveToken',
])

const names: readonly string[] = Object.getOwnPropertyNames(DeviceAuthHooks.prototype).filter(isHookName)

function isHookName(name: string): name is HookName {
  return name !== 'constructor' && Object.hasOwn(DeviceAuthHooks.prototype, name)
}

/**
 * The names of the hooks that the application overrides.
 *
 * @param given - The option `hooks`: an object, or an instance of a class.
 * @throws {OptionError} for a hook that is not a function, and for a member whose name is not a hook. A class may have
 *   members of its own, unless the name is nearly that of a hook.
 */
export function overriddenHooks(given: object): ReadonlySet<HookName> {
  const overridden = new Set<HookName>()
  const isInstance = ![Object.prototype, null].includes(Object.getPrototypeOf(given))
  for (let owner = given; isOwn(owner); owner = Object.getPrototypeOf(owner)) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (name === 'constructor') continue
      if (isHookName(name)) {
        checkFunction(name, Reflect.get(given, name))
        if (typeof Reflect.get(given, name) === 'function') overridden.add(name)
      } else if (!isInstance || isMisspelt(name, given)) throw unknownName(`hooks.${name}`, name, names)
    }
  }
  return overridden
}

/** `true` for a method of a class whose name is nearly that of a hook. */
function isMisspelt(name: string, given: object): boolean {
  const meant = name.length >= 8 ? nearest(name, names) : undefined
  if (meant === undefined || Math.abs(meant.length - name.length) > 2) return false
  return typeof Reflect.get(given, name) === 'function'
}

function isOwn(owner: object | null): owner is object {
  return owner !== null && owner !== Object.prototype && !Object.hasOwn(owner, connectHooks)
}

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== 'function')
    throw new OptionError(`hooks.${name}`, value, 'a function')
}

/**
 * True if the option `timeout` limits how long this hook may take: each hook that the application overrides, except
 * `onError`, and always `generateToken`, because a token format may ask a key service. The other default hooks need no
 * limit of their own: the steps of the store that they call are limited.
 */
function isBounded(name: string, overridden: ReadonlySet<string>): boolean {
  return name === 'generateToken' || (overridden.has(name) && name !== 'onError')
}

/**
 * Makes the hooks of a server: those of the application and the defaults for the rest, each bound to its object.
 *
 * @param timeout - The milliseconds that a hook of the application may take.
 */
export function resolveHooks<Native>(
  given: Partial<Hooks<Native>>,
  context: HookServer<Native>,
  timeout: number,
): Hooks<Native> {
  const defaults = connectHooks in given ? (given as DeviceAuthHooks<Native>) : new DeviceAuthHooks<Native>()
  defaults[connectHooks](context)
  const resolved: Hooks<Native> = new DeviceAuthHooks<Native>()
  for (const name of names) {
    const own = Reflect.get(given, name)
    // an instance may have `null` or `undefined` in place of the method of its class
    const hook =
      typeof own === 'function'
        ? checked(name, own.bind(given), context)
        : Reflect.get(DeviceAuthHooks.prototype, name).bind(defaults)
    const kind = storing.has(name) ? 'store' : 'hook'
    Reflect.set(resolved, name, isBounded(name, context.overridden) ? guard(name, kind, timeout, hook) : hook)
  }
  return resolved
}

/** A hook that the application overrides, with a report of its wrong results. */
function checked<Native>(
  name: string,
  hook: (...values: readonly unknown[]) => unknown,
  { overridden, fail }: HookServer<Native>,
): (...values: readonly unknown[]) => unknown {
  if (!isHookName(name) || !overridden.has(name)) return hook
  return reportWrongResults(name, hook, (error) => fail(name, error, { endpoint: 'hooks' }))
}
