import { hostname } from 'node:os'
import { DeviceFlow, type DeviceFlowOptions, type Endpoints, findEndpoints, findProfile } from '@device-auth/client'
import { CliError, usageError } from './cli-error.ts'
import type { Codes } from './code-view.ts'
import { exitCodes } from './exit-codes.ts'
import { exchangeOutcome, failureError, type Subject } from './failures.ts'
import type { LoginOptions } from './options.ts'
import { PendingSignIns } from './pending.ts'
import { plain } from './plain-text.ts'
import { createReporter, type Reporter } from './reporter.ts'
import { Screen } from './screen.ts'
import { type Connection, connect, requireOwner, scopeOf } from './settings.ts'
import { finishSignIn, giveUp, type SignIn } from './sign-in.ts'
import { tokenStore } from './store.ts'
import type { Surroundings } from './surroundings.ts'
import { canOpenBrowser, unattendedReason } from './terminal.ts'

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
