import { authenticationOf, type ClientCredentials, none, type RequestDraft } from '../auth/client-authentication.ts'
import type { DpopProver } from '../auth/dpop.ts'
import type { ProviderProfile } from '../providers/profile.ts'
import { type ExchangeOptions, exchange, type HttpResponse } from './exchange.ts'
import { type Failure, failure } from './failure.ts'
import { type Members, membersOf } from './oauth-response.ts'
import { printable } from './printable.ts'

/** Request parameters by name. A list repeats the parameter, as `resource` may be; `undefined` leaves it out. */
export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>

/** The part of a request that is the same for each endpoint. */
export interface EndpointRequest extends ClientCredentials {
  /** The URL of the endpoint. */
  readonly address: string
  readonly clientId: string
  /** Further parameters: `resource`, `audience`, `nonce`, `code_challenge`, `code_verifier`, ... */
  readonly parameters?: Parameters | undefined
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Proves possession of a key; see {@link createDpopProver} of `@device-auth/client/dpop`. */
  readonly dpop?: DpopProver | undefined
}

/** The options of a request to an endpoint. */
export interface RequestOptions extends ExchangeOptions {
  /** The deviations of the provider from the RFCs; see {@link findProfile}. */
  readonly profile?: ProviderProfile | undefined
}

/** The response of an endpoint; `members` is `undefined` when it is neither JSON nor a form. */
export interface EndpointResponse extends HttpResponse {
  readonly members: Members | undefined
}

/** Sends a form to an endpoint, and sends it once more when the server asks for a DPoP nonce. Never rejects. */
export async function post(
  request: EndpointRequest,
  parameters: Parameters,
  options: RequestOptions,
): Promise<EndpointResponse | Failure> {
  const sent = await send(request, parameters, options)
  // RFC 9449 section 8: the prover has kept the nonce of this response
  const isNonceAsked = request.dpop && sent.ok && sent.members?.error === 'use_dpop_nonce'
  return isNonceAsked ? send(request, parameters, options) : sent
}

async function send(
  request: EndpointRequest,
  parameters: Parameters,
  options: RequestOptions,
): Promise<EndpointResponse | Failure> {
  const { profile } = options
  if (profile?.unsupported !== undefined) return failure('client_error', { errorDescription: profile.unsupported })
  const response = await exchange(
    request.address,
    async () => {
      const draft = await draftOf(request, parameters, options)
      return 'ok' in draft ? draft : { method: 'POST', ...encoded(draft, profile) }
    },
    options,
  )
  if (!response.ok) return response
  request.dpop?.remember(response.headers.get('dpop-nonce'))
  return { ...response, members: membersOf(response, profile) }
}

async function draftOf(
  request: EndpointRequest,
  parameters: Parameters,
  { profile }: RequestOptions,
): Promise<RequestDraft | Failure> {
  const { address, clientId, dpop } = request
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...parameters, ...request.parameters })) {
    for (const one of [value ?? []].flat()) form.append(name, one)
  }
  const draft: RequestDraft = { address, clientId, form, headers: { accept: 'application/json', ...request.headers } }
  try {
    await (profile?.publicClients === true ? none() : authenticationOf(request))(draft)
    if (dpop !== undefined) draft.headers.dpop = await dpop.prove('POST', address)
    return draft
  } catch (error) {
    const errorDescription = error instanceof Error ? printable(error.message) : ''
    return failure('client_error', { errorDescription: `The request could not be signed: ${errorDescription}` })
  }
}

/** Body and headers of the request, with the parameter names and the encoding of the provider. */
function encoded({ form, headers }: RequestDraft, profile?: ProviderProfile): Pick<RequestInit, 'headers' | 'body'> {
  const renamed = new URLSearchParams()
  for (const [name, value] of form) {
    const to = profile?.parameters?.[name] ?? name
    if (to !== '') renamed.append(to, value)
  }
  const isJson = profile?.encoding === 'json'
  return {
    headers: { 'content-type': `application/${isJson ? 'json' : 'x-www-form-urlencoded'}`, ...headers },
    body: isJson ? JSON.stringify(Object.fromEntries(renamed)) : renamed.toString(),
  }
}
