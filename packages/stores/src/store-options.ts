import { type Check, checkOptions, type OptionOwner } from '@device-auth/core'

/** The client of a database, as a store expects it. */
export interface ExpectedClient {
  /** The store, as the messages name it. */
  readonly store: string
  /** Names of methods; a client of each driver has all of one list. */
  readonly methods: readonly (readonly string[])[]
  /** A client that fits, such as `new Pool() of pg`. */
  readonly example: string
  /** A sentence that says why a client does not fit although it has the methods; `undefined` if it fits. @default every client fits */
  readonly unfit?: (client: object) => string | undefined
}

/**
 * Checks the arguments of a store when it is made: a wrong client would otherwise fail at the first request, and a misspelt option
 * would count as not given.
 *
 * @returns The options without those that are `null` or `undefined`.
 * @throws {TypeError} for a client without the methods of a driver or with other arguments of theirs, for a misspelt option and for a wrong value.
 */
export function checkStore<Options>(
  { store, methods, example, unfit }: ExpectedClient,
  client: unknown,
  options: Options,
  checks: Readonly<Record<string, Check>>,
): NonNullable<Options> {
  const owner: OptionOwner = { name: store, reference: 'See the README of @device-auth/stores.' }
  if (!methods.some((names) => names.every((name) => typeof Reflect.get(Object(client), name) === 'function')))
    throw new TypeError(`${store} needs a client as its first argument, such as ${example}. ${owner.reference}`)
  const reason = unfit?.(Object(client))
  if (reason !== undefined) throw new TypeError(`${store}: ${reason} ${owner.reference}`)
  return checkOptions(owner, options, checks)
}
