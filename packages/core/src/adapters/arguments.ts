import { type Check, checkOptions, isAcrValues, isAudience, isMaxAge, isText } from '../checks.ts'
import type { DeviceAuth } from '../contract/device-auth.ts'
import type { AccessControl, TokenAuthority } from '../tokens/bearer.ts'

const reference = 'See the README of the adapter.'

/** Checks for scopes, of which there is at least one: an empty text, as of an unset variable, would let any token through. */
const isScope: Check = (value) => {
  const listed = Array.isArray(value) ? value : [value]
  const named = listed.length > 0 && listed.every((one) => typeof one === 'string' && one.trim() !== '')
  return named ? undefined : "a string such as 'profile videos', or a list of scopes"
}

const isHttpUrl: Check = (value) =>
  typeof value === 'string' && /^https?:\/\/[^?#]+$/.test(value) && URL.canParse(value)
    ? undefined
    : "the public https URL of this API, such as 'https://api.example.com'"

const guardChecks: Readonly<Record<keyof Omit<AccessControl, 'body' | 'request'>, Check>> = {
  scope: isScope,
  audience: isAudience,
  acrValues: isAcrValues,
  maxAge: isMaxAge,
  realm: isText,
  baseUrl: isHttpUrl,
}

/**
 * Checks the arguments of a guard when it is made. A misspelt option must not count as one that is not given: the guard would
 * let every token through.
 *
 * @param name - The guard, as the messages name it.
 * @throws {TypeError} that names the argument and what is expected.
 */
export function checkGuard(
  name: string,
  authority: TokenAuthority<unknown>,
  access: Omit<AccessControl, 'body' | 'request'>,
): void {
  if (typeof Reflect.get(Object(authority), 'authenticate') !== 'function')
    throw new TypeError(`${name} needs the object that createDeviceAuth returned as its first argument. ${reference}`)
  checkOptions({ name, reference }, access, guardChecks)
}

/**
 * Returns the argument of a middleware that serves the metadata at the root of the host.
 *
 * @param name - The middleware, as the message names it.
 * @throws {TypeError} if it is not the object that `createDeviceAuth` returned.
 */
export function requireServer<Native>(name: string, deviceAuth: DeviceAuth<Native>): DeviceAuth<Native> {
  if (typeof Reflect.get(Object(deviceAuth), 'routeAtRoot') === 'function') return deviceAuth
  throw new TypeError(`${name} needs the object that createDeviceAuth returned, not its options. ${reference}`)
}

/** Checks the options of an adapter: all of them say where the endpoints are. */
export function checkMount(name: string, options: object, checks: Readonly<Record<string, Check>> = {}): void {
  checkOptions({ name, reference }, options, { prefix: isPrefix, ...checks })
}

const isPrefix: Check = (value) => (typeof value === 'string' ? undefined : "a path such as '/oauth'")
