import { type ServerBehavior, standard } from './behavior.ts'
import { oauthBehaviors } from './behaviors-oauth.ts'
import { ownBehaviors } from './behaviors-own.ts'

/** Providers and servers as they behave; the first is `standard`, as the RFCs have it. */
export const behaviors: readonly ServerBehavior[] = [standard, ...oauthBehaviors, ...ownBehaviors]

/**
 * The behavior of that name.
 *
 * @throws {RangeError} when there is none.
 */
export function findBehavior(name: string): ServerBehavior {
  const found = behaviors.find((behavior) => behavior.name === name)
  const names = behaviors.map((behavior) => behavior.name).join(', ')
  if (found === undefined) throw new RangeError(`No behavior has the name "${name}"; there are ${names}.`)
  return found
}
