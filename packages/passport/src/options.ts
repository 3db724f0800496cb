import { isSecureAddress } from '@device-auth/client'
import { type Check, checkOptions, either, isFunction, isObject, isText } from '@device-auth/core'

const reference = 'See the README of @device-auth/passport.'

/**
 * Checks the options of a strategy or a function of this package, because an option with a wrong name would otherwise count as not
 * given, and a misspelt `scope` would let any token through.
 *
 * @param name - The strategy or the function, for error messages.
 * @throws {TypeError} that names the option and what is expected.
 */
export function checkSettings(
  name: string,
  options: unknown,
  checks: Readonly<Record<string, Check>>,
  required: readonly string[],
): void {
  checkOptions({ name, reference }, options, checks, required)
}

/** @throws {TypeError} if the function that finds the user is missing. */
export function checkVerify(strategy: string, verify: unknown): void {
  if (typeof verify !== 'function')
    throw new TypeError(`${strategy} needs a function that finds the user. ${reference}`)
}

/** Checks for an address to which secrets may be sent: https, or http to this machine, or any http with `dangerouslyAllowHttp`. */
export const isEndpoint =
  (dangerouslyAllowHttp: boolean): Check =>
  (value) =>
    typeof value === 'string' && isSecureAddress(value, { dangerouslyAllowHttp })
      ? undefined
      : 'an https URL without a user name or a password (http only to localhost, or with dangerouslyAllowHttp)'

const isScopeText: Check = (value) =>
  typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value)
    ? undefined
    : 'scopes separated by single spaces'

const isScopeList: Check = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => isScopeText(one) === undefined && !String(one).includes(' '))
    ? undefined
    : 'a list of scopes'

/**
 * Checks for scopes, of which there is at least one: an empty text would let any token through.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 RFC 6749 section 3.3}
 */
export const isScope: Check = either(isScopeText, isScopeList)

/** Checks for an object that knows tokens, such as the one that `createDeviceAuth` returned. */
export const isTokenAuthority: Check = (value) =>
  isObject(value) === undefined &&
  isText(Object(value).issuer) === undefined &&
  isFunction(Object(value).authenticate) === undefined
    ? undefined
    : 'the object that createDeviceAuth() or introspection() returned'
