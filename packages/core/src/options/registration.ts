import { type Check, isObject, isWholeFrom, OptionError } from '../checks.ts'
import type { ClientRegistration } from '../contract/registration.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import { isWithinScope } from '../scope.ts'
import { guard } from '../time-limit.ts'

const isTokens: Check = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((token) => typeof token === 'string' && /^[A-Za-z0-9._~+/-]{32,}=*$/.test(token))
    ? undefined
    : 'a list of random tokens of at least 32 characters'
const isFunctionOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'function'

const checks: Readonly<Record<keyof ClientRegistration, (value: unknown) => boolean>> = {
  store: (value) => ['find', 'insert', 'replace', 'remove'].every((step) => typeof Object(value)[step] === 'function'),
  scope: (value) => value === undefined || typeof value === 'string',
  initialAccessTokens: (value) => value === undefined || isTokens(value) === undefined,
  authorize: isFunctionOrAbsent,
  verifySoftwareStatement: isFunctionOrAbsent,
  maxClients: (value) => value === undefined || isWholeFrom(1, 10_000_000, 'clients')(value) === undefined,
  perAddress: (value) => value === undefined || isWholeFrom(1, 1_000_000, 'clients')(value) === undefined,
  perToken: (value) => value === undefined || isWholeFrom(1, 1_000_000, 'clients')(value) === undefined,
}

/** The check of the option `registration`. It shows nothing of the tokens. */
export const isRegistration: Check = (value) => {
  const given = Object(value)
  const fits =
    isObject(value) === undefined &&
    Object.keys(given).every((name) => Object.hasOwn(checks, name)) &&
    Object.entries(checks).every(([name, isRight]) => isRight(given[name])) &&
    (given.initialAccessTokens === undefined) !== (given.authorize === undefined)
  return fits
    ? undefined
    : 'an object with `store`, and either `initialAccessTokens`, a list of random tokens of at least 32 characters, or the function `authorize`; `scope`, `verifySoftwareStatement`, `maxClients`, `perAddress` and `perToken` as they are needed'
}

/**
 * The option `registration` with its defaults, and with functions that are bound to their object and limited in time.
 *
 * @param timeout - Milliseconds.
 */
export function resolveRegistration<Native>(
  given: ClientRegistration<Native> | undefined,
  timeout: number,
): ResolvedOptions<Native>['registration'] {
  if (given === undefined) return undefined
  const { store, authorize, verifySoftwareStatement: verify, initialAccessTokens } = given
  return Object.freeze({
    store: Object.freeze({
      find: guard('registration.find', 'store', timeout, store.find.bind(store)),
      insert: guard('registration.insert', 'store', timeout, store.insert.bind(store)),
      replace: guard('registration.replace', 'store', timeout, store.replace.bind(store)),
      remove: guard('registration.remove', 'store', timeout, store.remove.bind(store)),
      // limited in time by those who call it
      ...(store.check && { check: store.check.bind(store) }),
    }),
    scope: given.scope ?? '',
    maxClients: given.maxClients ?? 10_000,
    perAddress: given.perAddress ?? 100,
    perToken: given.perToken ?? 1000,
    ...(initialAccessTokens && { initialAccessTokens: Object.freeze([...initialAccessTokens]) }),
    ...(authorize && { authorize: guard('registration.authorize', 'hook', timeout, authorize.bind(given)) }),
    ...(verify && {
      verifySoftwareStatement: guard('registration.verifySoftwareStatement', 'hook', timeout, verify.bind(given)),
    }),
  })
}

/** Checks that registered clients get no scope that the server does not know. */
export function checkRegistration({ registration, scopes }: ResolvedOptions<never>): void {
  const known = Object.keys(scopes)
  if (registration === undefined || known.length === 0 || isWithinScope(registration.scope, known.join(' '))) return
  throw new OptionError('registration.scope', registration.scope, `some of the option \`scopes\`: ${known.join(', ')}`)
}
