import {
  type Check,
  checkNames,
  either,
  isFunction,
  isNumberFrom,
  isObject,
  isOneOf,
  isPath,
  isStore,
  isWholeFrom,
  OptionError,
} from './check-options.ts'
import { clientFinder, knownScopes } from './clients.ts'
import { createUserCodes, type UserCodeShape, userCodeShape } from './codes.ts'
import type { DeviceAuthOptions, Limits, Paths } from './options.ts'
import { randomToken } from './random.ts'
import { MemoryStore } from './stores/memory.ts'
import { opaqueTokens } from './tokens/opaque.ts'

type Given =
  | 'issuer' | 'scopes' | 'store' | 'secret' | 'expiresIn' | 'interval' | 'verificationUriComplete' | 'accessToken'
  | 'refreshToken' | 'redemptionGrace' | 'onStoreFailure' | 'timeout' | 'clock' | 'grants' | 'clientAuthentication'

/** The options with every default filled in, checked and frozen. */
export type ResolvedOptions<Native = unknown> = Required<Pick<DeviceAuthOptions<Native>, Given>> & {
  readonly loginUrl: DeviceAuthOptions<Native>['loginUrl']
  readonly userCode: UserCodeShape
  readonly paths: Paths
  readonly limits: Limits
  readonly findClient: ReturnType<typeof clientFinder>
}

const isMethodOrFalse = either(isOneOf(false), isPath)

const pathChecks: Record<keyof Paths, Check> = {
  deviceAuthorization: isPath,
  token: isPath,
  verification: isMethodOrFalse,
  revocation: isMethodOrFalse,
  introspection: isMethodOrFalse,
  metadata: isPath,
}

const isLimit = isWholeFrom(1, 1_000_000, 'attempts an hour')

const limitChecks: Record<keyof Limits, Check> = {
  userCodesPerUser: isLimit,
  userCodesPerAddress: isLimit,
  userCodes: isLimit,
  clientSecretsPerAddress: isLimit,
}

const isUserCode: Check = (value) => {
  const expected = "{ type: 'string' }, { type: 'digital' } or { charset: 'ABC…', mask: '****-****' }"
  if (isObject(value) !== undefined) return expected
  const { type, charset, mask } = value as Record<string, unknown>
  if (type !== undefined) return type === 'string' || type === 'digital' ? undefined : expected
  if (typeof charset !== 'string' || !/^[A-Z0-9]{2,36}$/.test(charset) || new Set(charset).size !== charset.length) {
    return `${expected}, with a charset of upper-case letters and digits, each once`
  }
  return typeof mask === 'string' && /^[*\- ]*\*[*\- ]*$/.test(mask) ? undefined : `${expected}, with a mask of *, - and spaces`
}

const isAccessToken: Check = (value) => {
  const { issue, locate, expiresIn } = Object(value)
  const fits = typeof issue === 'function' && typeof locate === 'function' && Number.isInteger(expiresIn) && expiresIn > 0
  return fits ? undefined : 'a token format, such as opaqueTokens({ expiresIn: 3600 })'
}

const isRefreshToken: Check = (value) =>
  value === false || isWholeFrom(1, 10 * 365 * 24 * 3600, 'seconds')(Object(value).expiresIn) === undefined
    ? undefined
    : 'false or { expiresIn: seconds }'

const isLoginUrl: Check = (value) =>
  typeof value === 'function' || (typeof value === 'string' && /^(?:\/(?![/\\])|https?:\/\/)/.test(value))
    ? undefined
    : "a path such as '/login', a URL, or a function"

const checks: Record<keyof DeviceAuthOptions, Check> = {
  issuer: (value) => (typeof value === 'string' ? undefined : "the https URL that names this server, such as 'https://example.com/oauth'"),
  clients: (value) => (Array.isArray(value) || typeof value === 'function' ? undefined : 'an array of clients, or a function that finds one'),
  scopes: isObject,
  loginUrl: isLoginUrl,
  store: isStore,
  secret: (value) => (typeof value === 'string' && value.length >= 32 ? undefined : 'a string of at least 32 characters'),
  expiresIn: isWholeFrom(30, 3600, 'seconds'),
  interval: isWholeFrom(1, 60, 'seconds'),
  userCode: isUserCode,
  verificationUriComplete: isOneOf(true, false),
  accessToken: isAccessToken,
  refreshToken: isRefreshToken,
  redemptionGrace: isNumberFrom(0, 300, 'seconds'),
  onStoreFailure: isOneOf('pending', 'unavailable'),
  timeout: isNumberFrom(0.001, 60, 'seconds'),
  paths: isObject,
  limits: isObject,
  hooks: isObject,
  events: isObject,
  grants: isObject,
  clientAuthentication: isObject,
  clock: isFunction,
  dangerouslyAllowHttp: isOneOf(true, false),
}

