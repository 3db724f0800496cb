import type { DpopProver } from './auth/dpop.ts'
import { joinedScope } from './endpoints/device-authorization.ts'
import { authorizationHeader, epochSeconds, type Token, type Warning } from './endpoints/token.ts'
import { flowChecks, isProver } from './flow/option-checks.ts'
import type { DeviceFlowOptions } from './flow/options.ts'
import { FlowRequests } from './flow/requests.ts'
import { SignIn } from './flow/sign-in.ts'
import { type FlowEvents, FlowState } from './flow/state.ts'
import { defined, failure } from './http/failure.ts'
import { printable } from './http/printable.ts'
import { redacted } from './http/redact.ts'
import { type SignInFailure, signInFailure } from './polling/outcome.ts'
import { abortable } from './runtime/abort.ts'
import { systemClock } from './runtime/clock.ts'
import { unattendedReason } from './runtime/environment.ts'
import { type Checks, checkOptions, hasMethods, isBoolean, isFunction, isString } from './runtime/options.ts'
import type { DpopKeys } from './storage/kept-key.ts'
import { MemoryTokenStore, type StoredToken, type TokenStore, tokenKey } from './storage/token-store.ts'

/** The way in which the token was found, or the last one that was tried. */
export type Strategy = 'use_token' | 'refresh_token' | 'interactive_auth' | 'fail'

/** The options of {@link authenticate}: those of a flow, and those that say where tokens are kept. `clientId` is required. */
export interface AuthenticateOptions extends Omit<DeviceFlowOptions, 'issuer' | 'dpop'> {
  /**
   * Binds the tokens to a key. `dpopKeys` of `@device-auth/client/dpop`: to a key that the store keeps, so that the sign-in outlives this
   * process; the store has to keep keys, as `MemoryTokenStore` and `new FileTokenStore({ dpopKeys: true })` do. A prover: to a key that the
   * application keeps. Without this option, stored tokens that are bound to a key cannot be used.
   *
   * @example
   * const result = await authenticate('https://as.example.com', { clientId: 'tv', dpop: dpopKeys })
   * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-5 RFC 9449 section 5}
   */
  readonly dpop?: DpopKeys | DpopProver | undefined
  /** The store of the tokens. Default: a store in memory, shared by all calls of this process. */
  readonly store?: TokenStore | undefined
  /** The name of the account, when one machine has several. It is a part of the key in the store. */
  readonly account?: string | undefined
  /** Signs in even if there is a stored token; default `false`. */
  readonly force?: boolean | undefined
  /** True if a user is present who can approve. Default: derived from the environment (`CI`, batch systems, a terminal). */
  readonly interactive?: boolean | undefined
  /**
   * Shows the code and the address to the user. Default: prints two lines on stderr, or on the console of a browser.
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
    dpop: (value) => {
      const prover = isProver(value)
      return prover === undefined ? undefined : hasMethods(`dpopKeys or ${prover}`, 'load')(value)
    },
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
  /** The keys that tokens are bound to; `undefined` when they are not to be bound. */
  readonly dpopKeys: DpopKeys | undefined
  /** The problems that were found on the way to the result. */
  readonly warnings: Warning[]
  readonly state: FlowState
  readonly requests: FlowRequests
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
  const { clientId, scope, signal } = flowOptions
  if (!URL.canParse(issuer)) {
    const errorDescription = 'The issuer must be a URL, such as https://example.com.'
    return failed(signInFailure(failure('insecure_url', { errorDescription })), 'fail')
  }
  const key = tokenKey({ issuer, clientId, scope: joinedScope(scope), account })
  const state = new FlowState({ ...flowOptions, issuer })
  const requests = new FlowRequests(state)
  try {
    const call: Call = { options: given, store, key, state, requests, dpopKeys: keysOf(dpop), warnings: [] }
    return (await fromStore(call)) ?? (await signIn(call))
  } catch (error) {
    // nothing but the store rejects
    const end = signal?.aborted ? failure('aborted') : failure('store_error', { errorDescription: storeProblem(error) })
    return failed(signInFailure(end), 'fail')
  }
}

/** A prover is the only key of all sign-ins. */
function keysOf(dpop: AuthenticateOptions['dpop']): DpopKeys | undefined {
  if (dpop === undefined || 'load' in dpop) return dpop
  const prover = async (): Promise<DpopProver> => dpop
  return { load: prover, loadOrCreate: prover }
}

function storeProblem(error: unknown): string {
  return `The token store failed: ${printable(error instanceof Error ? error.message : '')}`
}

