import type { ServerContext } from '../contract/context.ts'
import type { SignalKind } from '../contract/signals.ts'
import { isOAuthError, OAuthError } from '../errors.ts'
import { type Endpoint, emptyResponse, jsonResponse, type OAuthRequest, type OAuthResponse } from '../http.ts'
import { jsonEndpoint } from './respond.ts'
import { carryOut, type EndSignIns } from './signals.ts'

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'

/**
 * The endpoint that security event tokens are pushed to. `session-revoked` and `credential-change` of CAEP end the sign-ins of
 * the user; every other event is accepted, and nothing happens.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8935#section-2 RFC 8935 section 2}
 * @see {@link https://openid.net/specs/openid-caep-1_0.html#name-session-revoked CAEP section 3.1}
 */
export function securityEventsEndpoint<Native>(
  context: ServerContext<Native>,
  endSignIns: EndSignIns,
): Endpoint<Native> {
  const endpoint = jsonEndpoint<Native>('securityEvents', context, async (request) => {
    try {
      await receive(request, context, endSignIns)
    } catch (error) {
      if (isOAuthError(error)) return failure(error)
      throw error
    }
    return emptyResponse(202)
  })
  return Object.assign(endpoint, { readsText: 'application/secevent+jwt' } as const)
}

async function receive<Native>(
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
  endSignIns: EndSignIns,
): Promise<void> {
  const token = request.form.get('body')
  if (token === null) throw new OAuthError('invalid_request', 'The body must be application/secevent+jwt.')
  const claims = await context.options.signals?.verify?.(token, request)
  if (typeof claims !== 'object' || claims === null)
    throw new OAuthError('authentication_failed', 'The security event token is not valid here.')
  const { iss, sub_id, events } = claims
  if (typeof iss !== 'string' || !isEvents(events))
    throw new OAuthError('invalid_request', 'The claims iss and events are needed; events is an object of objects.')
  for (const [type, event] of Object.entries(events)) {
    const kind = kindOf(type, event)
    if (kind === undefined) continue
    // before its final version, Shared Signals had the subject in the event
    const identifier = sub_id ?? Object(event).subject
    await carryOut(identifier, { kind, issuer: iss, request }, context, endSignIns)
  }
}

/**
 * True for an object of objects. Accepting anything else would lose a signal that its sender believes to be carried out.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8417#section-2.2 RFC 8417 section 2.2}
 */
function isEvents(value: unknown): value is Readonly<Record<string, object>> {
  return isJsonObject(value) && Object.values(value).every(isJsonObject)
}

function isJsonObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The kind of an event that ends sign-ins. A further credential, such as a second passkey, is no reason to end them. */
function kindOf(type: string, event: object): SignalKind | undefined {
  if (type === `${caep}session-revoked`) return 'sessionRevoked'
  return type === `${caep}credential-change` && Object(event).change_type !== 'create' ? 'credentialChange' : undefined
}

/**
 * An error in the words of push delivery.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8935#section-2.4 RFC 8935 section 2.4}
 */
function failure({ code, status, message }: OAuthError): OAuthResponse {
  return jsonResponse(status, { err: code, description: message }, { 'content-language': 'en' })
}