/**
 * Checks the options once and fills in the defaults.
 * @throws {OptionError} that names the option, what was given and what is expected.
 */
export function resolveOptions<Native>(given: DeviceAuthOptions<Native>): ResolvedOptions<Native> {
  if (isObject(given) !== undefined) throw new OptionError('options', given, 'an object with at least issuer and clients')
  checkNames('', given, checks)
  for (const required of ['issuer', 'clients'] as const) {
    const expected = checks[required](given[required])
    if (expected !== undefined) throw new OptionError(required, given[required], expected)
  }
  checkNames('paths', given.paths ?? {}, pathChecks)
  checkNames('limits', given.limits ?? {}, limitChecks)
  checkIssuer(given.issuer, given.dangerouslyAllowHttp === true)
  const options = withDefaults(given)
  checkStore(given, options)
  checkOdds(options)
  return Object.freeze(options)
}

function withDefaults<Native>(given: DeviceAuthOptions<Native>): ResolvedOptions<Native> {
  const scopes = given.scopes ?? knownScopes(given.clients)
  return {
    issuer: given.issuer,
    scopes,
    loginUrl: given.loginUrl,
    store: given.store ?? new MemoryStore(),
    secret: given.secret ?? randomToken(),
    expiresIn: given.expiresIn ?? 600,
    interval: given.interval ?? 5,
    userCode: userCodeShape(given.userCode ?? { type: 'string' }),
    verificationUriComplete: given.verificationUriComplete ?? true,
    accessToken: given.accessToken ?? opaqueTokens(),
    refreshToken: given.refreshToken ?? { expiresIn: 30 * 24 * 3600 },
    redemptionGrace: given.redemptionGrace ?? 30,
    onStoreFailure: given.onStoreFailure ?? 'pending',
    timeout: given.timeout ?? 5,
    clock: given.clock ?? Date.now,
    grants: given.grants ?? {},
    clientAuthentication: given.clientAuthentication ?? {},
    paths: { ...defaultPaths, ...withoutUndefined(given.paths) },
    limits: { ...defaultLimits, ...withoutUndefined(given.limits) },
    findClient: clientFinder(given.clients, scopes, Object.keys(given.clientAuthentication ?? {})),
  }
}

const defaultPaths: Paths = {
  deviceAuthorization: '/device_authorization',
  token: '/token',
  verification: '/device',
  revocation: '/revoke',
  introspection: '/introspect',
  metadata: '/.well-known/oauth-authorization-server',
}

const defaultLimits: Limits = {
  userCodesPerUser: 10,
  userCodesPerAddress: 20,
  userCodes: 600,
  clientSecretsPerAddress: 20,
}

function withoutUndefined<T extends object>(group: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(group ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>
}

function checkIssuer(issuer: string, allowHttp: boolean): void {
  const expected = 'an https URL without query, fragment or credentials (http only on localhost, or with dangerouslyAllowHttp)'
  if (!URL.canParse(issuer) || issuer !== issuer.trim()) throw new OptionError('issuer', issuer, expected)
  const url = new URL(issuer)
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) || url.hostname.endsWith('.localhost')
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && (loopback || allowHttp))
  const plain = !/[?#]/.test(issuer) && url.username === '' && url.password === ''
  if (!secure || !plain) throw new OptionError('issuer', issuer, expected)
}

let warned = false

function checkStore(given: DeviceAuthOptions<never>, options: ResolvedOptions<never>): void {
  if (options.store.shared && given.secret === undefined) {
    throw new OptionError('secret', undefined, 'the same string of at least 32 characters in every process that shares the store')
  }
  if (given.store === undefined && process.env.NODE_ENV === 'production' && !warned) {
    warned = true
    process.emitWarning('Sign-ins are kept in the memory of this process: a restart ends them, and a second process does not know them. Give the option `store`.', 'DeviceAuthWarning')
  }
}

/** RFC 8628 section 5.1 asks for odds that make guessing infeasible. */
function checkOdds({ userCode, limits, expiresIn }: ResolvedOptions<never>): void {
  const { count } = createUserCodes(userCode, Buffer.alloc(0))
  const guesses = limits.userCodes * Math.max(1, expiresIn / 3600)
  if (guesses / count <= 2 ** -20) return
  const bits = Math.log2(count).toFixed(1)
  const odds = Math.log2(guesses / count).toFixed(1)
  throw new OptionError(
    'userCode',
    userCode,
    `codes that cannot be guessed: these have ${bits} bits, so ${guesses} guesses (limits.userCodes) hit a given one with odds of 2^${odds}, above 2^-20; take a longer mask or a lower limit`,
  )
}
