import type { ServerContext } from '../contract/context.ts'
import type { PageContent } from '../contract/pages/model.ts'
import type { PresenterVisit } from '../contract/visit.ts'
import { OAuthError } from '../errors.ts'
import { parseRequest } from '../form.ts'
import { headerValue, jsonResponse, type OAuthRequest, type OAuthResponse } from '../http.ts'
import { asFormRequest } from '../json-body.ts'
import { decideByHandle, presenterFor } from '../verification/for-other-pages.ts'
import { errorContent, retryHeaders, statusOf } from '../verification/page.ts'
import { present } from '../verification/present.ts'
import { findUser } from '../verification/visitor.ts'
import { allowedOrigin, forOrigins, type SharedMethods } from './cors.ts'
import { jsonEndpoint } from './respond.ts'

const presentParameters = new Set(['user_code', 'id'])
const decideParameters = new Set(['handle', 'action', 'own_device', 'proof', 'scope'])

/**
 * The endpoint that shows a request: `{ user_code }` or `{ id }` in JSON. The answer is a page as data.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export function presentEndpoint<Native>(context: ServerContext<Native>): SharedMethods<Native> {
  return endpointFor(context, presentParameters, async (parameters, visit) => {
    const [userCode, id] = [parameters.get('user_code'), parameters.get('id')]
    if (id !== undefined && userCode === undefined) return present({ id }, visit)
    if (userCode !== undefined && id === undefined) return present({ userCode }, visit)
    return errorContent('invalidRequest', visit)
  })
}

/**
 * The endpoint that decides: the fields of the confirm page in JSON, `handle`, `action` (`approve` or `deny`), `own_device` (`yes`),
 * `proof` and `scope`. The answer is a page as data.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export function decideEndpoint<Native>(context: ServerContext<Native>): SharedMethods<Native> {
  return endpointFor(context, decideParameters, async (parameters, visit) => {
    const action = parameters.get('action')
    if (action !== 'approve' && action !== 'deny') return errorContent('invalidRequest', visit)
    const answer = {
      approved: action === 'approve',
      ownDevice: parameters.get('own_device') === 'yes',
      proof: parameters.get('proof'),
      // an empty text is an answer too: the user has taken all scopes away
      scope: visit.request.form.get('scope') ?? undefined,
    }
    return decideByHandle(answer, parameters.get('handle'), visit)
  })
}

type Respond = <Native>(parameters: ReadonlyMap<string, string>, visit: PresenterVisit<Native>) => Promise<PageContent>

function endpointFor<Native>(
  context: ServerContext<Native>,
  known: ReadonlySet<string>,
  respond: Respond,
): SharedMethods<Native> {
  const endpoint = jsonEndpoint<Native>('verification', context, async (given) => {
    const request = asFormRequest(given)
    if (!isFromAllowedPage(request, context)) return answer(errorContent('crossOrigin', { request, context }))
    if (request === given)
      throw new OAuthError('invalid_request', 'The body must be application/json, in UTF-8.', { status: 415 })
    const { parameters } = parseRequest(request, known)
    const user = await findUser({ request, context })
    if (user === undefined) return jsonResponse(401, { page: 'login' } satisfies Partial<PageContent>)
    const origin = headerValue(request.headers, 'origin')
    return answer(await respond(parameters, presenterFor(user, { request, context }, origin)))
  })
  return forOrigins(Object.assign(endpoint, { readsJson: true as const }), context)
}

/**
 * True for a page of this server or of an allowed origin, and for an app, which sends no `Origin`. Every browser sends it with a POST
 * of JSON, and no form of another site can send JSON.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6454#section-7 RFC 6454 section 7}
 */
function isFromAllowedPage<Native>({ headers }: OAuthRequest<Native>, context: ServerContext<Native>): boolean {
  const origin = headerValue(headers, 'origin')
  const site = headerValue(headers, 'sec-fetch-site')
  if (origin === undefined) return site === undefined || site === 'same-origin'
  return origin === context.verificationOrigin || allowedOrigin(headers, context) !== undefined
}

function answer(content: PageContent): OAuthResponse {
  return jsonResponse(statusOf(content), content, retryHeaders(content))
}
