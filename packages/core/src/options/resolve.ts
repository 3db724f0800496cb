import { checkNames, isObject, OptionError, withoutNull } from '../checks.ts'
import type { DeviceAuthOptions } from '../contract/options.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import { isThenable } from '../http.ts'
import {
  checkBoundTokens,
  checkDialectPaths,
  checkIssuer,
  checkOdds,
  checkPathsDiffer,
  checkSecretIsRandom,
  checkSharedSecret,
  warnOfHardTyping,
  warnOfMemoryStore,
  warnOfOpenIdScope,
  warnOfRisk,
} from './cross-checks.ts'
import { withDefaults } from './defaults.ts'
import { limitChecks, longPollingChecks, optionChecks, pathChecks } from './option-checks.ts'
import { checkPages } from './pages.ts'
import { policyChecks } from './policy.ts'
import { checkRegistration } from './registration.ts'
import { checkSignals } from './signals.ts'

/**
 * The options as the application gave them, without those that are `null` or `undefined`, in groups too.
 *
 * @throws {OptionError} if they are no object.
 */
export function givenOptions<Native>(given: DeviceAuthOptions<Native>): DeviceAuthOptions<Native> {
  if (isObject(given) !== undefined)
    throw new OptionError('options', given, 'an object with at least issuer and clients')
  // of an asynchronous function of the application, which makes the options or the server
  if (isThenable<unknown>(given)) throw new OptionError('options', 'a promise; `await` it first.')
  const { paths, limits, policy, events, userCode, refreshToken, hooks, longPolling } = given
  const pages = givenMembers(given.pages)
  const groups = { paths, limits, policy, events, userCode, refreshToken, hooks, longPolling }
  const members = Object.entries(groups).map(([name, group]) => [name, givenMembers(group)])
  const themed = isPlain(pages?.theme) ? { pages: { ...pages, theme: givenMembers(pages.theme) } } : { pages }
  return withoutNull({ ...given, ...Object.fromEntries(members), ...themed })
}

function givenMembers<Group>(group: Group): Group {
  return isPlain(group) ? withoutNull(group) : group
}

/** A class instance is not copied: its methods would be lost. */
function isPlain<Value>(value: Value): value is Value & object {
  return isObject(value) === undefined && [Object.prototype, null].includes(Object.getPrototypeOf(value))
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {OptionError} for the first option that cannot work.
 */
export function resolveOptions<Native>(given: DeviceAuthOptions<Native>): ResolvedOptions<Native> {
  checkNames('', given, optionChecks)
  for (const required of ['issuer', 'clients'] as const) {
    const expected = optionChecks[required](given[required])
    if (expected !== undefined) throw new OptionError(required, given[required], expected)
  }
  checkNames('paths', given.paths ?? {}, pathChecks)
  checkNames('limits', given.limits ?? {}, limitChecks)
  checkNames('longPolling', given.longPolling || {}, longPollingChecks)
  checkNames('policy', given.policy ?? {}, policyChecks)
  checkPages(given.pages)
  checkIssuer(given.issuer, given.dangerouslyAllowHttp === true)
  checkSecretIsRandom(given)
  warnOfOpenIdScope(given)
  const options = withDefaults(given)
  checkPathsDiffer(options.paths)
  checkDialectPaths(options)
  checkBoundTokens(options)
  checkSignals(options)
  checkRegistration(options)
  checkSharedSecret(given, options)
  warnOfMemoryStore(given)
  checkOdds(options)
  warnOfHardTyping(options)
  warnOfRisk(given)
  return Object.freeze(options)
}
