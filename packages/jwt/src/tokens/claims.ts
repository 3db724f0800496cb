import type { Authentication } from '@device-auth/core'

/**
 * The claims about the log-in in which the user approved the device. They stay the same with each refresh.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-2.2.1 RFC 9068 section 2.2.1}
 */
export function authenticationClaims(login: Authentication | undefined): Record<string, unknown> {
  if (login === undefined) return {}
  const { time, acr, amr } = login
  return {
    auth_time: Math.floor(time / 1000),
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
  }
}

/**
 * Checks the claims of a hook.
 *
 * @param owner - The function that has the hook, for the error.
 * @throws {TypeError} if they are no object, or one of them is a claim that the server decides.
 */
export function withoutReserved(
  claims: Readonly<Record<string, unknown>>,
  reserved: readonly string[],
  owner: string,
): Readonly<Record<string, unknown>> {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new TypeError(`${owner}: the function \`claims\` must return an object of claims.`)
  const wrong = reserved.filter((name) => Object.hasOwn(claims, name))
  if (wrong.length === 0) return claims
  throw new TypeError(
    `${owner}: the function \`claims\` may not return ${wrong.join(', ')}: leave that to the server, which sets it.`,
  )
}
