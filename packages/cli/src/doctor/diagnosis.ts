import {
  type DeviceTokenResult,
  discover,
  type EndpointRequest,
  type Endpoints,
  type Failure,
  isSecureAddress,
  type ProviderProfile,
  pollDeviceToken,
  type RequestOptions,
  requestDeviceAuthorization,
  revokeToken,
} from '@device-auth/client'
import { exchangeOutcome, failureError } from '../errors.ts'
import { type Connection, requestOptions, serverOf } from '../server/connection.ts'
import { plain } from '../terminal/plain-text.ts'
import { checkCodes } from './codes.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import { checkMetadata } from './metadata.ts'
import { checkPolls } from './polls.ts'
import { type RecordedAnswer, recordingFetch } from './recording.ts'

/** The server to check, and the client to check it with. */
export interface ExaminedServer {
  readonly issuer: string
  /** Without it, only the metadata can be checked. */
  readonly clientId: string | undefined
  readonly scope: string | undefined
  readonly connection: Connection
}

/** Checks a server as far as that is possible without a person who approves. Throws if the server cannot be reached. */
export async function* diagnose({ issuer, clientId, scope, connection }: ExaminedServer): AsyncGenerator<Finding> {
  const recorded: RecordedAnswer[] = []
  const { profile } = connection
  const options = { ...requestOptions(connection), fetch: recordingFetch(connection.fetch ?? fetch, recorded) }
  yield* checkTransport(issuer, profile)
  // with a profile or with endpoints that are given, the client does not fetch the metadata
  if (profile?.endpoints !== undefined || connection.tokenEndpoint !== undefined) await discover(issuer, options)
  const endpoints = await serverOf(issuer, connection).findEndpoints(options)
  const document = recorded.findLast(({ status, members }) => status === 200 && members !== undefined)
  if (document === undefined && !endpoints.ok && isUnreachable(endpoints, recorded))
    throw failureError(endpoints, { issuer, clientId: '' }, exchangeOutcome(endpoints))
  const section = 'RFC 8414 section 3'
  if (document === undefined) yield* withRefusal([], endpoints, 'No metadata found', section)
  else yield* withRefusal(checkMetadata(issuer, document), endpoints, 'login refuses the metadata', section)
  if (!endpoints.ok) return
  if (document === undefined)
    yield warning('No metadata found: the endpoints are given, or come from a built-in profile', section)
  if (clientId === undefined) yield ok('Pass --client-id to check a sign-in too')
  else if (isUsable(endpoints, connection)) {
    const { authentication, headers } = connection
    const client = { clientId, authentication, headers }
    yield* diagnoseSignIn({ client, scope }, endpoints, options, recorded)
  }
}

/** True if requests may be sent to the endpoints. If not, the findings about the metadata say so. */
function isUsable(endpoints: Endpoints, connection: Connection): boolean {
  const { deviceAuthorizationEndpoint, tokenEndpoint } = endpoints
  return [deviceAuthorizationEndpoint, tokenEndpoint].every((address) => isSecureAddress(address, connection))
}

function* checkTransport(issuer: string, profile: ProviderProfile | undefined): Generator<Finding> {
  if (issuer.startsWith('http:'))
    yield warning('The issuer is not https: this is for development only', 'RFC 8414 section 2')
  if (profile !== undefined) yield ok(`The built-in profile of ${profile.name} applies`)
}

/** True if no server answered, or only with a temporary error, so that there is nothing to check. */
function isUnreachable({ error, retryable }: Failure, recorded: readonly RecordedAnswer[]): boolean {
  if (error === 'client_error') return false
  return recorded.length === 0 || (retryable && error !== 'invalid_response')
}

/**
 * Yields the findings about an answer. If login refuses the answer for a reason that none of them names, yields that reason too: the
 * client decides what login refuses, so no rule of the client is missing here.
 */
function* withRefusal(
  findings: readonly Finding[],
  result: { readonly ok: true } | Failure,
  what: string,
  section: string,
): Generator<Finding> {
  yield* findings
  if (result.ok || findings.some(({ level }) => level === 'problem')) return
  const { error, errorDescription, status } = result
  const reason = errorDescription ?? error
  yield problem(`${what}: ${plain(reason)}${status === undefined ? '' : ` (HTTP ${status})`}`, section)
}

/** A result of the client, and the answer from which the client made it. */
interface Examined<Result> {
  readonly result: Result
  readonly answer: RecordedAnswer
}

/** Sends a request. Throws if the server does not answer, or if the client does not send the request. */
async function examine<Result extends { readonly ok: true } | Failure>(
  { address, clientId }: { readonly address: string; readonly clientId: string },
  recorded: RecordedAnswer[],
  send: () => Promise<Result>,
): Promise<Examined<Result>> {
  const before = recorded.length
  const result = await send()
  const answer = recorded[before]
  if (answer !== undefined) return { result, answer }
  const failure: Failure = result.ok
    ? {
        ok: false,
        error: 'network_error',
        message: 'There is no answer',
        retryable: true,
      }
    : result
  throw failureError(failure, { issuer: address, clientId }, exchangeOutcome(failure))
}

/** Starts a sign-in, polls without an approval, and gives the sign-in up. */
async function* diagnoseSignIn(
  { client, scope }: { readonly client: Omit<EndpointRequest, 'address'>; readonly scope: string | undefined },
  endpoints: Endpoints,
  options: RequestOptions,
  recorded: RecordedAnswer[],
): AsyncGenerator<Finding> {
  const request = { ...client, address: endpoints.deviceAuthorizationEndpoint, scope }
  const codes = await examine(request, recorded, () => requestDeviceAuthorization(request, options))
  yield* withRefusal(checkCodes(codes.answer), codes.result, 'login refuses the codes', 'RFC 8628 section 3.2')
  if (!codes.result.ok) return
  const { deviceCode, userCode } = codes.result
  const poll = (code: string): Promise<Examined<DeviceTokenResult>> => {
    const polling = { ...client, address: endpoints.tokenEndpoint, deviceCode: code, userCode, scope }
    return examine(polling, recorded, () => pollDeviceToken(polling, options))
  }
  const [first, second] = [await poll(deviceCode), await poll(deviceCode)]
  const unissued = await poll('invented-by-device-auth-doctor')
  const findings = checkPolls(first.answer, second.answer, unissued.answer)
  // login goes on polling after an error that may pass
  const end = !first.result.ok && first.result.retryable ? ({ ok: true } as const) : first.result
  yield* withRefusal(findings, end, 'login ends at the answer to its first poll', 'RFC 8628 section 3.5')
  const { revocationEndpoint: address } = endpoints
  if (address !== undefined) await revokeToken({ ...client, address, token: deviceCode }, options)
}
