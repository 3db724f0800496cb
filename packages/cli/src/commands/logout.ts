import type { Failure } from '@device-auth/client'
import type { FileTokenStore } from '@device-auth/client/node'
import { CliError, exchangeOutcome, failureError } from '../errors.ts'
import type { ServerOptions } from '../options.ts'
import { describeOwner, findSaved, matchSaved, notSignedIn, type Saved } from '../saved/sign-ins.ts'
import { tokenStore } from '../saved/token-store.ts'
import { type Connection, connect, requestOptions, serverOf } from '../server/connection.ts'
import { repeat } from '../server/repeat.ts'
import { revokeTokens } from '../server/revocation.ts'
import { jsonLine, plain } from '../terminal/plain-text.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'

/** Options of `logout`. */
export interface LogoutOptions extends ServerOptions {
  readonly all?: boolean
  readonly local?: boolean
}

/**
 * `logout`: revokes the tokens, then deletes them. If revocation fails, the tokens stay, so that the user can try again.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009 section 2}
 */
export async function logout(options: LogoutOptions, surroundings: Surroundings): Promise<void> {
  const store = tokenStore(options, surroundings)
  const screen = new Screen(surroundings.stderr, surroundings)
  const found = options.all ? await matchSaved(options, store) : [await findSaved(options, store)]
  if (found.length === 0) throw notSignedIn(options)
  for (const saved of found) {
    const { issuer, clientId } = saved.owner
    const connection = await connect(issuer, options, surroundings, screen)
    const isRevoked = await store.withLock(
      saved.key,
      () => endSignIn(saved, store, options.local ? undefined : connection),
      surroundings.signal,
    )
    if (isRevoked) screen.done(`Signed out of ${describeOwner(saved.owner)}.`)
    else screen.warning(notRevoked(saved, options.local === true))
    if (options.json)
      surroundings.stdout.write(jsonLine({ type: 'signed_out', issuer, client_id: clientId, revoked: isRevoked }))
  }
}

function notRevoked({ owner, stored }: Saved, isLocal: boolean): string {
  const reason = isLocal ? 'The tokens were not revoked' : 'The server cannot revoke tokens'
  const end =
    stored.expiresAt === undefined
      ? 'until the server ends them'
      : `until ${new Date(stored.expiresAt).toLocaleString()}`
  const lifetime = stored.refreshToken === undefined ? `stay valid ${end}` : 'stay valid until they expire'
  const hint = 'To end them now, remove this sign-in in your account at the server.'
  return `Signed out of ${describeOwner(owner)} on this machine only. ${reason}, so copies of them ${lifetime}. ${hint}`
}

/** Call it under the lock, so that no refresh saves new tokens. Resolves with `false` if nothing was revoked. */
async function endSignIn(
  { key, owner }: Saved,
  store: FileTokenStore,
  connection: Connection | undefined,
): Promise<boolean> {
  // another process may have refreshed the tokens meanwhile
  const stored = await store.get(key)
  const isRevoked = stored !== undefined && connection !== undefined && (await revoke(owner, stored, connection))
  await store.remove(key)
  return isRevoked
}

async function revoke(owner: Saved['owner'], stored: Saved['stored'], connection: Connection): Promise<boolean> {
  const { issuer, clientId } = owner
  const server = serverOf(issuer, connection)
  const endpoints = await repeat(() => server.findEndpoints(requestOptions(connection)), connection)
  if (!endpoints.ok) throw stillSignedIn(endpoints, owner)
  const { revocationEndpoint: address } = endpoints
  if (address === undefined) return false
  const revoked = await repeat(() => revokeTokens(address, clientId, stored, connection), connection)
  if (revoked.error === 'unsupported_token_type') return false
  if (!revoked.ok) throw stillSignedIn(revoked, owner)
  return true
}

function stillSignedIn(failure: Failure, owner: Saved['owner']): CliError {
  const { exitCode, message, details } = failureError(failure, owner, exchangeOutcome(failure))
  if (failure.error !== 'invalid_client') {
    const hint = 'You are still signed in. Try again, or delete the tokens with --local.'
    return new CliError(exitCode, message, { ...details, hint })
  }
  // another attempt gets the same answer
  const refused = `The server does not let the client ${plain(owner.clientId)} revoke tokens without its secret, or the secret is wrong.`
  const hint = 'You are still signed in. Pass the client secret, or delete the tokens with --local.'
  return new CliError(exitCode, refused, { ...details, hint })
}
