import { type DeviceFlow, revokeToken, type StoredToken, type Token, tokenKey } from '@device-auth/client'
import type { FileTokenStore } from '@device-auth/client/node'
import { CliError, failureError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { storable } from '../saved/token-store.ts'
import type { Connection } from '../server/connection.ts'
import { claimsOf, displayName, fetchClaims, knownUserinfo } from '../server/identity.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onEnter, openBrowser } from './browser.ts'
import type { Codes } from './code-view.ts'
import type { Reporter } from './reporter.ts'

/** A sign-in that waits for approval, with everything that it needs. */
export interface SignIn {
  readonly flow: DeviceFlow
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
  const { flow, issuer, clientId, account, store, reporter, connection, userinfo } = signIn
  const stored: StoredToken = storable(token)
  const key = tokenKey({ issuer, clientId, scope: flow.requestedScope, account })
  await store.withLock(key, () => store.put(key, stored))
  const claims = claimsOf(stored.idToken) ?? (await fetchClaims(userinfo ?? knownUserinfo(issuer), stored, connection))
  const name = claims && displayName(claims)
  const refreshable = stored.refreshToken !== undefined
  const { grantedScope: scope } = flow
  reporter.signedIn({ issuer, clientId, account, scope, expiresAt: stored.expiresAt, refreshable, name })
}

/** Milliseconds for revoking the code, so that Ctrl-C ends the command within 50. */
const REVOCATION_TIME = 35

/**
 * Revokes the device code of an interrupted sign-in if the server supports that, so that nobody can use the code
 * on the screen any more. Returns the error that ends the command.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009 section 2}
 */
export async function giveUp(
  { flow, clientId, connection }: SignIn,
  revocationEndpoint: string | undefined,
): Promise<CliError> {
  const token = flow.toJSON().session?.deviceCode
  let isRevoked = false
  if (token !== undefined && revocationEndpoint !== undefined) {
    const request = { address: revocationEndpoint, clientId, authentication: connection.authentication, token }
    const options = { ...connection, signal: AbortSignal.timeout(REVOCATION_TIME) }
    isRevoked = (await revokeToken(request, options)).ok
  }
  const message = isRevoked ? 'Stopped. The code is no longer valid.' : 'Stopped.'
  return new CliError(exitCodes.interrupted, message, { error: 'aborted' })
}
