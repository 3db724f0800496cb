import type { DeviceAuthOptions, ResolvedOptions } from '../contract/options.ts'
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
