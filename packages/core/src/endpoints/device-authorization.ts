import { withAttestation } from '../clients/attestation.ts'
import { withDeviceKey } from '../clients/device-key.ts'
import { mayAskWithoutSecret } from '../clients/registered-methods.ts'
import { knownParameters, requireClient, requireGrant } from '../clients/require.ts'
import type { ServerContext } from '../contract/context.ts'
import type { DeviceAuthorizationContext, IssuedCodes } from '../contract/hook-arguments.ts'
import type { Confirmation } from '../contract/key-binding.ts'
import type { DeviceCredential } from '../contract/store.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { OAuthError, temporarilyUnavailable } from '../errors.ts'
import { parseRequest } from '../form.ts'
import { type Endpoint, jsonResponse, type ParsedRequest } from '../http.ts'
import { takeRequest } from '../limits/requests.ts'
import { requireAllowed } from '../policy/admission.ts'
import { detailParameters } from '../policy/authorization-details.ts'
import {
  descriptorParameters,
  readBindingMessage,
  readDescriptor,
  readNonce,
  resolveSubject,
} from '../policy/device-parameters.ts'
import { logInParameters } from '../policy/log-in.ts'
import { describeRequester } from '../policy/requester.ts'
import { requestedTarget } from '../policy/token-target.ts'
import { type Client, DEVICE_CODE_GRANT_TYPE, type DeviceAuthorizationResponse } from '../protocol.ts'
import { isWithinScope, readScope } from '../scope.ts'
import { bindText } from '../tokens/bound-text.ts'
import { readCodeChallenge, withCodeChallenge } from '../tokens/code-challenge.ts'
import { proveRequestKey } from '../tokens/prove-key.ts'
import { createProxyWarning } from './proxy-warning.ts'
import { jsonEndpoint } from './respond.ts'

/** The parameters that bind the device code to something that only the device has. */
const bindingParameters = ['dpop_jkt', 'code_challenge', 'code_challenge_method']

/** Tries to find a user code that no live request has. Unless nearly all codes are in use, two are enough. */
const MAX_DRAWS = 5

/**
 * The device authorization endpoint: gives a device its device code and user code.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 RFC 8628 section 3.2}
 */
export function deviceAuthorizationEndpoint<Native>(context: ServerContext<Native>): Endpoint<Native> {
  const known = knownParameters(context, [
    'scope',
    'login_hint',
    'nonce',
    ...bindingParameters,
    ...descriptorParameters,
    ...detailParameters(context),
    ...logInParameters(context),
  ])
  const warnOfProxy = createProxyWarning()
  const readUri = createUriReader()
  return jsonEndpoint('deviceAuthorization', context, async (request) => {
    warnOfProxy(request)
    const parsed = parseRequest(request, known)
    const client = await requireClient(parsed, 'deviceAuthorization', context)
    requireGrant(client, DEVICE_CODE_GRANT_TYPE)
    await requireAllowed(client, parsed, context)
    const proven = await proveRequestKey(parsed, client, context)
    const asked = parsed.parameters.get('scope')
    const wellFormed = asked === undefined ? undefined : readScope(asked).join(' ')
    const requested = await context.hooks.validateRequestedScope(client, wellFormed)
    const scope = checkDeviceScope(requested, client)
    requireOpenId(scope, context)
    const target = await requestedTarget(parsed, client, context)
    const ownKey = proven?.announcedOnly === true ? undefined : proven?.confirmation
    const deviceParameters = await readDeviceParameters(client, parsed, ownKey, context)
    const authorization = { client, scope, request: parsed, ...(proven && { confirmation: proven.confirmation }) }
    // before anything is stored or counted: a failure here leaves nothing behind
    const verificationUri = readUri(await context.hooks.getVerificationUri(authorization))
    const { codes, credential } = await issueCodes(authorization, { ...deviceParameters, target }, context)
    const response = authorizationResponse(codes, verificationUri, context)
    const { createdAt: at, id: grantId } = credential
    context.events.emit('requested', { at, grantId, clientId: client.client_id, scope, ip: request.ip })
    return jsonResponse(200, response, proven?.headers)
  })
}

type DeviceParameters = Pick<DeviceCredential, 'requester' | 'bindingMessage' | 'boundSubject' | 'nonce' | 'target'>

/** Reads the parameters beyond RFC 8628: see docs/decisions/device-parameters.md. */
async function readDeviceParameters<Native>(
  client: Client,
  parsed: ParsedRequest<Native>,
  ownKey: Confirmation | undefined,
  context: ServerContext<Native>,
): Promise<DeviceParameters> {
  const { parameters } = parsed
  const bindingMessage = readBindingMessage(parameters)
  const nonce = readNonce(parameters)
  const boundSubject = await resolveSubject(parameters.get('login_hint'), client, context)
  const described = withAttestation(await describeRequester(parsed, context, readDescriptor(parameters)), parsed)
  return {
    requester: withDeviceKey(described, client, ownKey),
    ...(bindingMessage === undefined ? {} : { bindingMessage }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(boundSubject === undefined ? {} : { boundSubject }),
  }
}

/** Draws codes until the user code is unique among the live ones. */
async function issueCodes<Native>(
  authorization: DeviceAuthorizationContext<Native>,
  deviceParameters: DeviceParameters,
  context: ServerContext<Native>,
): Promise<{ codes: IssuedCodes; credential: DeviceCredential }> {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const codes = {
      deviceCode: boundCode(checkDeviceCode(await context.hooks.generateDeviceCode(authorization)), authorization),
      userCode: await context.hooks.generateUserCode(authorization),
    }
    const createdAt = context.now()
    const credential: DeviceCredential = {
      id: hashSecret(codes.deviceCode),
      clientId: authorization.client.client_id,
      scope: authorization.scope,
      userCodeHash: hashUserCode(codes.userCode, context),
      createdAt,
      expiresAt: createdAt + context.options.expiresIn * 1000,
      interval: context.options.interval,
      ...deviceParameters,
    }
    if (await keep(credential, { ...authorization, ...codes }, context)) return { codes, credential }
  }
  const error = new Error(
    `Device Auth: ${MAX_DRAWS} user codes in a row were in use. Make the codes of generateUserCode random, or longer.`,
  )
  context.fail('generateUserCode', error, { endpoint: 'deviceAuthorization', native: authorization.request.native })
  throw temporarilyUnavailable('No free user code was found; try again.')
}

