import type { DpopProver } from './auth/dpop.ts'
import { DeviceFlow } from './device-flow.ts'
import { joinedScope } from './endpoints/device-authorization.ts'
import { authorizationHeader, epochSeconds, type Token, type Warning } from './endpoints/token.ts'
import { flowChecks, isProver } from './flow/option-checks.ts'
import type { DeviceFlowOptions } from './flow/options.ts'
import type { FlowEvents } from './flow/state.ts'
import { defined, failure } from './http/failure.ts'
import { printable } from './http/printable.ts'
import { redacted } from './http/redact.ts'
import { type SignInFailure, signInFailure } from './polling/outcome.ts'
import { systemClock } from './runtime/clock.ts'
import { unattendedReason } from './runtime/environment.ts'
import { type Checks, checkOptions, hasMethods, isBoolean, isFunction, isString } from './runtime/options.ts'
import { loadDpopProver, loadOrCreateDpopProver } from './storage/kept-key.ts'
import { isDead, MemoryTokenStore, type StoredToken, type TokenStore, tokenKey } from './storage/token-store.ts'

/** The way in which the token was found, or the last one that was tried. */
export type Strategy = 'use_token' | 'refresh_token' | 'interactive_auth' | 'fail'

/** The options of {@link authenticate}: those of a flow, and those that say where tokens are kept. `clientId` is required. */
export interface AuthenticateOptions extends Omit<DeviceFlowOptions, 'issuer' | 'dpop'> {
  /**
   * Binds the tokens to a key. `true`: to a key that the store keeps, so that the sign-in outlives this process; the store has to keep keys, as
   * `MemoryTokenStore` and `new FileTokenStore({ dpopKeys: true })` do. A prover: to a key that the application keeps. Stored tokens that
   * are bound to a key of the store use it also without this option.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-5 RFC 9449 section 5}
   */
  readonly dpop?: DpopProver | boolean | undefined
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

/**
 * The tokens, or the reason why there are none; `strategy` is the way in which they were found. `dpop` makes the proofs for requests with a
 * token that is bound to a key.
 */
export type AuthenticateResult = (
  | (Omit<Token, 'raw'> & { readonly ok: true; readonly error?: never; readonly dpop?: DpopProver })
  | SignInFailure
) & { readonly strategy: Strategy }

function authenticateChecks(): Checks<AuthenticateOptions> {
  const { issuer: _issuer, ...checks } = flowChecks()
  return {
    ...checks,
    dpop: (value) => (typeof value === 'boolean' ? undefined : isProver(value) && `${isProver(value)}, true or false`),
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
    dpop,
    ...flowOptions
  } = given
  if (dpop === true && (store.loadDpopKey ?? store.createDpopKey) === undefined)
    throw new TypeError(
      'authenticate: option `dpop` is true, but the store keeps no keys: it has no loadDpopKey() and createDpopKey().',
    )
  const { clientId, scope, signal } = flowOptions
  if (!URL.canParse(issuer)) {
    const errorDescription = 'The issuer must be a URL, such as https://example.com.'
    return failed(signInFailure(failure('insecure_url', { errorDescription })), 'fail')
  }
  const key = tokenKey({ issuer, clientId, scope: joinedScope(scope), account })
  const flow = new DeviceFlow({ ...flowOptions, issuer, autoRefresh: false })
  try {
    const call = { options: given, store, key, flow }
    const kept = await fromStore(call)
    return kept === undefined || kept === 'key_lost' ? await signIn(call, kept === 'key_lost') : kept
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

/** Stored tokens, and the prover of the key that they are bound to. */
interface Kept {
  readonly stored: StoredToken
  readonly dpop: DpopProver | undefined
}

/** The stored tokens; `key_lost` when the key at hand is not the one that they are bound to, so that nobody can use them. */
async function keptTokens({ options: { dpop }, store, key }: Call): Promise<Kept | 'key_lost' | undefined> {
  const stored = await store.get(key)
  if (stored === undefined) return undefined
  const given = typeof dpop === 'object' ? dpop : undefined
  const { keyThumbprint } = stored
  if (keyThumbprint === undefined) return { stored, dpop: given }
  const prover = given ?? (await loadDpopProver(store, key))
  return prover?.thumbprint === keyThumbprint ? { stored, dpop: prover } : 'key_lost'
}

/** The stored token, or a refreshed one; `undefined` or `key_lost` when only a sign-in helps. */
async function fromStore(call: Call): Promise<AuthenticateResult | 'key_lost' | undefined> {
  const { options, store, key } = call
  const { force = false, signal } = options
  if (force) return undefined
  const kept = await keptTokens(call)
  if (kept === undefined || kept === 'key_lost') return kept
  if (isUsable(kept.stored, options)) return found(kept, 'use_token')
  return store.withLock(key, () => refreshed(call), signal)
}

/** Runs under the lock: another process may have stored a new token meanwhile, else the tokens are refreshed here. */
async function refreshed(call: Call): Promise<AuthenticateResult | 'key_lost' | undefined> {
  const { options, store, key, flow } = call
  const { clock = systemClock } = options
  const kept = await keptTokens(call)
  if (kept === undefined || kept === 'key_lost') return kept
  const { stored } = kept
  if (isUsable(stored, options)) return found(kept, 'use_token')
  const { refreshToken, idToken, scope } = stored
  if (refreshToken === undefined || isDead(stored, clock.now())) return undefined
  // the server may end the old refresh token with the answer
  await store.check?.()
  // tokens that were not bound so far are bound from now on
  const dpop = kept.dpop ?? (options.dpop === true ? await loadOrCreateDpopProver(store, key) : undefined)
  flow.setOptions({ dpop })
  flow.setTokens({ refreshToken, ...defined({ idToken }) })
  const result = await flow.refreshTokens()
  if (result.ok) {
    const fresh = storedToken({ ...defined({ scope, idToken }), ...result })
    return found({ stored: fresh, dpop }, 'refresh_token', await warningsOf(store.put(key, fresh)))
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

const keyLost = 'The stored tokens are bound to a key that is no longer there, so nobody can use them.'

async function signIn({ options, store, key, flow }: Call, isKeyLost: boolean): Promise<AuthenticateResult> {
  const { interactive, onUserCode, signal } = options
  const reason = interactive === true ? undefined : unattendedReason(onUserCode !== undefined)
  if (interactive === false || reason !== undefined) {
    const why = reason ?? 'the option interactive is false'
    const errorDescription = `No user can approve a sign-in here: ${why}. If one can, set the option interactive to true.`
    const explained = isKeyLost ? `${keyLost} ${errorDescription}` : errorDescription
    return failed(signInFailure(failure('unattended', { errorDescription: explained })), 'fail')
  }
  await store.check?.()
  const own = options.dpop === true
  const dpop = own
    ? await store.withLock(key, () => loadOrCreateDpopProver(store, key), signal)
    : options.dpop || undefined
  flow.setOptions({ dpop })
  flow.on('authorizeWithUserCode', onUserCode ?? print)
  const result = await flow.run()
  if (!result.ok) return failed(result, 'interactive_auth')
  const stored = storedToken(result)
  const keep = (): Promise<void> => (own ? putWithKey(store, key, stored) : store.put(key, stored))
  const lost: readonly Warning[] = isKeyLost ? [{ code: 'key_lost', message: keyLost }] : []
  const warnings = [...lost, ...(result.warnings ?? []), ...(await warningsOf(store.withLock(key, keep)))]
  return found({ stored, dpop }, 'interactive_auth', warnings)
}

/** Stores tokens if the store still has their key: another process may have signed out while the user approved. */
async function putWithKey(store: TokenStore, key: string, stored: StoredToken): Promise<void> {
  const { keyThumbprint } = stored
  if (keyThumbprint !== undefined && (await loadDpopProver(store, key))?.thumbprint !== keyThumbprint)
    throw new Error('it no longer has the key of this sign-in; signing out removes it.')
  await store.put(key, stored)
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
  const { accessToken, tokenType, expiresAt, refreshToken, refreshExpiresAt, scope, idToken, keyThumbprint } = token
  const optional = { expiresAt, refreshToken, refreshExpiresAt, scope, idToken, keyThumbprint }
  return { accessToken, tokenType, ...defined(optional) }
}

function found({ stored, dpop }: Kept, strategy: Strategy, warnings: readonly Warning[] = []): AuthenticateResult {
  const { accessToken, tokenType, expiresAt, refreshExpiresAt } = stored
  const epoch = defined({ expires: epochSeconds(expiresAt), refreshExpires: epochSeconds(refreshExpiresAt) })
  const more = { ...epoch, ...(warnings.length === 0 ? {} : { warnings }) }
  return redacted({
    ok: true,
    ...stored,
    ...more,
    headers: authorizationHeader(tokenType, accessToken, dpop),
    ...defined({ dpop: stored.keyThumbprint === undefined ? undefined : dpop }),
    strategy,
  })
}

function failed(failure: SignInFailure, strategy: Strategy): AuthenticateResult {
  return redacted({ ...failure, strategy })
}
