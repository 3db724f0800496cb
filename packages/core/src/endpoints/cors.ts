import type { ServerContext } from '../contract/context.ts'
import { errorResponse, OAuthError } from '../errors.ts'
import { type Endpoint, emptyResponse, headerValue, type OAuthResponse, type RequestHeaders } from '../http.ts'

/** The endpoints of a path that pages of other origins may call. */
export interface SharedMethods<Native> {
  readonly POST: Endpoint<Native>
  /** The question of a browser if it may send the POST. */
  readonly OPTIONS: Endpoint<Native>
}

/** The `Origin` of a request if it is one of the option `verificationApi.origins`. */
export function allowedOrigin<Native>(headers: RequestHeaders, { options }: ServerContext<Native>): string | undefined {
  const origin = headerValue(headers, 'origin')
  return origin !== undefined && options.verificationApi?.origins.includes(origin) ? origin : undefined
}

/**
 * Lets pages of the allowed origins call an endpoint with the user's cookies, and read its answers.
 * @see {@link https://fetch.spec.whatwg.org/#http-cors-protocol Fetch, CORS protocol}
 */
export function forOrigins<Native>(endpoint: Endpoint<Native>, context: ServerContext<Native>): SharedMethods<Native> {
  const post: Endpoint<Native> = async (request) =>
    shared(await endpoint(request), allowedOrigin(request.headers, context))
  return {
    POST: Object.assign(post, { readsJson: endpoint.readsJson }),
    async OPTIONS({ headers }) {
      const origin = allowedOrigin(headers, context)
      const isPost = headerValue(headers, 'access-control-request-method') === 'POST'
      const response = origin !== undefined && isPost ? emptyResponse(200, preflightHeaders) : refused
      return context.traffic.finish(shared(response, origin))
    },
  }
}

const preflightHeaders = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'Content-Type, Authorization',
  // two hours, the most that browsers keep
  'access-control-max-age': '7200',
}

const refused = errorResponse(
  new OAuthError('invalid_request', 'Pages of this origin may not call this endpoint.', { status: 403 }),
)

function shared(response: OAuthResponse, origin: string | undefined): OAuthResponse {
  const allow =
    origin === undefined
      ? undefined
      : { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }
  return { ...response, headers: { ...response.headers, vary: 'Origin', ...allow } }
}
