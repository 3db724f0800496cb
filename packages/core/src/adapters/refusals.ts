import { errorResponse, OAuthError } from '../errors.ts'
import type { OAuthResponse } from '../http.ts'

/** The response 404 in JSON, for a path that has no endpoint and no application behind it. */
export function notFound(): OAuthResponse {
  return errorResponse(new OAuthError('invalid_request', 'There is no endpoint at this path.', { status: 404 }))
}

/** The error for a form that cannot be read any more. The application has to be changed, so the answer is a 500. */
export function bodyConsumed(): OAuthError {
  return new OAuthError(
    'server_error',
    'A middleware read the body and kept nothing of it. Mount Device Auth in front of that middleware.',
  )
}
