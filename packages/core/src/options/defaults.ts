import { createUserCodes, userCodeShape } from '../codes/user-codes.ts'
import type { UserCodeShape } from '../contract/codes.ts'
import type { Limits, LongPolling } from '../contract/limits.ts'
import type { DeviceAuthOptions } from '../contract/options.ts'
import type { Paths } from '../contract/paths.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import { randomToken } from '../crypto/random.ts'
import type { Secrets } from '../crypto/seal.ts'
import { type GuessLimits, guessLimits } from '../limits/guess-odds.ts'
import { clientPart } from '../limits/reserves.ts'
import { MemoryStore } from '../stores/memory/memory-store.ts'
import { opaqueTokens } from '../tokens/access-token.ts'
import { resolveApproval } from './approval.ts'
import { clientFinder, knownScopes } from './clients.ts'
import { resolvePages } from './pages.ts'
import { resolvePolicy } from './policy.ts'
import { resolveRegistration } from './registration.ts'
import { resolveSignals } from './signals.ts'
import { resolveDetailTypes, resolveResources } from './target.ts'

/** Fills in the default of each option that is not given. The options have been checked. */
export function withDefaults<Native>(given: DeviceAuthOptions<Native>): ResolvedOptions<Native> {
  const userCode = userCodeShape(given.userCode ?? { type: 'string' })
  const scopes = Object.freeze({ ...(given.scopes ?? scopesOfClients(given)) })
  return {
    issuer: given.issuer,
    // objects are copied, so that a later change by the application has no effect
    scopes,
    loginUrl: given.loginUrl,
    switchAccountUrl: given.switchAccountUrl,
    acrValues: given.acrValues && Object.freeze([...given.acrValues]),
    store: given.store ?? new MemoryStore(),
    secret: toSecrets(given.secret ?? randomToken()),
    expiresIn: given.expiresIn ?? (given.risk === 'high' ? 300 : 600),
    interval: given.interval ?? 5,
    userCode,
    verificationUriComplete: given.verificationUriComplete ?? true,
    ...tokenDefaults(given),
    redemptionGrace: given.redemptionGrace ?? 30,
    onStoreFailure: given.onStoreFailure ?? 'pending',
    timeout: given.timeout ?? 5,
    maxConcurrentRequests: given.maxConcurrentRequests ?? 100,
    clock: given.clock ?? Date.now,
    grants: Object.freeze({ ...given.grants }),
    clientAuthentication: Object.freeze({ ...given.clientAuthentication }),
    longPolling: resolveLongPolling(given.longPolling),
    paths: Object.freeze({ ...defaultPaths, ...withoutUndefined(given.paths) }),
    compatibility: Object.freeze([...(given.compatibility ?? [])]),
    limits: resolveLimits(userCode, given),
    pages: resolvePages(given.pages),
    risk: given.risk ?? 'low',
    policy: resolvePolicy(given.risk ?? 'low', given.policy, (given.timeout ?? 5) * 1000),
    findClient: clientFinder(given.clients, {
      scopes,
      methods: given.clientAuthentication ?? {},
      hasOpenId: given.openid !== undefined,
      keyMethods: [given.keyBinding ?? []].flat().map(({ method }) => method),
    }),
    verificationApi:
      given.verificationApi && Object.freeze({ origins: Object.freeze([...given.verificationApi.origins]) }),
    ...resolveExtensions(given, (given.timeout ?? 5) * 1000),
  }
}

/** The options of what tokens are, and what they are for. */
function tokenDefaults<Native>(
  given: DeviceAuthOptions<Native>,
): Pick<
  ResolvedOptions<Native>,
  'accessToken' | 'openid' | 'keyBinding' | 'refreshToken' | 'tokenExchange' | 'resources' | 'authorizationDetails'
> {
  const timeout = (given.timeout ?? 5) * 1000
  return {
    accessToken: given.accessToken ?? opaqueTokens(),
    openid: given.openid,
    keyBinding: Object.freeze([given.keyBinding ?? []].flat()),
    refreshToken:
      given.refreshToken === false
        ? false
        : Object.freeze(given.refreshToken ? { ...given.refreshToken } : { expiresIn: 30 * 24 * 3600 }),
    tokenExchange: given.tokenExchange ? Object.freeze({ ...given.tokenExchange }) : false,
    resources: resolveResources(given.resources, timeout),
    authorizationDetails: resolveDetailTypes(given.authorizationDetails, timeout),
  }
}

/** The options whose functions are limited in time, in milliseconds. */
function resolveExtensions<Native>(
  { approval, signals, registration, issuer }: DeviceAuthOptions<Native>,
  timeout: number,
): Pick<ResolvedOptions<Native>, 'approval' | 'signals' | 'registration'> {
  return {
    approval: resolveApproval(approval, timeout),
    signals: resolveSignals(signals, issuer, timeout),
    registration: resolveRegistration(registration, timeout),
  }
}

/** The scopes of the listed clients; `openid` only if it gives an id_token. */
function scopesOfClients({ clients, openid }: DeviceAuthOptions<never>): ReturnType<typeof knownScopes> {
  const { openid: description, ...others } = knownScopes(clients)
  return openid === undefined || description === undefined ? others : { ...others, openid: description }
}

/** The default of the option `paths`. */
export const defaultPaths: Paths = {
  deviceAuthorization: '/device_authorization',
  token: '/token',
  verification: '/device',
  devices: '/devices',
  decisionEvents: false,
  revocation: '/revoke',
  introspection: '/introspect',
  metadata: '/.well-known/oauth-authorization-server',
  openidConfiguration: '/.well-known/openid-configuration',
  jwks: '/jwks',
  userinfo: '/userinfo',
  present: '/device/present',
  decide: '/device/decide',
  globalTokenRevocation: false,
  securityEvents: false,
  registration: '/register',
}

const defaultLimits: Omit<Limits, keyof GuessLimits | 'pendingPerClient'> = {
  userCodesPerUser: 10,
  userCodesPerBrowser: 5,
  userCodesPerAddress: 20,
  clientSecretsPerAddress: 20,
  refreshTokensPerAddress: 100,
  requestsPerAddress: 300,
  requestsPerClient: 60_000,
  pendingPerAddress: 100,
  approvalsPerUser: 100,
}

const highRiskLimits: Partial<Limits> = { approvalsPerUser: 10 }

function resolveLimits(userCode: UserCodeShape, { limits, risk }: Pick<DeviceAuthOptions, 'limits' | 'risk'>): Limits {
  const given = withoutUndefined(limits)
  const { count } = createUserCodes(userCode, [Buffer.alloc(0)])
  const presets = risk === 'high' ? { ...defaultLimits, ...highRiskLimits } : defaultLimits
  const byOdds = guessLimits(count, given)
  return Object.freeze({ ...presets, pendingPerClient: clientPart(byOdds.pending), ...given, ...byOdds })
}

function resolveLongPolling(given: DeviceAuthOptions['longPolling']): LongPolling | false {
  if (given === false) return false
  const maxHeld = given?.maxHeld ?? 10_000
  return Object.freeze({
    maxWait: given?.maxWait ?? 25,
    maxHeld,
    maxHeldPerClient: given?.maxHeldPerClient ?? maxHeld,
    maxHeldPerAddress: given?.maxHeldPerAddress ?? 100,
  })
}

function withoutUndefined<T extends object>(group: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(group ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>
}

function toSecrets(secret: string | Secrets): Secrets {
  return typeof secret === 'string' ? [secret] : Object.freeze([...secret] as const)
}
