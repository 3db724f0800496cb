import type { User } from '../contract/hook-arguments.ts'
import type { Visit } from '../contract/visit.ts'
import { isSubject } from '../foreign-text.ts'
import { checkAuthentication } from './login-facts.ts'

/**
 * Returns the signed-in user of a visit, as the hook `authenticateUser` names them; `undefined` if nobody is signed in.
 * @throws {TypeError} If the user has no subject, because all such users would share one account, or one that no database keeps.
 */
export async function findUser<Native>({ request, context }: Visit<Native>): Promise<User | undefined> {
  const user: User | null | undefined = await context.hooks.authenticateUser(request)
  if (user === undefined || user === null) return undefined
  if (isSubject(user.subject)) {
    checkAuthentication('the hook `authenticateUser`', user.authentication)
    return user
  }
  throw new TypeError(
    'Device Auth: the hook `authenticateUser` must return a user with a `subject`, a non-empty string of valid Unicode without U+0000.',
  )
}

/** Returns a query parameter that occurs exactly once and is not empty. */
export function queryParameter<Native>({ request }: Visit<Native>, name: string): string | undefined {
  const values = request.query.getAll(name)
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}
