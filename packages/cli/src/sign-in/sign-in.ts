import { type DeviceFlow, revokeToken, type StoredToken, type Token, tokenKey } from '@device-auth/client'
import type { DpopProver } from '@device-auth/client/dpop'
import type { FileTokenStore } from '@device-auth/client/node'
import { CliError, failureError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { isKeyLost } from '../saved/dpop-keys.ts'
import { fileFault, notSaved } from '../saved/state-folder.ts'
import { storable } from '../saved/token-store.ts'
import { type Connection, requestOptions } from '../server/connection.ts'
import { claimsOf, displayName, fetchClaims, knownUserinfo } from '../server/identity.ts'
import { revokeTokens } from '../server/revocation.ts'
import { plain } from '../terminal/plain-text.ts'
import { doUncut, type Surroundings } from '../terminal/surroundings.ts'
import { onEnter, openBrowser } from './browser.ts'
import type { Codes } from './code-view.ts'
import type { Reporter } from './reporter.ts'

/** A sign-in that waits for approval, with everything that it needs. */
export interface SignIn {
  readonly flow: DeviceFlow
  /** The prover of the key that the tokens will be bound to. */
  readonly dpop: DpopProver | undefined
  readonly issuer: string
  readonly clientId: string
  readonly account: string | undefined
  readonly connection: Connection
  readonly reporter: Reporter
  readonly store: FileTokenStore
  readonly surroundings: Surroundings
  readonly userinfo: string | undefined
  /** True if Enter opens the browser. */
  readonly opens: boolean
}

/** Shows the codes, polls until the tokens arrive, and saves them. Throws if the sign-in fails. */
export async function finishSignIn(signIn: SignIn, codes: Codes): Promise<void> {
  const { flow, reporter } = signIn
  flow.on('poll', (report) => reporter.polling(report))
  flow.on('authorizeWithUserCode', (newCodes) => void reporter.codes(newCodes))
  const stop = signIn.opens ? openOnEnter(signIn) : (): void => {}
  try {
    await reporter.codes(codes)
    flow.startPolling()
    const result = await flow.finished()
    if (!result.ok) throw failureError(result, signIn, result.outcome)
    reporter.close()
    await saveTokens(signIn, result)
  } finally {
    stop()
    reporter.close()
    flow.close()
  }
}

/** Opens the browser at the first Enter. Later ones only repair the screen. The returned function stops listening. */
function openOnEnter({ flow, reporter, surroundings }: SignIn): () => void {
  let isOpened = false
  return onEnter(surroundings.stdin, () => {
    reporter.enterPressed()
    if (isOpened) return
    isOpened = true
    const address = flow.verificationUriComplete ?? flow.verificationUri ?? ''
    void openBrowser(address).then((isOpen) => reporter.opened(isOpen))
  })
}

async function saveTokens(signIn: SignIn, token: Token): Promise<void> {
  const { flow, dpop, issuer, clientId, account, store, reporter, connection, surroundings, userinfo } = signIn
  const stored: StoredToken = storable(token)
  const key = tokenKey({ issuer, clientId, scope: flow.requestedScope, account })
  try {
    const saving = store.withLock(key, async () => {
      if (await isKeyLost(stored, key, store)) throw new Error('its key was removed meanwhile, as logout does')
      await store.put(key, stored)
    })
    await doUncut(surroundings, saving)
  } catch (error) {
    throw await dropTokens(signIn, stored, fileFault(error))
  }
  const address = userinfo ?? knownUserinfo(issuer)
  const claims = claimsOf(stored.idToken) ?? (await fetchClaims(address, { ...stored, dpop }, connection))
  const name = claims && displayName(claims)
  const refreshable = stored.refreshToken !== undefined
  const { grantedScope: scope } = flow
  const { warnings = [] } = token
  reporter.signedIn({ issuer, clientId, account, scope, expiresAt: stored.expiresAt, refreshable, name, warnings })
}

/** Revokes tokens that could not be saved, so that they are not left alive with nobody who knows them. Returns the error that says so. */
async function dropTokens(
  { flow, clientId, connection, store }: SignIn,
  stored: StoredToken,
  fault: string,
): Promise<CliError> {
  const { revocationEndpoint: address } = flow.toJSON().options
  const isRevoked = address !== undefined && (await revokeTokens(address, clientId, stored, connection)).ok
  const end =
    stored.refreshToken === undefined && stored.expiresAt !== undefined
      ? `stay valid until ${new Date(stored.expiresAt).toLocaleString()}`
      : 'stay valid until the server ends them'
  const rest = isRevoked
    ? 'They were revoked: nobody can use them.'
    : `They could not be revoked, so they ${end}. To end them now, remove this sign-in in your account at the server.`
  return notSaved(
    `The sign-in was approved, but the tokens cannot be saved in ${plain(store.folder)}: ${fault}. ${rest}`,
  )
}

/** Milliseconds for revoking the code, so that Ctrl-C ends the command within 50. */
const REVOCATION_TIME = 35

/**
 * Revokes the device code of an interrupted sign-in if the server supports that, so that nobody can use the code
 * on the screen any more. Returns the error that ends the command.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009 section 2}
 */
export async function giveUp(signIn: Pick<SignIn, 'flow' | 'clientId' | 'connection'>): Promise<CliError> {
  const isRevoked = await revokeCode(signIn, REVOCATION_TIME)
  const message = isRevoked ? 'Stopped. The code is no longer valid.' : 'Stopped.'
  return new CliError(exitCodes.interrupted, message, { error: 'aborted' })
}

/**
 * Revokes the device code of a sign-in. Resolves with `false` if the server does not support that.
 *
 * @param time - Milliseconds after which it is given up.
 */
export async function revokeCode(
  { flow, clientId, connection }: Pick<SignIn, 'flow' | 'clientId' | 'connection'>,
  time: number,
): Promise<boolean> {
  const { session, options } = flow.toJSON()
  const { revocationEndpoint: address } = options
  const token = session?.deviceCode
  if (token === undefined || address === undefined) return false
  const request = { address, clientId, authentication: connection.authentication, token }
  return (await revokeToken(request, { ...requestOptions(connection), signal: AbortSignal.timeout(time) })).ok
}
