import type { ConformanceContext } from './case.ts'
import type { HttpRequest, HttpResponse } from './http.ts'
import { type ConformanceClient, type ConformanceClientName, skip } from './target.ts'

export const deviceCodeGrantType = 'urn:ietf:params:oauth:grant-type:device_code'
export const formType = 'application/x-www-form-urlencoded'
/** The User-Agent of device authorization requests. A case looks for it on the confirm page. */
export const deviceUserAgent = 'Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) ConformanceTelevision/1.0'

/** The parameters of a form by name. A list repeats the name. */
export type Parameters = Readonly<Record<string, string | readonly string[]>>
/** The parameters of a form in their order. Use pairs to repeat a name at another place. */
export type FormParameters = Parameters | readonly (readonly [name: string, value: string])[]
export type HeaderPairs = readonly (readonly [name: string, value: string])[]

/** A client of the target by name, with its authentication method filled in. Skips the case if the target has no such client. */
export function client(t: ConformanceContext, name: ConformanceClientName): ConformanceClient {
  const found = t.target.clients[name]
  if (found === undefined) throw skip(`needs clients.${name}`)
  if (found.token_endpoint_auth_method !== undefined) return found
  const withSecret = name === 'confidentialPost' ? 'client_secret_post' : 'client_secret_basic'
  return { ...found, token_endpoint_auth_method: found.client_secret === undefined ? 'none' : withSecret }
}

/**
 * The Authorization header of the scheme Basic. Both parts are form-encoded before they are joined.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 section 2.3.1}
 */
export function basicHeader(clientId: string, secret: string): readonly [string, string] {
  const encode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
  return ['Authorization', `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64')}`]
}

function isPairs(parameters: FormParameters): parameters is readonly (readonly [string, string])[] {
  return Array.isArray(parameters)
}

export function encodeForm(parameters: FormParameters): string {
  const form = new URLSearchParams()
  for (const [name, values] of isPairs(parameters) ? parameters : Object.entries(parameters))
    for (const value of [values].flat()) form.append(name, value)
  return form.toString()
}

/** The headers and parameters by which a client identifies itself, according to its authentication method. */
export function credentialsOf(who: ConformanceClient): {
  readonly headers: HeaderPairs
  readonly parameters: Readonly<Record<string, string>>
} {
  const { client_id, client_secret = '' } = who
  if (who.token_endpoint_auth_method === 'client_secret_basic')
    return { headers: [basicHeader(client_id, client_secret)], parameters: {} }
  if (who.token_endpoint_auth_method === 'client_secret_post')
    return { headers: [], parameters: { client_id, client_secret } }
  return { headers: [], parameters: { client_id } }
}

/** A POST request with a form. */
export function formRequest(url: string, body: FormParameters | string, headers: HeaderPairs = []): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: [['Content-Type', formType], ...headers],
    body: typeof body === 'string' ? body : encodeForm(body),
  }
}

/** Posts a form without adding any credentials. */
export function post(
  t: ConformanceContext,
  url: string,
  body: FormParameters | string,
  headers: HeaderPairs = [],
): Promise<HttpResponse> {
  return t.send(formRequest(url, body, headers))
}

/** Posts a form with the credentials of a client. */
export function postAs(
  t: ConformanceContext,
  who: ConformanceClient,
  url: string,
  parameters: Parameters = {},
): Promise<HttpResponse> {
  const credentials = credentialsOf(who)
  return post(t, url, { ...credentials.parameters, ...parameters }, credentials.headers)
}
