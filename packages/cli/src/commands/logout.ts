import { type Failure, findEndpoints, findProfile, type RevokeTokenResult, revokeToken } from '@device-auth/client'
import type { FileTokenStore } from '@device-auth/client/node'
import { CliError, exchangeOutcome, failureError } from '../errors.ts'
import type { ServerOptions } from '../options.ts'
import { describeOwner, findSaved, matchSaved, notSignedIn, type Saved } from '../saved/saved.ts'
import { tokenStore } from '../saved/token-store.ts'
import { type Connection, connect } from '../server/connection.ts'
import { jsonLine } from '../terminal/plain-text.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'

export interface LogoutOptions extends ServerOptions {
  readonly all?: boolean
  readonly local?: boolean
}

/** `logout`: revokes the tokens (RFC 7009), then forgets them. Where that fails they stay, so that it can be tried again. */
export async function logout(options: LogoutOptions, surroundings: Surroundings): Promise<void> {
  const store = tokenStore(options)
  const screen = new Screen(surroundings.stderr, surroundings)
  const found = options.all ? await matchSaved(options, store) : [await findSaved(options, store)]
  if (found.length === 0) throw notSignedIn(options)
  for (const saved of found) {
    const { issuer, clientId } = saved.owner
    const connection = await connect(issuer, options, surroundings, screen)
    const isRevoked = await store.withLock(
      saved.key,
      () => endOne(saved, store, options.local ? undefined : connection),
      surroundings.signal,
    )
    if (isRevoked) screen.done(`Signed out of ${describeOwner(saved.owner)}.`)
    else screen.warning(notRevoked(saved, options.local === true))
    if (options.json)
      surroundings.stdout.write(jsonLine({ type: 'signed_out', issuer, client_id: clientId, revoked: isRevoked }))
  }
}

function notRevoked({ owner, stored }: Saved, isLocal: boolean): string {
  const why = isLocal ? 'Its tokens were not revoked' : 'The server cannot revoke tokens'
  const end =
    stored.expiresAt === undefined
      ? 'as long as the server likes'
      : `until ${new Date(stored.expiresAt).toLocaleString()}`
  const rest = stored.refreshToken === undefined ? `stay valid ${end}` : 'stay valid until they expire'
  return `Signed out of ${describeOwner(owner)} here alone. ${why}: copies ${rest}. End the session in your account there.`
}

/** Under the lock, so that no refresh brings tokens back. `false` where the server cannot revoke. */
async function endOne(
  { key, owner }: Saved,
  store: FileTokenStore,
  connection: Connection | undefined,
): Promise<boolean> {
  // another process may have refreshed meanwhile
  const stored = await store.get(key)
  const isRevoked = stored !== undefined && connection !== undefined && (await revoke(owner, stored, connection))
  await store.remove(key)
  return isRevoked
}

async function revoke(
  owner: Saved['owner'],
  { accessToken, refreshToken }: Saved['stored'],
  connection: Connection,
): Promise<boolean> {
  const { issuer, clientId } = owner
  const options = { ...connection, profile: connection.profile ?? findProfile(issuer) }
  const endpoints = await findEndpoints({ issuer }, options)
  if (!endpoints.ok) throw keptError(endpoints, owner)
  const { revocationEndpoint: address } = endpoints
  if (address === undefined) return false
  const ask = (token: string, tokenTypeHint: string): Promise<RevokeTokenResult> =>
    revokeToken({ address, clientId, authentication: connection.authentication, token, tokenTypeHint }, options)
  const first = await (refreshToken === undefined
    ? ask(accessToken, 'access_token')
    : ask(refreshToken, 'refresh_token'))
  if (first.error === 'unsupported_token_type') return false
  if (!first.ok) throw keptError(first, owner)
  // RFC 7009 section 2.1: that its access tokens end with it is no more than a SHOULD
  if (refreshToken !== undefined) await ask(accessToken, 'access_token')
  return true
}

function keptError(failure: Failure, owner: Saved['owner']): CliError {
  const { exitCode, message, details } = failureError(failure, owner, exchangeOutcome(failure))
  const hint = 'You are still signed in. Try again, or forget the tokens here by --local.'
  return new CliError(exitCode, message, { ...details, hint })
}
