import type { ServerContext } from '../contract/context.ts'
import type { User } from '../contract/hooks.ts'
import type { RequestDetails } from '../contract/pages/model.ts'
import type { DeviceCredential } from '../contract/store.ts'
import type { OAuthRequest, OAuthResponse } from '../http.ts'
import { clientLogo } from '../pages/theme.ts'
import { judgeApproval } from '../policy/approval-rules.ts'
import type { Client } from '../protocol.ts'
import { boundTo, sealHandle } from './handle.ts'
import { errorPage, page } from './page.ts'

/**
 * The page where the user decides: who asks, for what, from where, and the code to compare.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.4 RFC 8628 section 5.4}
 */
export async function confirmPage<Native>(
  credential: DeviceCredential,
  userCode: string,
  user: User,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const client = await context.findClient(credential.clientId)
  // removed since the device asked
  if (client === undefined) return errorPage('notFound', request, context)
  const handle = sealHandle(context.handleKey, { kind: 'confirm', id: credential.id, userCode, ...boundTo(user) })
  const { warnings } = await judgeApproval({ credential, client, user, request }, context)
  const details = { ...describe(credential, client, userCode, context), warnings }
  return page(
    200,
    { page: 'confirm', account: user.username ?? user.subject, handle, request: details },
    request,
    context,
  )
}

function describe<Native>(
  { scope, createdAt, requester, bindingMessage }: DeviceCredential,
  client: Client,
  userCode: string,
  { codes, options, now }: ServerContext<Native>,
): Omit<RequestDetails, 'warnings'> {
  return {
    userCode: codes.format(userCode),
    clientName: clientName(client),
    clientLogo: options.pages.clientLogos ? clientLogo(client.logo_uri) : undefined,
    verified: client.token_endpoint_auth_method !== 'none',
    scopes: describeScopes(scope, options.scopes),
    narrow: options.pages.narrowScopes,
    age: Math.max(0, Math.round((now() - createdAt) / 1000)),
    ip: requester?.ip,
    userAgent: requester?.userAgent,
    description: requester?.description,
    device: requester?.device,
    place: requester?.place ?? requester?.country,
    network: requester?.network,
    bindingMessage,
  }
}

/** A scope in the application's words, in order. */
export function describeScopes(scope: string, words: Readonly<Record<string, string>>): RequestDetails['scopes'] {
  const scopes = scope.split(' ').filter((part) => part !== '')
  return scopes.map((part) => ({ scope: part, description: describeScope(part, words) }))
}

function describeScope(scope: string, scopes: Readonly<Record<string, string>>): string {
  return (Object.hasOwn(scopes, scope) ? scopes[scope] : undefined) ?? scope
}

const invisible = /[\p{Cc}\p{Cf}\p{Z}]/gu

/** How the pages name a client: never by nothing. */
export function clientName({ client_id, client_name = '' }: Client): string {
  return client_name.replace(invisible, '') === '' ? client_id : client_name
}
