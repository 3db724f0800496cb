import { type ClientAuthentication, none, type RequestDraft } from '../auth/client-authentication.ts'
import type { DpopProver } from '../auth/dpop.ts'
import type { ProviderProfile } from '../providers/profile.ts'
import { type Answer, type ExchangeOptions, exchange } from './exchange.ts'
import { type Failure, failure } from './failure.ts'
import { printable } from './printable.ts'
import { type Members, membersOf } from './response.ts'

/** Values of further request parameters; several for one that repeats, as `resource`. */
export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>

/** What every request has. */
export interface EndpointRequest {
  /** The URL of the endpoint. */
  readonly address: string
  readonly clientId: string
  /** Default: {@link none}. */
  readonly authentication?: ClientAuthentication | undefined
  /** Further parameters: `resource`, `audience`, `nonce`, `code_challenge`, `code_verifier`, ... */
  readonly parameters?: Parameters | undefined
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Proves possession of a key; see {@link createDpopProver}. */
  readonly dpop?: DpopProver | undefined
}

/** How a request is made: the exchange, and the ways of the provider. */
export interface RequestOptions extends ExchangeOptions {
  /** How the provider deviates; see `findProfile`. */
  readonly profile?: ProviderProfile | undefined
}

/** An answer with its members, unless it has none. */
export interface ReadAnswer extends Answer {
  readonly members: Members | undefined
}

/** Sends a form to an endpoint. Never rejects. */
export async function post(
  request: EndpointRequest,
  parameters: Parameters,
  options: RequestOptions,
): Promise<ReadAnswer | Failure> {
  const sent = await send(request, parameters, options)
  // RFC 9449 section 8: the nonce has been kept, and counts from the next request on
  const isNonceAsked = sent.ok && sent.members?.error === 'use_dpop_nonce' && request.dpop !== undefined
  return isNonceAsked ? send(request, parameters, options) : sent
}

async function send(
  request: EndpointRequest,
  parameters: Parameters,
  options: RequestOptions,
): Promise<ReadAnswer | Failure> {
  const { profile } = options
  if (profile?.unsupported !== undefined) return failure('client_error', { errorDescription: profile.unsupported })
  const answer = await exchange(
    request.address,
    async () => {
      const draft = await drafted(request, parameters, options)
      return 'ok' in draft ? draft : { method: 'POST', ...encoded(draft, profile) }
    },
    options,
  )
  if (!answer.ok) return answer
  request.dpop?.remember(answer.headers.get('dpop-nonce'))
  return { ...answer, members: membersOf(answer, profile) }
}

async function drafted(
  request: EndpointRequest,
  parameters: Parameters,
  { profile }: RequestOptions,
): Promise<RequestDraft | Failure> {
  const { address, clientId, authentication = none(), dpop } = request
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...parameters, ...request.parameters })) {
    for (const one of [value ?? []].flat()) form.append(name, one)
  }
  const draft: RequestDraft = { address, clientId, form, headers: { accept: 'application/json', ...request.headers } }
  try {
    await (profile?.publicClients === true ? none() : authentication)(draft)
    if (dpop !== undefined) draft.headers.dpop = await dpop.prove('POST', address)
    return draft
  } catch (error) {
    const errorDescription = error instanceof Error ? printable(error.message) : ''
    return failure('client_error', { errorDescription: `The request could not be signed: ${errorDescription}` })
  }
}

function encoded({ form, headers }: RequestDraft, profile?: ProviderProfile): Pick<RequestInit, 'headers' | 'body'> {
  const renamed = new URLSearchParams()
  for (const [name, value] of form) {
    const to = profile?.parameters?.[name] ?? name
    if (to !== '') renamed.append(to, value)
  }
  if (profile?.encoding !== 'json') {
    return {
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: renamed.toString(),
    }
  }
  return {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(Object.fromEntries(renamed)),
  }
}
