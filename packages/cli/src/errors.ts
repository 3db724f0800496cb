import type { Failure, Outcome, SignInFailure } from '@device-auth/client'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { shownAddress } from './terminal/address.ts'
import { plain } from './terminal/plain-text.ts'
import { timeLeft } from './terminal/time.ts'

/** Details of an error besides its message. */
export interface ErrorDetails {
  /** The error code for programs: one of the RFCs, or of the client's `Failure`. */
  readonly error: string
  /** The next step for the user. */
  readonly hint?: string | undefined
  /** More text, shown with `--verbose`. */
  readonly detail?: string | undefined
}

/**
 * Ends the command with a message for people and an exit code for programs. Contains no secrets. Message and hint may have words of a
 * server in them, so they are made safe for the terminal here.
 */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode
  readonly details: ErrorDetails

  constructor(exitCode: ExitCode, message: string, details: ErrorDetails) {
    super(plain(message, 5000))
    this.exitCode = exitCode
    this.details = { ...details, hint: details.hint === undefined ? undefined : plain(details.hint, 5000) }
  }
}

/** The error for an option or a command that is wrong or missing. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(exitCodes.usage, message, { error: 'usage', hint })
}

/** The client and the server at which it is registered, as error messages name them. */
export interface RegisteredClient {
  readonly issuer: string
  readonly clientId: string
}

/** The outcome that corresponds to a failed request outside a sign-in. */
export function exchangeOutcome({ error, retryable }: Failure): Outcome {
  if (error === 'aborted') return 'aborted'
  return retryable ? 'network' : 'misconfigured'
}

/** The error for a sign-in or a request that failed. The words of the server are in `details.detail`. */
export function failureError(failure: Failure | SignInFailure, client: RegisteredClient, outcome: Outcome): CliError {
  const [exitCode, message, hint] = wordsFor(failure, client, outcome)
  const { error, errorDescription, status } = failure
  const description = errorDescription === undefined ? '' : `: ${plain(errorDescription)}`
  const detail = `${plain(error, 100)}${status === undefined ? '' : ` (HTTP ${status})`}${description}`
  return new CliError(exitCode, message, { error: plain(error, 100), hint, detail })
}

type Words = readonly [exitCode: ExitCode, message: string, hint?: string | undefined]

const byOutcome: Readonly<Record<Exclude<Outcome, 'misconfigured' | 'network'>, Words>> = {
  expired: [
    exitCodes.expired,
    'The code expired before anybody approved it.',
    'Run the command again to get a new code.',
  ],
  denied: [exitCodes.denied, 'The request was denied.'],
  aborted: [exitCodes.interrupted, 'Stopped.'],
  timeout: [
    exitCodes.expired,
    'Nobody approved within the time limit.',
    'Run the command again, or raise --time-limit.',
  ],
  lost: [exitCodes.failed, 'The server no longer knows this sign-in.', 'Run the command again to get a new code.'],
  unattended: [
    exitCodes.unattended,
    'Nobody can approve a sign-in here.',
    'Sign in where somebody can, or pass --interactive.',
  ],
  rejected: [
    exitCodes.failed,
    'The server refused the sign-in.',
    'Run the command again with --verbose to see the answer of the server.',
  ],
}

function wordsFor(failure: Failure, client: RegisteredClient, outcome: Outcome): Words {
  const named = otherIssuer(failure, client)
  if (named !== undefined) return otherIssuerWords(named, client)
  if (failure.error === 'metadata_not_found') return noMetadataWords(client)
  if (failure.error === 'store_error') return storeWords(failure)
  if (failure.error === 'invalid_id_token') return idTokenWords(failure)
  if (outcome === 'network') return networkWords(failure, shownAddress(client.issuer))
  if (outcome === 'misconfigured') return misconfiguredWords(failure, plain(client.clientId, 100))
  const [exitCode, message, hint] = byOutcome[outcome]
  const { errorDescription } = failure
  const hasDescription = errorDescription !== undefined && (outcome === 'rejected' || outcome === 'unattended')
  return [exitCode, hasDescription ? `${message} ${plain(errorDescription)}` : message, hint]
}

/** The issuer that the metadata name, if it is not the one of the client. */
function otherIssuer({ raw }: Failure, { issuer }: RegisteredClient): string | undefined {
  const named = raw?.issuer
  return typeof named === 'string' && named.replace(/\/$/, '') !== issuer.replace(/\/$/, '') ? named : undefined
}

function noMetadataWords({ issuer }: RegisteredClient): Words {
  const message = `There is no authorization server at ${shownAddress(issuer)}: it has no metadata.`
  return [
    exitCodes.network,
    message,
    'Check the address: it is the issuer, as the documentation of the server names it.',
  ]
}

