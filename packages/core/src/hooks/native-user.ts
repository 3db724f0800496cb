import type { User } from '../contract/hooks.ts'

/**
 * The user that Passport, Nest and most middleware leave on the framework's request as `user`, Koa's in `ctx.state.user`:
 * its `sub` or `id` is the subject. Anything else needs the `authenticateUser` hook.
 */
export function nativeUser(native: unknown): User | undefined {
  const user = member(native, 'user') ?? member(member(native, 'state'), 'user')
  if (user === undefined || user === null || user === false) return undefined
  const subject = member(user, 'sub') ?? member(user, 'id')
  if (!isSubject(subject)) {
    throw new TypeError(
      'Device Auth: `user` on the request has neither `sub` nor `id`; give the hook `authenticateUser`.',
    )
  }
  const session = member(native, 'sessionID')
  return {
    subject: String(subject),
    username: username(user) ?? String(subject),
    ...(typeof session === 'string' ? { session } : {}),
  }
}

/** NaN would be one account for everybody who has none. */
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
