import type { Failure } from '@device-auth/client'
import { exchangeToken, TOKEN_EXCHANGE_GRANT_TYPE } from '@device-auth/client/token-exchange'
import { CliError, exchangeOutcome, failureError, type RegisteredClient } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { plain } from '../terminal/plain-text.ts'
import type { UsableToken } from './authorization.ts'
import { type Connection, requestOptions, serverOf } from './connection.ts'

/** The scopes and the APIs of a narrower token. What is left out stays as it is. */
export interface Narrowing {
  /** Separated by spaces. */
  readonly scope?: string | undefined
  readonly resource?: readonly string[] | undefined
  readonly audience?: readonly string[] | undefined
}

/**
 * Exchanges the token of a sign-in for a narrower one, which is bound to the same key. The saved tokens stay as they are.
 *
 * @throws {CliError} that says what the server, the client or the token lacks.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2 RFC 8693 section 2}
 */
export async function narrowToken(
  token: UsableToken,
  narrowing: Narrowing,
  client: RegisteredClient,
  connection: Connection,
): Promise<UsableToken> {
  const { issuer, clientId } = client
  const { authentication, headers } = connection
  const { accessToken, dpop } = token
  const options = requestOptions(connection)
  const endpoints = await serverOf(issuer, connection).findEndpoints(options)
  if (!endpoints.ok) throw failureError(endpoints, client, exchangeOutcome(endpoints))
  const request = { address: endpoints.tokenEndpoint, clientId, authentication, headers, accessToken, dpop }
  const narrow = await exchangeToken({ ...request, ...narrowing }, options)
  if (!narrow.ok) throw refusal(narrow, client, token)
  const { keyThumbprint, scope = narrowing.scope ?? token.scope } = narrow
  const scopes = scope === undefined ? {} : { scope }
  return { ...narrow, ...scopes, dpop: keyThumbprint === undefined ? undefined : dpop }
}

/** The error for an exchange that failed. The words for other requests speak of a sign-in, and of other options. */
function refusal(failure: Failure, client: RegisteredClient, { scope }: UsableToken): CliError {
  const { exitCode, message, details } = failureError(failure, client, exchangeOutcome(failure))
  const words = wordsFor(failure, plain(client.clientId, 100), scope)
  if (words === undefined) return new CliError(exitCode, message, details)
  return new CliError(exitCodes.misconfigured, words[0], { ...details, hint: words[1] })
}

function wordsFor(
  { error, errorDescription }: Failure,
  clientId: string,
  scope: string | undefined,
): readonly [message: string, hint: string] | undefined {
  const description = errorDescription === undefined ? '' : ` ${plain(errorDescription)}`
  switch (error) {
    case 'unsupported_grant_type':
      return [
        'The server cannot give narrower tokens: it does not support token exchange (RFC 8693).',
        'Without --narrow, --resource and --audience, the command prints the token of the sign-in.',
      ]
    case 'unauthorized_client':
      return [
        `The client ${clientId} may not exchange tokens.`,
        `Allow the grant ${TOKEN_EXCHANGE_GRANT_TYPE} for this client at the server.`,
      ]
    case 'invalid_scope':
      return [
        `The token of the sign-in cannot be narrowed to these scopes.${description}`,
        scope === undefined ? 'Check --narrow.' : `Check --narrow: the token has the scopes ${plain(scope)}.`,
      ]
    case 'not_narrowed':
      return [
        `The server gave a token that is not narrow enough.${description}`,
        'If they are harmless, name them with --narrow too.',
      ]
    case 'invalid_target':
      return [
        `The token of the sign-in is not for this resource or audience.${description}`,
        'Check --resource and --audience. The sign-in must have asked for them: login --parameter resource=https://...',
      ]
    default:
      return undefined
  }
}
