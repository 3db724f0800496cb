import { DeviceFlow } from './device-flow.ts'
import { joinedScope } from './endpoints/device-authorization.ts'
import type { Token } from './endpoints/token.ts'
import type { DeviceFlowOptions } from './flow/options.ts'
import type { FlowEvents } from './flow/state.ts'
import { defined, failure, isTransient } from './http/failure.ts'
import { redacted } from './http/redact.ts'
import { ended, endedBy, type SignInFailure } from './polling/outcome.ts'
import { systemClock } from './runtime/clock.ts'
import { currentEnvironment, unattendedReason } from './runtime/environment.ts'
import { isDead, MemoryTokenStore, type StoredToken, type TokenStore, tokenKey } from './storage/token-store.ts'

/** What was done for the token, or tried last. */
export type Strategy = 'use_token' | 'refresh_token' | 'interactive_auth' | 'fail'

/** How tokens are found; of the rest, `clientId` is needed. */
export interface AuthenticateOptions extends Omit<DeviceFlowOptions, 'issuer'> {
  /** Default: one in memory, of this process. */
  readonly store?: TokenStore | undefined
  /** Part of the key in the store. */
  readonly account?: string | undefined
  /** Signs in anew, whatever is stored; default `false`. */
  readonly force?: boolean | undefined
  /** Whether somebody can approve; default: as the environment looks (`CI`, batch systems, a terminal). */
  readonly interactive?: boolean | undefined
  /** Shows code and address. Default: two lines on the terminal. */
  readonly onUserCode?: ((codes: FlowEvents['authorizeWithUserCode']) => void) | undefined
}

/** Tokens and where they came from, or how that failed. */
export type AuthenticateResult = (
  | (Omit<Token, 'raw'> & { readonly ok: true; readonly error?: never })
  | SignInFailure
) & { readonly strategy: Strategy }

/** Seconds that a token must still be good for. */
const BUFFER = 60
const processStore = new MemoryTokenStore()

/**
 * A token for a server: the stored one, else a refreshed one, else by a sign-in, else a clear failure.
 *
 * @param host - The issuer.
 */
export async function authenticate(host: string, options: AuthenticateOptions): Promise<AuthenticateResult> {
  const { store = processStore, clientId, scope, account, force = false, signal } = options
  if (!URL.canParse(host)) return failed(ended(failure('insecure_url')), 'fail')
  const key = tokenKey({ issuer: host, clientId, scope: joinedScope(scope), account })
  if (!force) {
    const stored = await store.get(key)
    if (stored !== undefined && isUsable(stored, options)) return found(stored, 'use_token')
    try {
      const result = stored && (await store.withLock(key, () => refreshed(host, key, store, options), signal))
      if (result !== undefined) return result
    } catch (error) {
      if (signal?.aborted) return failed(endedBy('aborted'), 'refresh_token')
      throw error
    }
  }
  return signIn(host, key, store, options)
}

/** Under the lock: what another process stored meanwhile, else what a refresh brings; nothing where only a sign-in helps. */
async function refreshed(
  host: string,
  key: string,
  store: TokenStore,
  options: AuthenticateOptions,
): Promise<AuthenticateResult | undefined> {
  const { clock = systemClock } = options
  const stored = await store.get(key)
  if (stored === undefined) return undefined
  if (isUsable(stored, options)) return found(stored, 'use_token')
  if (stored.refreshToken === undefined || isDead(stored, clock.now())) return undefined
  const flow = new DeviceFlow({ ...options, issuer: host, autoRefresh: false })
  flow.setTokens({ refreshToken: stored.refreshToken })
  const result = await flow.refreshTokens()
  flow.close()
  if (result.ok) {
    const kept = keepable({ ...defined({ scope: stored.scope, idToken: stored.idToken }), ...result })
    await store.put(key, kept)
    return found(kept, 'refresh_token')
  }
  // away is not refused: the refresh token may be good tomorrow
  if (isTransient(result) || result.error === 'aborted') return failed(ended(result), 'refresh_token')
  if (result.error === 'invalid_grant') {
    // the others that wait for the lock need not try it too
    const { refreshToken: _, ...rest } = stored
    await store.put(key, rest)
  }
  return undefined
}

async function signIn(
  host: string,
  key: string,
  store: TokenStore,
  options: AuthenticateOptions,
): Promise<AuthenticateResult> {
  const { interactive, onUserCode } = options
  const reason = interactive === true ? undefined : unattendedReason(currentEnvironment(), onUserCode !== undefined)
  if (interactive === false || reason !== undefined) {
    const why = reason ?? 'interactive is false'
    const errorDescription = `Nobody can approve a sign-in here: ${why}. Sign in elsewhere, or set interactive.`
    return failed(ended(failure('unattended', { errorDescription }), 'unattended'), 'fail')
  }
  const flow = new DeviceFlow({ ...options, issuer: host, autoRefresh: false })
  flow.on('authorizeWithUserCode', onUserCode ?? print)
  const result = await flow.run()
  flow.close()
  if (!result.ok) return failed(result, 'interactive_auth')
  const kept = keepable(result)
  await store.withLock(key, () => store.put(key, kept))
  return found(kept, 'interactive_auth')
}

function print({ userCode, verificationUri }: FlowEvents['authorizeWithUserCode']): void {
  const { process } = globalThis as { process?: { stderr?: { write(text: string): void } } }
  process?.stderr?.write(`Open ${verificationUri}\nand enter the code ${userCode}\n`)
}

function isUsable({ expiresAt }: StoredToken, { clock = systemClock }: AuthenticateOptions): boolean {
  return expiresAt === undefined || expiresAt - BUFFER * 1000 > clock.now()
}

function keepable(token: StoredToken): StoredToken {
  const { accessToken, tokenType, expiresAt, refreshToken, refreshExpiresAt, scope, idToken } = token
  return { accessToken, tokenType, ...defined({ expiresAt, refreshToken, refreshExpiresAt, scope, idToken }) }
}

function found(stored: StoredToken, strategy: Strategy): AuthenticateResult {
  const seconds = (instant: number | undefined): number | undefined => instant && Math.floor(instant / 1000)
  const epoch = defined({ expires: seconds(stored.expiresAt), refreshExpires: seconds(stored.refreshExpiresAt) })
  const type = /^bearer$/i.test(stored.tokenType) ? 'Bearer' : stored.tokenType
  const headers = { Authorization: `${type} ${stored.accessToken}` }
  return redacted({ ok: true, ...stored, ...epoch, headers, strategy })
}

function failed(failure: SignInFailure, strategy: Strategy): AuthenticateResult {
  return redacted({ ...failure, strategy })
}
