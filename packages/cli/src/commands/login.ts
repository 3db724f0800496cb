import { hostname } from 'node:os'
import { DeviceFlow, type DeviceFlowOptions, type Endpoints, findEndpoints, findProfile } from '@device-auth/client'
import { CliError, exchangeOutcome, failureError, type Subject, usageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { type LoginOptions, type OwnerOptions, scopeOf } from '../options.ts'
import { tokenStore } from '../saved/token-store.ts'
import { type Connection, connect } from '../server/connection.ts'
import { issuerOf } from '../server/issuer.ts'
import { canOpenBrowser } from '../sign-in/browser.ts'
import type { Codes } from '../sign-in/code-view.ts'
import { PendingSignIns } from '../sign-in/pending.ts'
import { createReporter, type Reporter } from '../sign-in/reporter.ts'
import { finishSignIn, giveUp, type SignIn } from '../sign-in/sign-in.ts'
import { unattendedReason } from '../sign-in/unattended.ts'
import { plain } from '../terminal/plain-text.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'

/** `login`: shows a code, waits until a person has approved it, keeps the tokens. */
export async function login(options: LoginOptions, surroundings: Surroundings): Promise<void> {
  const screen = new Screen(surroundings.stderr, surroundings)
  const owner = requireOwner(options)
  if (options.wait) refuseUnattended(options, surroundings)
  const connection = await connect(owner.issuer, options, surroundings, screen)
  const endpoints = await endpointsOf(owner, connection)
  const flow = new DeviceFlow({ ...connection, ...endpoints, ...owner, ...requestOf(options) })
  const codes = await flow.grant()
  if (!codes.ok) {
    const ended = await flow.finished()
    throw failureError(codes, owner, ended.ok ? 'rejected' : ended.outcome)
  }
  const opens = options.wait && options.browser && !options.json && canOpenBrowser(surroundings)
  const reporter = createReporter(options, surroundings, screen, opens)
  if (!options.wait) return leave(flow, codes, options, reporter)
  const { account, userinfo } = options
  const store = tokenStore(options)
  const signIn: SignIn = { flow, ...owner, account, connection, reporter, store, surroundings, userinfo, opens }
  await finishSignIn(signIn, codes).catch(async (error: unknown) => {
    throw surroundings.signal.aborted ? await giveUp(signIn, endpoints.revocationEndpoint) : error
  })
}

/** The issuer and the client, which a sign-in cannot do without. */
function requireOwner(options: OwnerOptions): { readonly issuer: string; readonly clientId: string } {
  const issuer = issuerOf(options)
  const { clientId } = options
  if (issuer === undefined)
    throw usageError('It is not said which server to sign in to.', 'Say --issuer https://... or --provider github.')
  if (clientId === undefined)
    throw usageError('It is not said as which client.', 'Say --client-id, as the server has registered it.')
  return { issuer, clientId }
}

function refuseUnattended({ interactive }: LoginOptions, surroundings: Surroundings): void {
  const reason = interactive ? undefined : unattendedReason(surroundings)
  if (reason === undefined) return
  const hint = 'Sign in elsewhere, use --no-wait, or say --interactive if somebody reads this.'
  const message = `Nobody can approve a sign-in here: ${reason}.`
  throw new CliError(exitCodes.unattended, message, { error: 'unattended', hint })
}

/** Asked for once: a person who waits is told at once that there is no server. */
async function endpointsOf(owner: Subject, connection: Connection): Promise<Endpoints> {
  const profile = connection.profile ?? findProfile(owner.issuer)
  const found = await findEndpoints(owner, { ...connection, profile })
  if (found.ok) return found
  throw failureError(found, owner, exchangeOutcome(found))
}

function requestOf(options: LoginOptions): Partial<DeviceFlowOptions> {
  const { parameter = [], deviceName, pkce = false, renew, timeLimit } = options
  const named = deviceName === undefined ? {} : { device_name: deviceName === true ? hostname() : deviceName }
  return {
    scope: scopeOf(options),
    parameters: { ...named, ...Object.fromEntries(parameter.map(parsePair)) },
    pkce,
    onExpired: renew ? 'renew' : 'fail',
    timeLimit,
  }
}

function parsePair(pair: string): [string, string] {
  const at = pair.indexOf('=')
  if (at < 1)
    throw usageError(`--parameter is not a pair: ${plain(pair)}`, 'It looks like audience=https://api.example.com.')
  return [pair.slice(0, at), pair.slice(at + 1)]
}

/** Leaves the sign-in to `resume`. */
async function leave(flow: DeviceFlow, codes: Codes, options: LoginOptions, reporter: Reporter): Promise<void> {
  const { account, provider } = options
  const pending = new PendingSignIns(tokenStore(options).folder)
  const id = await pending.add({ flow: flow.toJSON(), account, provider })
  flow.close()
  await reporter.left(codes, id)
}
