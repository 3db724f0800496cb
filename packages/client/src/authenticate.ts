import { DeviceFlow } from './device-flow.ts'
import { joinedScope } from './endpoints/device-authorization.ts'
import { authorizationHeader, epochSeconds, type Token, type Warning } from './endpoints/token.ts'
import { flowChecks } from './flow/option-checks.ts'
import type { DeviceFlowOptions } from './flow/options.ts'
import type { FlowEvents } from './flow/state.ts'
import { defined, failure } from './http/failure.ts'
import { printable } from './http/printable.ts'
import { redacted } from './http/redact.ts'
import { type SignInFailure, signInFailure } from './polling/outcome.ts'
import { systemClock } from './runtime/clock.ts'
import { unattendedReason } from './runtime/environment.ts'
import { type Checks, checkOptions, hasMethods, isBoolean, isFunction, isString } from './runtime/options.ts'
import { isDead, MemoryTokenStore, type StoredToken, type TokenStore, tokenKey } from './storage/token-store.ts'

/** The way in which the token was found, or the last one that was tried. */
export type Strategy = 'use_token' | 'refresh_token' | 'interactive_auth' | 'fail'

/** The options of {@link authenticate}: those of a flow, and those that say where tokens are kept. `clientId` is required. */
export interface AuthenticateOptions extends Omit<DeviceFlowOptions, 'issuer'> {
  /** The store of the tokens. Default: a store in memory, shared by all calls of this process. */
  readonly store?: TokenStore | undefined
  /** The name of the account, when one machine has several. It is a part of the key in the store. */
  readonly account?: string | undefined
  /** Signs in even if there is a stored token; default `false`. */
  readonly force?: boolean | undefined
  /** True if a user is present who can approve. Default: derived from the environment (`CI`, batch systems, a terminal). */
  readonly interactive?: boolean | undefined
  /**
   * Shows the code and the address to the user. Default: prints two lines on stderr.
   *
   * @example
   * onUserCode: ({ userCode, verificationUri }) => display.show(`${verificationUri}\n${userCode}`)
   */
  readonly onUserCode?: ((codes: FlowEvents['authorizeWithUserCode']) => void) | undefined
}

/** The tokens, or the reason why there are none; `strategy` is the way in which they were found. */
export type AuthenticateResult = (
  | (Omit<Token, 'raw'> & { readonly ok: true; readonly error?: never })
  | SignInFailure
) & { readonly strategy: Strategy }

function authenticateChecks(): Checks<AuthenticateOptions> {
  const { issuer: _issuer, ...checks } = flowChecks()
  return {
    ...checks,
    store: hasMethods('a token store, such as new FileTokenStore()', 'get', 'put', 'remove', 'withLock'),
    account: isString,
    force: isBoolean,
    interactive: isBoolean,
    onUserCode: isFunction,
  }
}

/** Seconds that a stored access token must still be valid for. */
const BUFFER = 60
const processStore = /* @__PURE__ */ new MemoryTokenStore()

/** One call of {@link authenticate}. */
interface Call {
  readonly options: AuthenticateOptions
  readonly store: TokenStore
  /** The key in the store. */
  readonly key: string
  readonly flow: DeviceFlow
}

/**
 * Gets a token for a server: the stored one, else a refreshed one, else the token of a new sign-in. Where no user can approve, it fails
 * at once with the outcome `unattended`. Of many processes that share a store, only one refreshes.
 *
 * A store that cannot keep tokens is found out before the sign-in, with the error `store_error`. If it fails later, the result has the
 * tokens and the warning `tokens_not_kept`.
 *
 * @param issuer - The issuer URL of the server.
 * @returns The tokens, or the reason why there are none.
 * @throws {TypeError} that names an argument that is missing, misspelt or wrong; never rejects otherwise.
 * @example
 * const result = await authenticate('https://as.example.com', { clientId: 'tv', scope: 'profile', store: new FileTokenStore() })
 * if (result.ok) await fetch('https://api.example.com/me', { headers: result.headers })
 */
export async function authenticate(issuer: string, options: AuthenticateOptions): Promise<AuthenticateResult> {
  if (typeof issuer !== 'string')
    throw new TypeError('authenticate needs the issuer URL as its first argument, and the options as its second.')
  const given = checkOptions('authenticate', options, authenticateChecks(), ['clientId'])
  const {
    store = processStore,
    account,
    force: _force,
    interactive: _interactive,
    onUserCode: _show,
    ...flowOptions
  } = given
  const { clientId, scope, signal } = flowOptions
  if (!URL.canParse(issuer)) {
    const errorDescription = 'The issuer must be a URL, such as https://example.com.'
    return failed(signInFailure(failure('insecure_url', { errorDescription })), 'fail')
  }
  const key = tokenKey({ issuer, clientId, scope: joinedScope(scope), account })
  const flow = new DeviceFlow({ ...flowOptions, issuer, autoRefresh: false })
  try {
    const call = { options: given, store, key, flow }
    return (await fromStore(call)) ?? (await signIn(call))
  } catch (error) {
    // nothing but the store rejects
    const end = signal?.aborted ? failure('aborted') : failure('store_error', { errorDescription: storeProblem(error) })
    return failed(signInFailure(end), 'fail')
  } finally {
    flow.close()
  }
}

