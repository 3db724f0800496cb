import { hostname } from 'node:os'
import { DeviceFlow, type DeviceFlowOptions, type Endpoints } from '@device-auth/client'
import { CliError, exchangeOutcome, failureError, type RegisteredClient, usageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { type LoginOptions, type OwnerOptions, scopeOf } from '../options.ts'
import { dpopKeyFor } from '../saved/dpop-keys.ts'
import { fileFault, notSaved, refuseUnwritable } from '../saved/state-folder.ts'
import { tokenStore } from '../saved/token-store.ts'
import { type Connection, connect, requestOptions, serverOf } from '../server/connection.ts'
import { issuerOf } from '../server/issuer.ts'
import { canOpenBrowser } from '../sign-in/browser.ts'
import { PendingSignIns } from '../sign-in/pending.ts'
import { createReporter } from '../sign-in/reporter.ts'
import { finishSignIn, giveUp, revokeCode, type SignIn } from '../sign-in/sign-in.ts'
import { unattendedBecause } from '../sign-in/unattended.ts'
import { plain } from '../terminal/plain-text.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'

/** Milliseconds for revoking a code that cannot be saved. */
const REVOCATION_TIMEOUT = 5000

/** `login`: shows a code, waits until a person has approved it, and saves the tokens. */
export async function login(options: LoginOptions, surroundings: Surroundings): Promise<void> {
  const screen = new Screen(surroundings.stderr, surroundings)
  const client = requireClient(options)
  if (options.wait) refuseUnattended(options, surroundings)
  const connection = await connect(client.issuer, options, surroundings, screen)
  const request = requestOf(options)
  const store = tokenStore(options, surroundings)
  const pending = new PendingSignIns(store.folder)
  await refuseUnwritable(options.wait ? store.folder : pending.folder)
  const endpoints = await endpointsOf(client, connection)
  const dpop = options.dpop ? await dpopKeyFor({ ...client, ...options }, store) : undefined
  const flow = new DeviceFlow({ ...connection, ...endpoints, ...client, ...request, dpop })
  const codes = await flow.getDeviceCode()
  if (!codes.ok) {
    const ended = await flow.finished()
    throw failureError(codes, client, ended.ok ? 'rejected' : ended.outcome)
  }
  const opens = options.wait && options.browser && !options.json && canOpenBrowser(surroundings)
  const reporter = createReporter(options, surroundings, screen, opens)
  if (!options.wait) {
    const id = await addPending(pending, { flow, clientId: client.clientId, connection }, options)
    return reporter.codesForResume(codes, id)
  }
  const { account, userinfo } = options
  const signIn: SignIn = { flow, dpop, ...client, account, connection, reporter, store, surroundings, userinfo, opens }
  await finishSignIn(signIn, codes).catch(async (error: unknown) => {
    throw surroundings.signal.aborted ? await giveUp(signIn) : error
  })
}

/** The server and the client that the options name. Throws a usage error if one of them is missing. */
function requireClient(options: OwnerOptions): RegisteredClient {
  const issuer = issuerOf(options)
  const { clientId } = options
  if (issuer === undefined) throw usageError('No server given.', 'Pass --issuer https://... or --provider github.')
  if (clientId === undefined) throw usageError('No client given.', 'Pass --client-id, as registered at the server.')
  return { issuer, clientId }
}

function refuseUnattended({ interactive, json }: LoginOptions, surroundings: Surroundings): void {
  const reason = interactive ? undefined : unattendedBecause(surroundings, json)
  if (reason === undefined) return
  const hint = 'Sign in elsewhere, use --no-wait, or pass --interactive if somebody can read this.'
  const message = `Nobody can approve a sign-in here: ${reason}.`
  throw new CliError(exitCodes.unattended, message, { error: 'unattended', hint })
}

/** Finds the endpoints before the flow starts, because this reports a missing server at once. */
async function endpointsOf(client: RegisteredClient, connection: Connection): Promise<Omit<Endpoints, 'ok'>> {
  const { issuer } = client
  const found = await serverOf(issuer, connection).findEndpoints(requestOptions(connection))
  if (!found.ok) throw failureError(found, client, exchangeOutcome(found))
  const { ok: _, ...endpoints } = found
  return endpoints
}

function requestOf(options: LoginOptions): Partial<DeviceFlowOptions> {
  const { parameter = [], deviceName, pkce = false, renew, timeLimit } = options
  const deviceParameter = deviceName === undefined ? {} : { device_name: deviceName === true ? hostname() : deviceName }
  return {
    scope: scopeOf(options),
    parameters: { ...deviceParameter, ...Object.fromEntries(parameter.map(parsePair)) },
    pkce,
    onExpired: renew ? 'renew' : 'fail',
    timeLimit,
  }
}

function parsePair(pair: string): [string, string] {
  const at = pair.indexOf('=')
  if (at < 1)
    throw usageError(
      `--parameter must be name=value, not ${plain(pair)}.`,
      'An example: --parameter audience=https://api.example.com',
    )
  return [pair.slice(0, at), pair.slice(at + 1)]
}

/** Saves the sign-in for `resume`, and returns its id. */
async function addPending(
  pending: PendingSignIns,
  started: Pick<SignIn, 'flow' | 'clientId' | 'connection'>,
  { account, provider }: LoginOptions,
): Promise<string> {
  const { flow } = started
  try {
    return await pending.add({ flow: flow.toJSON(), account, provider })
  } catch (error) {
    await revokeCode(started, REVOCATION_TIMEOUT)
    throw notSaved(`The sign-in cannot be saved in ${plain(pending.folder)}: ${fileFault(error)}.`)
  } finally {
    flow.close()
  }
}
