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
 * gets the callback, because `@nestjs/passport` wraps it in a function without named parameters. Nothing, such as
 * `users.get(subject)` for a stranger, is an answer where no callback can follow: the request would wait for ever.
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
    const answer: unknown = Reflect.apply(verify, undefined, [...given, done])
    const mayCallBack = verify.length > given.length || (verify.length === 0 && answer === undefined)
    Promise.resolve(answer).then((returned) => {
      if (returned !== undefined || !mayCallBack) done(undefined, typeof returned === 'object' ? returned : false)
    }, reject)
  })
}
