/**
 * The callback of a verify function: an error, or a user, or `false` if there is no such user. Passport sets
 * `req.authInfo` to `info`.
 */
export type VerifyCallback = (error: unknown, user?: object | false | null, info?: object) => void

/** A user that a verify function has found, with the `info` that it added. */
export interface Verified {
  readonly user: object
  readonly info: object | undefined
}

/**
 * Calls a verify function, which may answer with a value, a promise or the callback; the first answer counts. It always
 * gets the callback, because its number of parameters says nothing: `@nestjs/passport` wraps it.
 *
 * @returns `undefined` if there is no such user.
 */
export async function callVerify(
  verify: (...given: never[]) => unknown,
  given: readonly unknown[],
): Promise<Verified | undefined> {
  return new Promise((resolve, reject) => {
    const done: VerifyCallback = (error, user, info) => {
      if (error !== undefined && error !== null) reject(error)
      else resolve(typeof user === 'object' && user !== null ? { user, info } : undefined)
    }
    Promise.resolve(Reflect.apply(verify, undefined, [...given, done])).then((returned: unknown) => {
      if (returned !== undefined) done(undefined, typeof returned === 'object' ? returned : false)
    }, reject)
  })
}
