import type { OptionOwner } from '@device-auth/core'

/** The owner of an option of a function of this package, for error messages. */
export function jwtOwner(name: string): OptionOwner {
  return { name, reference: 'See the README of @device-auth/jwt.' }
}

/** The owner of the option `keys`, which several functions have. */
export const keysOwner: OptionOwner = jwtOwner('@device-auth/jwt')
