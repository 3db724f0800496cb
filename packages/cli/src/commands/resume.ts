import { DeviceFlow, type FlowSnapshot, tokenKey } from '@device-auth/client'
import { type DpopProver, dpopKeys } from '@device-auth/client/dpop'
import type { FileTokenStore } from '@device-auth/client/node'
import { CliError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import type { LoginOptions } from '../options.ts'
import { refuseUnwritable } from '../saved/state-folder.ts'
import { tokenStore } from '../saved/token-store.ts'
import { connect } from '../server/connection.ts'
import { canOpenBrowser } from '../sign-in/browser.ts'
import { type Pending, PendingSignIns } from '../sign-in/pending.ts'
import { createReporter } from '../sign-in/reporter.ts'
import { finishSignIn, type SignIn } from '../sign-in/sign-in.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'

/** `resume`: finishes a sign-in that `login --no-wait` started. */
export async function resume(id: string | undefined, options: LoginOptions, surroundings: Surroundings): Promise<void> {
  const store = tokenStore(options, surroundings)
  const pendingSignIns = new PendingSignIns(store.folder)
  const { id: found } = await pendingSignIns.find(id)
  await refuseUnwritable(store.folder)
  // if two processes resume the same sign-in, the second waits, then finds that it has ended
  const run = async (): Promise<void> =>
    finishPending(await pendingSignIns.find(found), pendingSignIns, options, surroundings)
  await store.withLock(`pending ${found}`, run, surroundings.signal)
}

async function finishPending(
  pending: Pending,
  pendingSignIns: PendingSignIns,
  options: LoginOptions,
  surroundings: Surroundings,
): Promise<void> {
  const signIn = await signInOf(pending, options, surroundings)
  if (signIn === 'key_lost') {
    await pendingSignIns.remove(pending.id)
    const hint = 'Start a new one with: device-auth login --no-wait --dpop'
    throw new CliError(exitCodes.failed, 'The sign-in is bound to a key that is no longer saved.', {
      error: 'key_lost',
      hint,
    })
  }
  const { userCode = '', verificationUri = '', verificationUriComplete, expiresAt = 0 } = signIn.flow
  try {
    await finishSignIn(signIn, { userCode, verificationUri, verificationUriComplete, expiresAt })
    await pendingSignIns.remove(pending.id)
  } catch (error) {
    // an update keeps the polling interval that the server has asked for meanwhile
    const end = hasEnded(error)
      ? pendingSignIns.remove(pending.id)
      : pendingSignIns.update({ ...pending, flow: signIn.flow.toJSON() })
    // the first error says more than one of the file system after it
    await end.catch(() => {})
    throw error
  }
}

/** True if the sign-in cannot be resumed again. It can after an interrupt, a wrong secret or the end of --time-limit. */
function hasEnded(error: unknown): boolean {
  if (!(error instanceof CliError)) return false
  const { exitCode, details } = error
  if (exitCode === exitCodes.expired) return details.error === 'expired_token'
  return exitCode === exitCodes.denied || exitCode === exitCodes.failed
}

async function signInOf(
  { flow: snapshot, account, provider }: Pending,
  options: LoginOptions,
  surroundings: Surroundings,
): Promise<SignIn | 'key_lost'> {
  const store = tokenStore(options, surroundings)
  const dpop = await proverOf(snapshot, account, store)
  if (dpop === 'key_lost') return dpop
  const screen = new Screen(surroundings.stderr, surroundings)
  const { clientId, issuer = '' } = snapshot.options
  const connection = await connect(issuer, { ...options, ...(provider && { provider }) }, surroundings, screen)
  const flow = DeviceFlow.resume(snapshot, { ...connection, dpop, timeLimit: options.timeLimit })
  const opens = options.browser && !options.json && canOpenBrowser(surroundings)
  const reporter = createReporter(options, surroundings, screen, opens)
  const { userinfo } = options
  return {
    flow,
    dpop,
    issuer,
    clientId,
    account,
    connection,
    reporter,
    store,
    surroundings,
    userinfo,
    opens,
  }
}

/** The prover of the key that the codes are bound to; `undefined` if they are bound to none. */
async function proverOf(
  { keyThumbprint, options: { issuer = '', clientId, scope = '' } }: FlowSnapshot,
  account: string | undefined,
  store: FileTokenStore,
): Promise<DpopProver | 'key_lost' | undefined> {
  if (keyThumbprint === undefined) return undefined
  const key = tokenKey({ issuer, clientId, scope: [scope].flat().join(' '), account })
  const prover = await dpopKeys.load(store, key)
  return prover?.thumbprint === keyThumbprint ? prover : 'key_lost'
}
