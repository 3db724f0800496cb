import type { Visit } from '../contract/visit.ts'
import { headerValue } from '../http.ts'

/**
 * Returns true if a form comes from a page of this server. Browsers say so by `Sec-Fetch-Site` or `Origin`; for those that
 * send neither, the sealed handle in the form is the protection.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.12 RFC 6749 section 10.12}
 */
export function isSameOrigin<Native>({ request, context }: Visit<Native>): boolean {
  const site = headerValue(request.headers, 'sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = headerValue(request.headers, 'origin')
  return origin === undefined || origin === context.verificationOrigin
}
