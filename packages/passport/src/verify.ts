/** Passport's callback: an error, or a user, or `false` for nobody; `info` arrives as `req.authInfo`. */
export type Done = (error: unknown, user?: object | false | null, info?: object) => void

/** @throws TypeError that names what is missing. */
export function checkSettings(strategy: string, options: object, required: string, verify: unknown): void {
  if (typeof options !== 'object' || options === null || !Reflect.has(options, required))
    throw new TypeError(`${strategy} needs the option \`${required}\`; see the README of @device-auth/passport.`)
  if (typeof verify !== 'function')
    throw new TypeError(`${strategy} needs a function that finds the user; see the README of @device-auth/passport.`)
}

/** The user that the application found, and what it tells beside. */
export interface Verified {
  readonly user: object
  readonly info: object | undefined
}

/**
 * Calls the application's function, which may answer with a value, a promise or by `done`; the first answer counts.
 * `undefined`: it knows nobody. How many parameters it has tells nothing: `@nestjs/passport` wraps it.
 */
export async function callVerify(
  verify: (...given: never[]) => unknown,
  given: readonly unknown[],
): Promise<Verified | undefined> {
  return new Promise((resolve, reject) => {
    const done: Done = (error, user, info) => {
      if (error !== undefined && error !== null) reject(error)
      else resolve(typeof user === 'object' && user !== null ? { user, info } : undefined)
    }
    Promise.resolve(Reflect.apply(verify, undefined, [...given, done])).then((returned: unknown) => {
      if (returned !== undefined) done(undefined, typeof returned === 'object' ? returned : false)
    }, reject)
  })
}
