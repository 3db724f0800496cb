import type { User } from '../contract/hook-arguments.ts'

/**
 * Reads the signed-in user from the framework's request: `user`, as Passport, Nest and most middleware leave it, or
 * `state.user` of Koa. Its `sub` or `id` is the subject. Other applications override the hook `authenticateUser`.
 *
 * @returns `undefined` if nobody is signed in.
 * @throws {TypeError} for a user with neither `sub` nor `id`.
 */
export function nativeUser(native: unknown): User | undefined {
  const user = member(native, 'user') ?? member(member(native, 'state'), 'user')
  if (user === undefined || user === null || user === false) return undefined
  const subject = member(user, 'sub') ?? member(user, 'id')
  if (!isSubject(subject)) {
    throw new TypeError(
      'Device Auth: `user` on the request has neither `sub` nor `id`; override the hook `authenticateUser` to say who is signed in.',
    )
  }
  const session = member(native, 'sessionID')
  return {
    subject: String(subject),
    username: username(user) ?? String(subject),
    ...(typeof session === 'string' ? { session } : {}),
  }
}

/** Checks for a subject. NaN is not one: all users whose id is NaN would share one account. */
function isSubject(value: unknown): value is string | number | bigint {
  return (typeof value === 'string' && value !== '') || typeof value === 'bigint' || Number.isFinite(value)
}

function username(user: unknown): string | undefined {
  for (const name of ['name', 'displayName', 'username', 'email']) {
    const value = member(user, name)
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
