import type { DeviceAuthOptions } from '../contract/options.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import type { AuthorizationDetailType } from '../contract/target.ts'
import { guard } from '../time-limit.ts'

/**
 * The option `resources` as a function. That of the application is limited in time like a hook.
 *
 * @param timeout - Milliseconds.
 */
export function resolveResources(given: DeviceAuthOptions['resources'], timeout: number): ResolvedOptions['resources'] {
  if (given === undefined) return undefined
  if (typeof given === 'function') return { listed: [], describe: guard('resources', 'hook', timeout, given) }
  const words = new Map(Object.entries(given))
  return { listed: Object.freeze([...words.keys()]), describe: (resource) => words.get(resource) }
}

/**
 * The option `authorizationDetails` with functions that are bound to their object and limited in time like hooks.
 *
 * @param timeout - Milliseconds.
 */
export function resolveDetailTypes(
  given: DeviceAuthOptions['authorizationDetails'],
  timeout: number,
): ResolvedOptions['authorizationDetails'] {
  if (given === undefined) return undefined
  const bounded = Object.entries(given).map(([name, type]): [string, AuthorizationDetailType] => {
    const path = `authorizationDetails.${name}`
    return [
      name,
      {
        validate: guard(`${path}.validate`, 'hook', timeout, type.validate.bind(type)),
        describe: guard(`${path}.describe`, 'hook', timeout, type.describe.bind(type)),
      },
    ]
  })
  return new Map(bounded)
}
