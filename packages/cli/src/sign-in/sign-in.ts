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

/** A sign-in that waits for approval, and what it needs. */
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
  /** Whether Enter opens the browser. */
  readonly opens: boolean
}

/** Shows the codes, polls until the tokens are there, and keeps them. */
export async function finishSignIn(signIn: SignIn, codes: Codes): Promise<void> {
  const { flow, reporter } = signIn
  flow.on('poll', (report) => reporter.polling(report))
  flow.on('authorizeWithUserCode', (codes) => void reporter.codes(codes))
  const stop = signIn.opens ? openOnEnter(signIn) : (): void => {}
  try {
    await reporter.codes(codes)
    flow.startPolling()
    const result = await flow.finished()
    if (!result.ok) throw failureError(result, signIn, result.outcome)
    reporter.close()
    await keep(signIn, result)
  } finally {
    stop()
    reporter.close()
    flow.close()
  }
}

/** At the first Enter; the others leave the screen as it is. */
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

async function keep(signIn: SignIn, token: Token): Promise<void> {
  const { flow, issuer, clientId, account, store, reporter, connection, userinfo } = signIn
  const stored: StoredToken = storable(token)
  const key = tokenKey({ issuer, clientId, scope: flow.requestedScope, account })
  await store.withLock(key, () => store.put(key, stored))
  const told = claimsOf(stored.idToken) ?? (await fetchClaims(userinfo ?? knownUserinfo(issuer), stored, connection))
  const name = told && displayName(told)
  const refreshable = stored.refreshToken !== undefined
  const { grantedScope: scope } = flow
  reporter.signedIn({ issuer, clientId, account, scope, expiresAt: stored.expiresAt, refreshable, name })
}

/** Milliseconds, so that Ctrl-C ends within 50. */
const GIVE_UP_TIME = 35

/** Tells the server that the codes are not wanted any more, where it takes that (RFC 7009): the code on the screen is worth nothing then. */
export async function giveUp(
  { flow, clientId, connection }: SignIn,
  revocationEndpoint: string | undefined,
): Promise<CliError> {
  const token = flow.toJSON().session?.deviceCode
  let isRevoked = false
  if (token !== undefined && revocationEndpoint !== undefined) {
    const request = { address: revocationEndpoint, clientId, authentication: connection.authentication, token }
    const options = { ...connection, signal: AbortSignal.timeout(GIVE_UP_TIME) }
    isRevoked = (await revokeToken(request, options)).ok
  }
  const message = isRevoked ? 'Stopped. The code is not valid any more.' : 'Stopped.'
  return new CliError(exitCodes.interrupted, message, { error: 'aborted' })
}