/** The device code with what it is bound to: the code challenge and the key of the request. */
function boundCode<Native>(deviceCode: string, { request, confirmation }: DeviceAuthorizationContext<Native>): string {
  return bindText(withCodeChallenge(deviceCode, readCodeChallenge(request.parameters)), confirmation)
}

/** Counts the request and keeps its credential; `false` if a code is taken. A request that is not kept is not counted. */
async function keep<Native>(
  credential: DeviceCredential,
  codes: DeviceAuthorizationContext<Native> & IssuedCodes,
  context: ServerContext<Native>,
): Promise<boolean> {
  const { id, clientId, createdAt } = credential
  // a client that may not ask by its id alone has proved who it is
  const authenticated = !mayAskWithoutSecret(codes.client)
  const attempt = await takeRequest({ id, clientId, ip: codes.request.ip, createdAt }, authenticated, context)
  if (attempt === undefined) return false
  let kept: boolean | undefined
  try {
    kept = await context.hooks.saveDeviceCredential(credential, codes)
    return kept !== false
  } finally {
    if (kept === undefined || kept === false) await context.attempts.giveBack(attempt)
  }
}

/** The client's `device_scope` limits a scope that the application's own hook returned, too. */
function checkDeviceScope(scope: string, { device_scope }: Client): string {
  if (typeof scope === 'string') {
    if (device_scope === undefined || isWithinScope(scope, device_scope)) return scope
    throw new OAuthError('invalid_scope')
  }
  throw new TypeError('Device Auth: validateRequestedScope must return a space-delimited string.')
}

/**
 * Refuses the scope `openid` where no id_token would come of it, also after an application's own hook. An application that has named the
 * scope itself was warned when it started.
 */
function requireOpenId<Native>(scope: string, { openid, options: { scopes } }: ServerContext<Native>): void {
  if (openid !== undefined || Object.hasOwn(scopes, 'openid') || !isWithinScope('openid', scope)) return
  throw new OAuthError(
    'invalid_scope',
    'The scope openid needs the option openid of the server: openIdConnect() of the package @device-auth/jwt.',
  )
}

/** Makes a function that checks and parses the address of the page. Nearly always it is the same one, which is parsed once. */
function createUriReader(): (uri: string) => URL {
  let [text, parsed]: [string | undefined, URL | undefined] = [undefined, undefined]
  return (uri) => {
    if (parsed !== undefined && uri === text) return parsed
    if (typeof uri !== 'string' || !/^https?:/i.test(uri) || !URL.canParse(uri)) {
      throw new TypeError('Device Auth: getVerificationUri must return an absolute http or https URL.')
    }
    parsed = new URL(uri)
    text = uri
    return parsed
  }
}

function hashUserCode<Native>(userCode: string, { codes }: ServerContext<Native>): string {
  const canonical = typeof userCode === 'string' ? codes.normalize(userCode) : undefined
  if (canonical !== undefined) return codes.hash(canonical)
  throw new TypeError(
    `Device Auth: generateUserCode must return a code of the option \`userCode\`, such as ${codes.pattern}.`,
  )
}

/**
 * Refuses a device code that cannot have the entropy the RFC asks for: fewer than 22 characters hold fewer than 128 bits.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.2 RFC 8628 section 5.2}
 */
function checkDeviceCode(deviceCode: string): string {
  if (typeof deviceCode === 'string' && deviceCode.length >= 22 && hasDistinct(deviceCode, 8)) return deviceCode
  throw new TypeError(
    'Device Auth: generateDeviceCode must return at least 128 random bits, such as 22 characters of base64url.',
  )
}

function authorizationResponse<Native>(
  { deviceCode, userCode }: IssuedCodes,
  verificationUri: URL,
  { options }: ServerContext<Native>,
): DeviceAuthorizationResponse {
  return {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: verificationUri.href,
    ...(options.verificationUriComplete ? { verification_uri_complete: withUserCode(verificationUri, userCode) } : {}),
    expires_in: options.expiresIn,
    interval: options.interval,
  }
}

/** The address with the user code in its query. Most have no query yet: to write one costs less than to change one. */
function withUserCode(uri: URL, userCode: string): string {
  if (uri.search === '' && uri.hash === '') return `${uri.href}?user_code=${encodeURIComponent(userCode)}`
  const complete = new URL(uri)
  complete.searchParams.set('user_code', userCode)
  return complete.href
}

/** True if a text has so many different characters. */
function hasDistinct(text: string, count: number): boolean {
  let seen = ''
  for (const character of text) {
    if (!seen.includes(character)) seen += character
    if (seen.length === count) return true
  }
  return false
}
