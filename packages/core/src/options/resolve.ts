import type { DeviceAuthOptions, ResolvedOptions } from '../contract/options.ts'
import { checkNames, isObject, OptionError } from './checks.ts'
import {
  checkDialectPaths,
  checkIssuer,
  checkOdds,
  checkPathsDiffer,
  checkSharedSecret,
  warnOfHardTyping,
  warnOfMemoryStore,
  warnOfRisk,
} from './cross-checks.ts'
import { withDefaults } from './defaults.ts'
import { limitChecks, optionChecks, pathChecks } from './option-checks.ts'
import { checkPages } from './pages.ts'
import { policyChecks } from './policy.ts'

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {OptionError} for the first option that cannot work.
 */
export function resolveOptions<Native>(given: DeviceAuthOptions<Native>): ResolvedOptions<Native> {
  if (isObject(given) !== undefined)
    throw new OptionError('options', given, 'an object with at least issuer and clients')
  checkNames('', given, optionChecks)
  for (const required of ['issuer', 'clients'] as const) {
    const expected = optionChecks[required](given[required])
    if (expected !== undefined) throw new OptionError(required, given[required], expected)
  }
  checkNames('paths', given.paths ?? {}, pathChecks)
  checkNames('limits', given.limits ?? {}, limitChecks)
  checkNames('policy', given.policy ?? {}, policyChecks)
  checkPages(given.pages)
  checkIssuer(given.issuer, given.dangerouslyAllowHttp === true)
  const options = withDefaults(given)
  checkPathsDiffer(options.paths)
  checkDialectPaths(options)
  checkSharedSecret(given, options)
  warnOfMemoryStore(given)
  checkOdds(options)
  warnOfHardTyping(options)
  warnOfRisk(given)
  return Object.freeze(options)
}