const keyLost = 'The stored tokens are bound to a key that is gone, or that the option `dpop` does not give.'

/** Stored tokens, and the prover of the key that they are bound to. */
interface Kept {
  readonly stored: StoredToken
  readonly dpop?: DpopProver | undefined
}

/** The stored tokens, if the key that they are bound to is at hand. */
async function keptTokens(call: Call): Promise<Kept | undefined> {
  const stored = await call.store.get(call.key)
  if (stored === undefined) return undefined
  const dpop = await proverOf(call, stored)
  if (dpop?.thumbprint === stored.keyThumbprint) return { stored, dpop }
  call.warnings.push({ code: 'key_lost', message: keyLost })
  return undefined
}

/** The prover of the key that tokens are bound to; `undefined` when they are not bound, or when there is no key. */
async function proverOf(
  { store, key, dpopKeys }: Call,
  { keyThumbprint }: StoredToken,
): Promise<DpopProver | undefined> {
  return keyThumbprint === undefined ? undefined : dpopKeys?.load(store, key)
}

/** The stored token, or a refreshed one; `undefined` when only a sign-in helps. */
async function fromStore(call: Call): Promise<AuthenticateResult | undefined> {
  const { options, store, key } = call
  const { force = false, signal } = options
  if (force) return undefined
  const kept = await keptTokens(call)
  if (kept === undefined) return undefined
  if (isUsable(kept.stored, options)) return found(kept, 'use_token')
  // a refresh that was sent goes on under the lock after an abort: the store gets the tokens that it brings
  return abortable(
    store.withLock(key, () => refreshed(call), signal),
    signal,
  )
}

/** Runs under the lock: another process may have stored a new token meanwhile, else the tokens are refreshed here. */
async function refreshed(call: Call): Promise<AuthenticateResult | undefined> {
  const { options, store, key, state, requests, dpopKeys } = call
  const kept = await keptTokens(call)
  if (kept === undefined) return undefined
  const { stored } = kept
  if (isUsable(stored, options)) return found(kept, 'use_token')
  const { refreshToken, idToken, scope } = stored
  // one that looks expired is tried too, because the clock of the device may be wrong: the server decides
  if (refreshToken === undefined) return undefined
  // the server may end the old refresh token with the answer
  await store.check?.()
  // tokens that were not bound so far are bound from now on
  const dpop = kept.dpop ?? (await dpopKeys?.loadOrCreate?.(store, key))
  state.setOptions({ dpop })
  const result = await requests.refresh(refreshToken, idToken)
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

async function signIn(call: Call): Promise<AuthenticateResult> {
  const { options, store, key, state, requests, dpopKeys, warnings } = call
  const { interactive, onUserCode, signal } = options
  const reason = interactive === true ? undefined : unattendedReason(onUserCode !== undefined)
  if (interactive === false || reason !== undefined) {
    const why = reason ?? 'the option interactive is false'
    const explained = `No user can approve a sign-in here: ${why}. If one can, set the option interactive to true.`
    const errorDescription = [...warnings.map(({ message }) => message), explained].join(' ')
    return failed(signInFailure(failure('unattended', { errorDescription })), 'fail')
  }
  await store.check?.()
  const dpop = dpopKeys && (await store.withLock(key, async () => dpopKeys.loadOrCreate?.(store, key), signal))
  state.setOptions({ dpop })
  state.events.on('authorizeWithUserCode', onUserCode ?? print)
  const result = await new SignIn({ state, requests, accept: () => {} }).run()
  if (!result.ok) return failed(result, 'interactive_auth')
  const stored = storedToken(result)
  const kept = await warningsOf(store.withLock(key, () => putWithKey(call, stored)))
  return found({ stored, dpop }, 'interactive_auth', [...warnings, ...(result.warnings ?? []), ...kept])
}

/** Stores tokens if the store still has their key: another process may have signed out while the user approved. */
async function putWithKey(call: Call, stored: StoredToken): Promise<void> {
  if ((await proverOf(call, stored))?.thumbprint !== stored.keyThumbprint)
    throw new Error('it no longer has the key of this sign-in; signing out removes it.')
  await call.store.put(call.key, stored)
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
  const { process, console } = globalThis as {
    process?: { stderr?: { write(text: string): void } }
    console?: { error(text: string): void }
  }
  const text = `Open ${verificationUri}\nand enter the code ${userCode}`
  // a browser has no stderr
  if (process?.stderr) process.stderr.write(`${text}\n`)
  else console?.error(text)
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
