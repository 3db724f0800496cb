import {
  type Check,
  either,
  isFunction,
  isNumberFrom,
  isObject,
  isOneOf,
  isPath,
  isRecordOf,
  isWholeFrom,
} from '../checks.ts'
import { dialects } from '../compatibility/dialects.ts'
import type { Limits, LongPolling } from '../contract/limits.ts'
import type { DeviceAuthOptions } from '../contract/options.ts'
import type { Paths } from '../contract/paths.ts'
import { isResource } from '../policy/resources.ts'
import { isScopeToken } from '../scope.ts'
import { storeSteps } from '../stores/forward-steps.ts'
import { isTokenLifetime } from '../tokens/access-token.ts'
import { isSecureUrl } from '../url.ts'
import { isApprovalProof } from './approval.ts'
import { builtInMethods } from './clients.ts'
import { isRegistration } from './registration.ts'
import { makeSecret } from './secret-strength.ts'
import { isSignals } from './signals.ts'

const isPathOrFalse = either(isOneOf(false), isPath)

/** The checks of the option `paths`. */
export const pathChecks: Record<keyof Paths, Check> = {
  deviceAuthorization: isPath,
  token: isPath,
  verification: isPathOrFalse,
  devices: isPathOrFalse,
  decisionEvents: isPathOrFalse,
  revocation: isPathOrFalse,
  introspection: isPathOrFalse,
  metadata: isPath,
  openidConfiguration: isPathOrFalse,
  jwks: isPath,
  userinfo: isPathOrFalse,
  present: isPath,
  decide: isPath,
  globalTokenRevocation: isPathOrFalse,
  securityEvents: isPathOrFalse,
  registration: isPath,
}

const isLimit = isWholeFrom(1, 1_000_000, 'attempts an hour')

/** The checks of the option `limits`. */
export const limitChecks: Record<keyof Limits, Check> = {
  userCodesPerUser: isLimit,
  userCodesPerBrowser: isLimit,
  userCodesPerAddress: isLimit,
  userCodes: isLimit,
  clientSecretsPerAddress: isLimit,
  refreshTokensPerAddress: isLimit,
  requestsPerAddress: isLimit,
  requestsPerClient: isLimit,
  pending: isLimit,
  pendingPerAddress: isLimit,
  pendingPerClient: isLimit,
  approvalsPerUser: isLimit,
}

const isHeld = isWholeFrom(1, 1_000_000, 'polls')

/** The checks of the option `longPolling`. */
export const longPollingChecks: Record<keyof LongPolling, Check> = {
  maxWait: isWholeFrom(1, 300, 'seconds'),
  maxHeld: isHeld,
  maxHeldPerClient: isHeld,
  maxHeldPerAddress: isHeld,
}

const isScopes: Check = (value) =>
  isObject(value) === undefined &&
  Object.entries(Object(value)).every(([scope, text]) => isScopeToken(scope) && typeof text === 'string')
    ? undefined
    : "an object of scopes with the texts for the page, such as { profile: 'See your name' }"

/** The greatest length of `userCode.mask`, in characters. A longer code would be too long to type. */
const LONGEST_MASK = 32

const isResources: Check = (value) =>
  isFunction(value) === undefined ||
  (isObject(value) === undefined &&
    Object.entries(Object(value)).every(([resource, text]) => isResource(resource) && typeof text === 'string'))
    ? undefined
    : "a function, or an object of absolute URIs without fragments with the texts for the page, such as { 'https://photos.example/': 'See your photos' }"

const isDetailType = isRecordOf('types', 'validate', 'describe')
const isDetailTypes: Check = (value) =>
  isDetailType(value) === undefined && Object.keys(Object(value)).length > 0
    ? undefined
    : 'an object of types by name, each with the functions validate and describe'

const isUserCode: Check = (value) => {
  const expected = "{ type: 'string' }, { type: 'digital' } or { charset: 'ABC…', mask: '****-****' }"
  if (isObject(value) !== undefined) return expected
  const { type, charset, mask } = Object(value)
  if (type !== undefined) return type === 'string' || type === 'digital' ? undefined : expected
  if (typeof charset !== 'string' || !/^[A-Z0-9]{2,36}$/.test(charset) || new Set(charset).size !== charset.length) {
    return `${expected}, with a charset of upper-case letters and digits, each once`
  }
  return typeof mask === 'string' && mask.length <= LONGEST_MASK && /^[*\- ]*\*[*\- ]*$/.test(mask)
    ? undefined
    : `${expected}, with a mask of at most ${LONGEST_MASK} characters: *, - and spaces`
}

const isAccessToken: Check = (value) => {
  const { issue, locate, expiresIn, introspection } = Object(value)
  const fits =
    typeof issue === 'function' &&
    typeof locate === 'function' &&
    Number.isInteger(expiresIn) &&
    expiresIn > 0 &&
    (introspection === undefined ||
      (typeof Object(introspection).sign === 'function' && Array.isArray(Object(introspection).algorithms)))
  return fits ? undefined : 'a token format, such as opaqueTokens({ expiresIn: 3600 })'
}

const isOpenId: Check = (value) => {
  const { issue, userInfo, keys, metadata } = Object(value)
  const fits = [issue, userInfo, Object(keys).list].every((one) => typeof one === 'function')
  return fits && isObject(metadata) === undefined
    ? undefined
    : 'openIdConnect({ keys }) of the package @device-auth/jwt'
}

