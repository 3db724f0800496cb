import { type ServerBehavior, standard } from './behavior.ts'
import { customBehaviors } from './behaviors-custom.ts'
import { oauthBehaviors } from './behaviors-oauth.ts'

/** The behaviors of providers and servers; the first is {@link standard}. */
export const behaviors: readonly ServerBehavior[] = [standard, ...oauthBehaviors, ...customBehaviors]

/**
 * Finds the behavior of that name.
 *
 * @throws {RangeError} when there is none.
 */
export function findBehavior(name: string): ServerBehavior {
  const found = behaviors.find((behavior) => behavior.name === name)
  const names = behaviors.map((behavior) => behavior.name).join(', ')
  if (found === undefined) throw new RangeError(`No behavior has the name "${name}". The names are ${names}.`)
  return found
}