function storeProblem(error: unknown): string {
  return `The token store failed: ${printable(error instanceof Error ? error.message : '')}`
}

/** The stored token, or a refreshed one; `undefined` when only a sign-in helps. */
async function fromStore(call: Call): Promise<AuthenticateResult | undefined> {
  const { options, store, key } = call
  const { force = false, signal } = options
  if (force) return undefined
  const stored = await store.get(key)
  if (stored === undefined) return undefined
  if (isUsable(stored, options)) return found(stored, 'use_token', options)
  return store.withLock(key, () => refreshed(call), signal)
}

/** Runs under the lock: another process may have stored a new token meanwhile, else the tokens are refreshed here. */
async function refreshed({ options, store, key, flow }: Call): Promise<AuthenticateResult | undefined> {
  const { clock = systemClock } = options
  const stored = await store.get(key)
  if (stored === undefined) return undefined
  if (isUsable(stored, options)) return found(stored, 'use_token', options)
  const { refreshToken, idToken, scope } = stored
  if (refreshToken === undefined || isDead(stored, clock.now())) return undefined
  // the server may end the old refresh token with the answer
  await store.check?.()
  flow.setTokens({ refreshToken, ...defined({ idToken }) })
  const result = await flow.refreshTokens()
  if (result.ok) {
    const kept = storedToken({ ...defined({ scope, idToken }), ...result })
    return found(kept, 'refresh_token', options, await warningsOf(store.put(key, kept)))
  }
  // the server did not refuse: the refresh token may work later
  if (result.retryable || result.error === 'aborted') return failed(signInFailure(result), 'refresh_token')
  if (result.error === 'invalid_grant') {
    // so that the processes that wait for the lock do not try it too
    const { refreshToken: _, ...rest } = stored
    await store.put(key, rest)
  }
  return undefined
}

async function signIn({ options, store, key, flow }: Call): Promise<AuthenticateResult> {
  const { interactive, onUserCode } = options
  const reason = interactive === true ? undefined : unattendedReason(onUserCode !== undefined)
  if (interactive === false || reason !== undefined) {
    const why = reason ?? 'the option interactive is false'
    const errorDescription = `No user can approve a sign-in here: ${why}. If one can, set the option interactive to true.`
    return failed(signInFailure(failure('unattended', { errorDescription })), 'fail')
  }
  await store.check?.()
  flow.on('authorizeWithUserCode', onUserCode ?? print)
  const result = await flow.run()
  if (!result.ok) return failed(result, 'interactive_auth')
  const kept = storedToken(result)
  const warnings = await warningsOf(store.withLock(key, () => store.put(key, kept)))
  return found(kept, 'interactive_auth', options, [...(result.warnings ?? []), ...warnings])
}

/** The warning for tokens that could not be stored: they are good, and the server may not issue them again. */
async function warningsOf(stored: Promise<void>): Promise<readonly Warning[]> {
  try {
    await stored
    return []
  } catch (error) {
    return [{ code: 'tokens_not_kept', message: storeProblem(error) }]
  }
}

function print({ userCode, verificationUri }: FlowEvents['authorizeWithUserCode']): void {
  const { process } = globalThis as { process?: { stderr?: { write(text: string): void } } }
  process?.stderr?.write(`Open ${verificationUri}\nand enter the code ${userCode}\n`)
}

function isUsable({ expiresAt }: StoredToken, { clock = systemClock }: AuthenticateOptions): boolean {
  return expiresAt === undefined || expiresAt - BUFFER * 1000 > clock.now()
}

/** The members of a token that a store keeps. */
function storedToken(token: StoredToken): StoredToken {
  const { accessToken, tokenType, expiresAt, refreshToken, refreshExpiresAt, scope, idToken } = token
  return { accessToken, tokenType, ...defined({ expiresAt, refreshToken, refreshExpiresAt, scope, idToken }) }
}

function found(
  stored: StoredToken,
  strategy: Strategy,
  { dpop }: AuthenticateOptions,
  warnings: readonly Warning[] = [],
): AuthenticateResult {
  const { accessToken, tokenType, expiresAt, refreshExpiresAt } = stored
  const epoch = defined({ expires: epochSeconds(expiresAt), refreshExpires: epochSeconds(refreshExpiresAt) })
  const more = { ...epoch, ...(warnings.length === 0 ? {} : { warnings }) }
  return redacted({
    ok: true,
    ...stored,
    ...more,
    headers: authorizationHeader(tokenType, accessToken, dpop),
    strategy,
  })
}

function failed(failure: SignInFailure, strategy: Strategy): AuthenticateResult {
  return redacted({ ...failure, strategy })
}