const isKeyBinding: Check = (value) => {
  const bindings = [value].flat()
  const fits = bindings.every((binding) => {
    const { method, read, metadata } = Object(binding)
    const known = method === 'jkt' || method === 'x5t#S256'
    return known && typeof read === 'function' && isObject(metadata) === undefined
  })
  const differ = new Set(bindings.map((binding) => Object(binding).method)).size === bindings.length
  return fits && differ
    ? undefined
    : 'dpop() or certificateBinding({ certificate }) of the package @device-auth/jwt, or a list of both'
}

const isRefreshToken: Check = (value) => {
  const { expiresIn, maxLifetime = 1 } = Object(value)
  const fits = isTokenLifetime(expiresIn) === undefined && isTokenLifetime(maxLifetime) === undefined
  return value === false || fits ? undefined : 'false or { expiresIn: seconds }, and maxLifetime: seconds if wanted'
}

const isTokenExchange: Check = (value) =>
  value === false || (isObject(value) === undefined && isTokenLifetime(Object(value).expiresIn) === undefined)
    ? undefined
    : 'false or { expiresIn: seconds }'

const isLoginUrl: Check = (value) =>
  typeof value === 'function' || (typeof value === 'string' && /^(?:\/(?![/\\])|https?:\/\/)/.test(value))
    ? undefined
    : "a path such as '/login', a URL, or a function"

const isClientAuthentication: Check = (value) => {
  const wrong = isRecordOf('client authentication methods', 'identify', 'verify')(value)
  const builtIn = Object.keys(Object(value)).filter((name) => builtInMethods.includes(name))
  return (
    wrong ??
    (builtIn.length === 0 ? undefined : `names other than those of the built-in methods: ${builtIn.join(', ')}`)
  )
}

const isGrants: Check = (value) =>
  isRecordOf('grants', 'respond')(value) === undefined &&
  Object.values(Object(value)).every((grant) => Array.isArray(Object(grant).parameters))
    ? undefined
    : 'an object of grants by grant type, each with parameters (an array of names) and respond (a function)'

const isCompatibility: Check = (value) => {
  const names = Object.keys(dialects)
  const fits =
    Array.isArray(value) && new Set(value).size === value.length && value.every((name) => names.includes(name))
  return fits ? undefined : `a list of some of ${names.join(', ')}, each once`
}

const isVerificationApi: Check = (value) => {
  const { origins, ...others } = Object(value)
  const fits = isObject(value) === undefined && Object.keys(others).length === 0 && Array.isArray(origins)
  return fits && origins.every(isPageOrigin)
    ? undefined
    : "{ origins: ['https://app.example.com'] }, a list of https origins without a path (http only for localhost)"
}

function isPageOrigin(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const url = new URL(value)
  return url.origin === value && isSecureUrl(url)
}

function isStrongSecret(value: unknown): boolean {
  return typeof value === 'string' && value.length >= 32
}

export const isStore: Check = (value) => {
  if (isObject(value) !== undefined) return 'a store, such as new MemoryStore()'
  const missing = storeSteps.filter((step) => typeof Reflect.get(Object(value), step) !== 'function')
  return missing.length === 0 ? undefined : `a store with all steps of DeviceStore; missing: ${missing.join(', ')}`
}

/** The check of each option by itself. Rules about several options are in `cross-checks.ts`. */
export const optionChecks: Record<keyof DeviceAuthOptions, Check> = {
  issuer: (value) =>
    typeof value === 'string' ? undefined : "the https URL that names this server, such as 'https://example.com/oauth'",
  clients: (value) =>
    Array.isArray(value) || typeof value === 'function'
      ? undefined
      : 'an array of clients, or a function that finds one',
  scopes: isScopes,
  resources: isResources,
  authorizationDetails: isDetailTypes,
  loginUrl: isLoginUrl,
  switchAccountUrl: isLoginUrl,
  acrValues: (value) =>
    Array.isArray(value) && value.every((one) => typeof one === 'string' && isScopeToken(one))
      ? undefined
      : "a list of classes of log-ins, without spaces in them, such as ['urn:example:two-factors']",
  store: isStore,
  secret: (value) =>
    [value].flat().length > 0 && [value].flat().every(isStrongSecret)
      ? undefined
      : `a string of at least 32 characters drawn at random, or a list of them with the current one first; make one: ${makeSecret}`,
  expiresIn: isWholeFrom(30, 3600, 'seconds'),
  interval: isWholeFrom(1, 60, 'seconds'),
  userCode: isUserCode,
  verificationUriComplete: isOneOf(true, false),
  accessToken: isAccessToken,
  openid: isOpenId,
  keyBinding: isKeyBinding,
  refreshToken: isRefreshToken,
  tokenExchange: isTokenExchange,
  redemptionGrace: isNumberFrom(0, 300, 'seconds'),
  onStoreFailure: isOneOf('pending', 'unavailable'),
  timeout: isNumberFrom(0.001, 60, 'seconds'),
  maxConcurrentRequests: isWholeFrom(1, 100_000, 'requests'),
  longPolling: either(isOneOf(false), isObject),
  paths: isObject,
  compatibility: isCompatibility,
  limits: isObject,
  pages: isObject,
  risk: isOneOf('low', 'high'),
  policy: isObject,
  approval: isApprovalProof,
  verificationApi: isVerificationApi,
  signals: isSignals,
  registration: isRegistration,
  hooks: isObject,
  events: isObject,
  grants: isGrants,
  clientAuthentication: isClientAuthentication,
  clock: isFunction,
  dangerouslyAllowHttp: isOneOf(true, false),
}
