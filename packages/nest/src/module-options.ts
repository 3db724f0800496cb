import { type Check, checkOptions, either, isBoolean, isFunction, isObject, OptionError } from '@device-auth/core'
import { requireServer } from '@device-auth/core/node'

const reference = 'See the README of @device-auth/nest.'

const isList: Check = (value) => (Array.isArray(value) ? undefined : 'a list')

/** The checks of the options that the module needs before any provider exists. `createDeviceAuth` checks those of the server. */
export const extraChecks: Readonly<Record<string, Check>> = {
  path: (value) => (typeof value === 'string' ? undefined : "a path such as 'oauth'"),
  isGlobal: isBoolean,
  decorators: (value) =>
    Array.isArray(value) && value.every((one) => typeof one === 'function')
      ? undefined
      : 'a list of class decorators, such as [Public()]',
  pages: (value) => (value === false || isObject(value) === undefined ? undefined : 'an object, or false'),
  paths: isObject,
  compatibility: isList,
  hooks: either(isObject, (value) => (isFunction(value) === undefined ? undefined : 'an injectable class')),
  imports: isList,
}

const asyncChecks: Readonly<Record<string, Check>> = {
  ...extraChecks,
  useFactory: isFunction,
  useClass: (value) =>
    typeof Object(Object(value).prototype).createDeviceAuthOptions === 'function'
      ? undefined
      : 'a class with the method createDeviceAuthOptions',
  useExisting: () => undefined,
  inject: isList,
  provideInjectionTokensFrom: isList,
}

/** Checks the argument of `forRoot`. @throws {TypeError} that names the option and what is expected. */
export function checkRoot(options: unknown): void {
  const owner = { name: 'DeviceAuthModule.forRoot', reference }
  if (isObject(options) !== undefined)
    throw new TypeError(`${owner.name} needs an object of options, with at least issuer and clients. ${reference}`)
  const given: object = Object(options)
  if ('deviceAuth' in given) {
    requireServer(owner.name, given.deviceAuth as Parameters<typeof requireServer>[1])
    checkOptions(owner, given, { ...extraChecks, deviceAuth: () => undefined })
    return
  }
  const extras = Object.entries(given).filter(([name]) => Object.hasOwn(extraChecks, name))
  checkOptions(owner, Object.fromEntries(extras), extraChecks)
}

/** Checks the argument of `forRootAsync`. @throws {TypeError} that names the option and what is expected. */
export function checkRootAsync(options: unknown): void {
  const owner = { name: 'DeviceAuthModule.forRootAsync', reference }
  const given: object = Object(checkOptions(owner, options, asyncChecks))
  const sources = ['useFactory', 'useClass', 'useExisting'].filter((name) => Object.hasOwn(given, name))
  if (sources.length !== 1)
    throw new TypeError(
      `${owner.name} needs one of useFactory, useClass and useExisting, not ${sources.join(' and ') || 'none'}. ${reference}`,
    )
}

/** The options that createDeviceAuth knows too, so that a factory may return them. */
const shared: readonly string[] = ['pages', 'paths', 'compatibility', 'hooks']

/**
 * Checks where options stand: some have an effect beside the factory only, and none may be in both places, because one would be ignored.
 *
 * @param result - The result of the factory.
 * @param beside - The options beside it.
 * @throws {OptionError} that names the option and its place.
 */
export function checkPlaces(result: object, beside: object): void {
  const owner = { name: 'DeviceAuthModule.forRootAsync', reference }
  const isGiven = (options: object, name: string): boolean => (Reflect.get(options, name) ?? undefined) !== undefined
  for (const path of Object.keys(extraChecks).filter((name) => isGiven(result, name))) {
    if (!shared.includes(path))
      throw new OptionError(
        { path, owner },
        'in the result of the factory; give it to forRootAsync beside the factory, because routes are created before the factory runs.',
      )
    if (isGiven(beside, path))
      throw new OptionError({ path, owner }, 'given twice, beside the factory and in its result; give it once.')
  }
}
