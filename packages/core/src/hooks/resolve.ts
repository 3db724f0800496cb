import type { HookServer } from '../contract/context.ts'
import type { HookName, Hooks } from '../contract/hooks.ts'
import { guard } from '../guard.ts'
import { OptionError } from '../options/check.ts'
import { nearest } from '../options/nearest.ts'
import { connectHooks, DeviceAuthHooks } from './default.ts'

/** The hooks that stand for a store: what they throw is a failing store, not a failing application. */
const storing: ReadonlySet<string> = new Set<HookName>([
  'saveDeviceCredential',
  'queryDeviceCredential',
  'queryUserGrant',
  'saveToken',
])

const names = Object.getOwnPropertyNames(DeviceAuthHooks.prototype).filter((name) => name !== 'constructor')

function isHookName(name: string): name is HookName {
  return names.includes(name)
}

/** The application's hooks, by name; each is checked to be one. */
export function overriddenHooks(given: object): ReadonlySet<HookName> {
  const overridden = new Set<HookName>()
  const isInstance = ![Object.prototype, null].includes(Object.getPrototypeOf(given))
  for (let owner = given; isOwn(owner); owner = Object.getPrototypeOf(owner)) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (name === 'constructor') continue
      if (isHookName(name)) {
        checkFunction(name, Reflect.get(given, name))
        if (Reflect.get(given, name) !== undefined) overridden.add(name)
      } else if (!isInstance || isMisspelt(name, given)) throw unknownHook(name, given)
    }
  }
  return overridden
}

/** A class of hooks may have members of its own, but none that is nearly a hook. */
function isMisspelt(name: string, given: object): boolean {
  const meant = name.length >= 8 ? nearest(name, names) : undefined
  if (meant === undefined || Math.abs(meant.length - name.length) > 2) return false
  return typeof Reflect.get(given, name) === 'function'
}

function isOwn(owner: object | null): owner is object {
  return owner !== null && owner !== Object.prototype && !Object.hasOwn(owner, connectHooks)
}

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') throw new OptionError(`hooks.${name}`, value, 'a function')
}

function unknownHook(name: string, given: object): OptionError {
  const meant = nearest(name, names)
  const hint = meant === undefined ? `one of ${names.join(', ')}` : `\`${meant}\`, did you mean that?`
  return new OptionError(`hooks.${name}`, Reflect.get(given, name), `no hook of this name but ${hint}`)
}

/** The defaults are bounded where they call the store; a token format may ask a key service. */
function isBounded(name: string, overridden: ReadonlySet<string>): boolean {
  return name === 'generateToken' || (overridden.has(name) && name !== 'onError')
}

/** Binds every hook to its owner, once, and bounds it in time (milliseconds). */
export function resolveHooks<Native>(
  given: Partial<Hooks<Native>>,
  context: HookServer<Native>,
  timeout: number,
): Hooks<Native> {
  const defaults = connectHooks in given ? (given as DeviceAuthHooks<Native>) : new DeviceAuthHooks<Native>()
  defaults[connectHooks](context)
  const resolved: Record<string, unknown> = {}
  for (const name of names) {
    const owner = typeof Reflect.get(given, name) === 'function' ? given : defaults
    const hook = Reflect.get(owner, name).bind(owner)
    const kind = storing.has(name) ? 'store' : 'hook'
    resolved[name] = isBounded(name, context.overridden) ? guard(name, kind, timeout, hook) : hook
  }
  return resolved as unknown as Hooks<Native>
}
