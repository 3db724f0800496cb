import {
  type DeviceAuthorizationResult,
  type DeviceTokenResult,
  discover,
  type Endpoints,
  type Failure,
  findEndpoints,
  findProfile,
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
import { type Recorded, recordingFetch } from './recording.ts'

/** What is examined. */
export interface Patient {
  readonly issuer: string
  /** Without it, what the server says of itself is all that can be examined. */
  readonly clientId: string | undefined
  readonly scope: string | undefined
  readonly connection: Connection
}

/** All that can be found out without a person. */
export async function* diagnose({ issuer, clientId, scope, connection }: Patient): AsyncGenerator<Finding> {
  const recorded: Recorded[] = []
  const profile = connection.profile ?? findProfile(issuer)
  const options = { ...connection, profile, fetch: recordingFetch(connection.fetch ?? fetch, recorded) }
  yield* checkTransport(issuer, profile)
  // a profile has endpoints, so that nobody would ask
  if (profile?.endpoints !== undefined) await discover(issuer, options)
  const endpoints = await findEndpoints({ issuer }, options)
  const document = recorded.findLast(({ status, members }) => status === 200 && members !== undefined)
  if (document !== undefined) yield* checkMetadata(issuer, document)
  if (endpoints.ok) {
    if (document === undefined)
      yield warning('The endpoints are known from a profile, not asked for', 'RFC 8414 section 3')
    if (clientId === undefined) yield ok('Say --client-id to have its sign-in examined too')
    else yield* diagnoseGrant({ clientId, scope }, endpoints, options, recorded)
  } else if (endpoints.error !== 'invalid_response' && endpoints.retryable)
    throw failureError(endpoints, { issuer, clientId: '' }, exchangeOutcome(endpoints))
  else if (document === undefined)
    yield problem(endpoints.errorDescription ?? 'There are no metadata', 'RFC 8414 section 3')
}

function* checkTransport(issuer: string, profile: ProviderProfile | undefined): Generator<Finding> {
  if (issuer.startsWith('http:')) yield warning('The issuer is not https: for development only', 'RFC 8414 section 2')
  if (profile !== undefined) yield ok(`Its ways are known as those of ${profile.name}`)
}

/** A sign-in that is begun and given up: nobody has to approve anything. */
async function* diagnoseGrant(
  { clientId, scope }: { readonly clientId: string; readonly scope: string | undefined },
  endpoints: Endpoints,
  options: RequestOptions & Connection,
  recorded: Recorded[],
): AsyncGenerator<Finding> {
  const common = { clientId, authentication: options.authentication, headers: options.headers }
  const codes = await requestDeviceAuthorization(
    { ...common, address: endpoints.deviceAuthorizationEndpoint, scope },
    options,
  )
  const { deviceAuthorizationEndpoint: issuer } = endpoints
  if (isLost(codes)) throw failureError(codes, { issuer, clientId }, exchangeOutcome(codes))
  const answered = recorded.at(-1)
  if (answered !== undefined) yield* checkCodes(answered)
  if (!codes.ok) return
  const { deviceCode, userCode } = codes
  const polled: Recorded[] = []
  for (const code of [deviceCode, deviceCode, 'invented-by-device-auth-doctor']) {
    const request = { ...common, address: endpoints.tokenEndpoint, deviceCode: code, userCode, scope }
    const result = await pollDeviceToken(request, options)
    const answer = recorded.at(-1)
    if (isLost(result)) throw failureError(result, { issuer: request.address, clientId }, exchangeOutcome(result))
    if (answer !== undefined) polled.push(answer)
  }
  const [first, second, invented] = polled
  if (first !== undefined && second !== undefined && invented !== undefined) yield* checkPolls(first, second, invented)
  const { revocationEndpoint: address } = endpoints
  if (address !== undefined) await revokeToken({ ...common, address, token: deviceCode }, options)
}

/** Whether there is no answer at all that could be examined. */
function isLost(result: DeviceTokenResult | DeviceAuthorizationResult): result is Failure {
  return !result.ok && ['network_error', 'timeout', 'aborted', 'insecure_url'].includes(result.error)
}