function storeWords({ errorDescription = 'The token store failed' }: Failure): Words {
  const hint = 'Make its folder writable, or pass another one with --state-folder.'
  return [exitCodes.failed, sentence(plain(errorDescription)), hint]
}

function idTokenWords({ errorDescription = '' }: Failure): Words {
  const message = `The sign-in cannot be trusted, because its id_token is wrong. ${plain(errorDescription)}`
  const hint = 'Report it to the operators of the server. Without the scope openid no id_token is needed.'
  return [exitCodes.failed, message.trim(), clockHint(errorDescription) ?? hint]
}

function otherIssuerWords(named: string, { issuer }: RegisteredClient): Words {
  const message = `The server at ${shownAddress(issuer)} says that its issuer is ${shownAddress(named)}.`
  return [exitCodes.network, message, 'If that is the server you mean, pass that address as --issuer.']
}

/** The words for a server that was not reached, by the codes of the client. */
function unreachedWords({ error, errorDescription = '' }: Failure, issuer: string): Words | undefined {
  const { network } = exitCodes
  const reason = plain(errorDescription)
  switch (error) {
    case 'timeout':
      return [network, `${issuer} did not answer in time.`, 'Try again later.']
    case 'certificate_error':
      return [
        network,
        `The certificate of ${issuer} is not accepted: ${reason || 'it is not trusted'}.`,
        clockHint(reason) ?? 'Its issuer may be a proxy that reads your traffic, or a private certificate authority.',
      ]
    case 'host_not_found':
      return [
        network,
        `No host is found for ${issuer}.`,
        'Check the address, and that this machine can look up names (DNS).',
      ]
    case 'proxy_error':
      return [
        network,
        `The proxy in front of ${issuer} failed: ${reason || 'it refused the connection'}.`,
        'Check the settings of the proxy.',
      ]
    case 'redirect_refused':
      return [
        network,
        `${issuer} sends this program to another address: ${reason || 'it does not say to which'}.`,
        'If your network has a login page, log in there first.',
      ]
    case 'network_error':
    case 'connection_refused':
      return [network, `Cannot reach an authorization server at ${issuer}.`, 'Check the address and your connection.']
    default:
      return undefined
  }
}

/** The hint for a certificate or an id_token that has expired, by the words of the client: the clock of the machine may be wrong. */
function clockHint(reason: string): string | undefined {
  return /the clock|claim exp\b/.test(reason)
    ? 'Check the date and the time of this machine, then try again.'
    : undefined
}

function networkWords(failure: Failure, issuer: string): Words {
  const { network } = exitCodes
  const unreached = unreachedWords(failure, issuer)
  if (unreached !== undefined) return unreached
  const { status, retryAfter } = failure
  if (retryAfter !== undefined && retryAfter > 0)
    return [network, `${issuer} takes no more requests for now.`, `Try again in ${timeLeft(retryAfter * 1000, 0)}.`]
  if (status === 429) return [network, `${issuer} takes no more requests for now.`, 'Try again later.']
  if (status !== undefined && status >= 500)
    return [network, `${issuer} has a temporary problem (HTTP ${status}).`, 'Try again later.']
  const hint = 'Check the address. If your network has a login page, log in there first: it may have answered instead.'
  return [network, `The answer from ${issuer} is not that of an authorization server.`, hint]
}

/** The text with one full stop at its end. */
function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}

function misconfiguredWords({ error, errorDescription }: Failure, clientId: string): Words {
  const { misconfigured } = exitCodes
  const description = errorDescription === undefined ? '' : ` ${plain(errorDescription)}`
  switch (error) {
    case 'invalid_client':
      return [
        misconfigured,
        `The server does not know the client ${clientId}, or requires its secret.`,
        'Check --client-id and the client secret.',
      ]
    case 'unauthorized_client':
      return [
        misconfigured,
        `The client ${clientId} may not use the device grant.`,
        'Allow the device grant for this client at the server.',
      ]
    case 'invalid_scope':
      return [misconfigured, `The server refused the scopes.${description}`, 'Check --scope.']
    case 'insecure_url':
      return [
        misconfigured,
        sentence(`The server names an endpoint that is not https${description === '' ? '' : `:${description}`}`),
        'Run device-auth doctor to see which one.',
      ]
    case 'invalid_response':
      return [
        misconfigured,
        sentence(`The answer of the server cannot be used.${description}`),
        'Run device-auth doctor to see how the server deviates from the RFCs.',
      ]
    case 'client_error':
      return [misconfigured, description.trim() || 'The request could not be made.']
    default:
      return [
        misconfigured,
        `The server refused the request.${description}`,
        'Run device-auth doctor to see how the server deviates from the RFCs.',
      ]
  }
}
