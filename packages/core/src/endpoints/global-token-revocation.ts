import type { ServerContext } from '../contract/context.ts'
import { OAuthError } from '../errors.ts'
import { type Endpoint, emptyResponse } from '../http.ts'
import { readNestedObject } from '../json-body.ts'
import { jsonEndpoint } from './respond.ts'
import { carryOut, type EndSignIns } from './signals.ts'

/**
 * The endpoint of global token revocation: an authenticated party ends all sign-ins of a user. The sender is authenticated
 * before the body is looked at.
 * @see {@link https://datatracker.ietf.org/doc/html/draft-parecki-oauth-global-token-revocation-06#section-3 Global Token Revocation section 3}
 */
export function globalTokenRevocationEndpoint<Native>(
  context: ServerContext<Native>,
  endSignIns: EndSignIns,
): Endpoint<Native> {
  const endpoint = jsonEndpoint<Native>('globalTokenRevocation', context, async (request) => {
    if ((await context.options.signals?.authenticate?.(request)) !== true) {
      throw new OAuthError('invalid_client', 'The sender is not authenticated.', {
        headers: { 'www-authenticate': 'Bearer' },
      })
    }
    const identifier = subjectOf(request.form.get('body'))
    const signal = { kind: 'globalTokenRevocation', issuer: undefined, request } as const
    if (await carryOut(identifier, signal, context, endSignIns)) return emptyResponse(204)
    throw new OAuthError('invalid_request', 'There is no such user.', { status: 404 })
  })
  return Object.assign(endpoint, { readsText: 'application/json' } as const)
}

function subjectOf(body: string | null): unknown {
  if (body === null) throw new OAuthError('invalid_request', 'The body must be application/json, in UTF-8.')
  const read = readNestedObject(body)
  if (typeof read === 'string') throw new OAuthError('invalid_request', read)
  return read.sub_id
}
