import { DeviceFlow } from '@device-auth/client'
import { CliError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import type { LoginOptions } from '../options.ts'
import { tokenStore } from '../saved/token-store.ts'
import { connect } from '../server/connection.ts'
import { canOpenBrowser } from '../sign-in/browser.ts'
import { type Pending, PendingSignIns } from '../sign-in/pending.ts'
import { createReporter } from '../sign-in/reporter.ts'
import { finishSignIn, type SignIn } from '../sign-in/sign-in.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'

/** `resume`: waits for a sign-in that `login --no-wait` has begun. */
export async function resume(id: string | undefined, options: LoginOptions, surroundings: Surroundings): Promise<void> {
  const store = tokenStore(options)
  const pendingSignIns = new PendingSignIns(store.folder)
  const { id: found } = await pendingSignIns.find(id)
  // of two that resume the same, the second waits and hears that it is over
  const run = async (): Promise<void> => goOn(await pendingSignIns.find(found), pendingSignIns, options, surroundings)
  await store.withLock(`pending ${found}`, run, surroundings.signal)
}

async function goOn(
  pending: Pending,
  pendingSignIns: PendingSignIns,
  options: LoginOptions,
  surroundings: Surroundings,
): Promise<void> {
  const signIn = await signInOf(pending, options, surroundings)
  const { userCode = '', verificationUri = '', verificationUriComplete, expiresAt = 0 } = signIn.flow
  try {
    await finishSignIn(signIn, { userCode, verificationUri, verificationUriComplete, expiresAt })
    await pendingSignIns.remove(pending.id)
  } catch (error) {
    if (isOver(error)) await pendingSignIns.remove(pending.id)
    // at the pace that the server has asked for meanwhile
    else await pendingSignIns.keep({ ...pending, flow: signIn.flow.toJSON() })
    throw error
  }
}

/** Interrupted, without the right secret, or out of time, a sign-in can be resumed again. */
function isOver(error: unknown): boolean {
  if (!(error instanceof CliError)) return false
  const { exitCode, details } = error
  if (exitCode === exitCodes.expired) return details.error === 'expired_token'
  return exitCode === exitCodes.denied || exitCode === exitCodes.failed
}

async function signInOf(
  { flow: snapshot, account, provider }: Pending,
  options: LoginOptions,
  surroundings: Surroundings,
): Promise<SignIn> {
  const screen = new Screen(surroundings.stderr, surroundings)
  const { clientId, issuer = '' } = snapshot.options
  const connection = await connect(issuer, { ...options, ...(provider && { provider }) }, surroundings, screen)
  const flow = DeviceFlow.resume(snapshot, { ...connection, timeLimit: options.timeLimit })
  const opens = options.browser && !options.json && canOpenBrowser(surroundings)
  const reporter = createReporter(options, surroundings, screen, opens)
  const { userinfo } = options
  return {
    flow,
    issuer,
    clientId,
    account,
    connection,
    reporter,
    store: tokenStore(options),
    surroundings,
    userinfo,
    opens,
  }
}
