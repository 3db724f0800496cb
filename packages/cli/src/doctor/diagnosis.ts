import {
  AuthorizationServer,
  type DeviceAuthorizationResult,
  type DeviceTokenResult,
  discover,
  type Endpoints,
  type Failure,
  type ProviderProfile,
  pollDeviceToken,
  type RequestOptions,
  requestDeviceAuthorization,
  revokeToken,
} from '@device-auth/client'
import { exchangeOutcome, failureError } from '../errors.ts'
import type { Connection } from '../server/connection.ts'
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
  const options = { ...connection, fetch: recordingFetch(connection.fetch ?? fetch, recorded) }
  yield* checkTransport(issuer, profile)
  // with a profile, the client takes the endpoints from there and does not fetch the metadata
  if (profile?.endpoints !== undefined) await discover(issuer, options)
  const endpoints = await new AuthorizationServer({ issuer, profile }).findEndpoints(options)
  const document = recorded.findLast(({ status, members }) => status === 200 && members !== undefined)
  if (document !== undefined) yield* checkMetadata(issuer, document)
  if (endpoints.ok) {
    if (document === undefined)
      yield warning('No metadata found: the endpoints come from a built-in profile', 'RFC 8414 section 3')
    if (clientId === undefined) yield ok('Pass --client-id to check a sign-in too')
    else yield* diagnoseSignIn({ clientId, scope }, endpoints, options, recorded)
  } else if (endpoints.error !== 'invalid_response' && endpoints.retryable)
    throw failureError(endpoints, { issuer, clientId: '' }, exchangeOutcome(endpoints))
  else if (document === undefined)
    yield problem(endpoints.errorDescription ?? 'No metadata found', 'RFC 8414 section 3')
}

function* checkTransport(issuer: string, profile: ProviderProfile | undefined): Generator<Finding> {
  if (issuer.startsWith('http:'))
    yield warning('The issuer is not https: this is for development only', 'RFC 8414 section 2')
  if (profile !== undefined) yield ok(`The built-in profile of ${profile.name} applies`)
}

/** Starts a sign-in, polls without an approval, and gives the sign-in up. */
async function* diagnoseSignIn(
  { clientId, scope }: { readonly clientId: string; readonly scope: string | undefined },
  endpoints: Endpoints,
  options: RequestOptions & Connection,
  recorded: RecordedAnswer[],
): AsyncGenerator<Finding> {
  const common = { clientId, authentication: options.authentication, headers: options.headers }
  const codes = await requestDeviceAuthorization(
    { ...common, address: endpoints.deviceAuthorizationEndpoint, scope },
    options,
  )
  const { deviceAuthorizationEndpoint: issuer } = endpoints
  if (isUnanswered(codes)) throw failureError(codes, { issuer, clientId }, exchangeOutcome(codes))
  const codesAnswer = recorded.at(-1)
  if (codesAnswer !== undefined) yield* checkCodes(codesAnswer)
  if (!codes.ok) return
  const { deviceCode, userCode } = codes
  const polled: RecordedAnswer[] = []
  for (const code of [deviceCode, deviceCode, 'invented-by-device-auth-doctor']) {
    const request = { ...common, address: endpoints.tokenEndpoint, deviceCode: code, userCode, scope }
    const result = await pollDeviceToken(request, options)
    const answer = recorded.at(-1)
    if (isUnanswered(result)) throw failureError(result, { issuer: request.address, clientId }, exchangeOutcome(result))
    if (answer !== undefined) polled.push(answer)
  }
  const [first, second, unissued] = polled
  if (first !== undefined && second !== undefined && unissued !== undefined) yield* checkPolls(first, second, unissued)
  const { revocationEndpoint: address } = endpoints
  if (address !== undefined) await revokeToken({ ...common, address, token: deviceCode }, options)
}

/** True if there is no answer that could be checked. */
function isUnanswered(result: DeviceTokenResult | DeviceAuthorizationResult): result is Failure {
  return !result.ok && ['network_error', 'timeout', 'aborted', 'insecure_url'].includes(result.error)
}
