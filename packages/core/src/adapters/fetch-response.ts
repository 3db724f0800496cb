import type { OAuthResponse } from '../http.ts'

/**
 * Makes the `Response` of an answer.
 *
 * @param method - The method of the request: HEAD gets no body.
 */
export function toResponse({ status, headers, body }: OAuthResponse, method: string): Response {
  const fields = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') fields.set(name, value)
    else for (const one of value) fields.append(name, one)
  }
  // a Response with status 204 or 304 must have no body, not even an empty one
  return new Response(body === '' || method === 'HEAD' ? null : body, { status, headers: fields })
}
