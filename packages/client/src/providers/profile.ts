/**
 * How a provider deviates from RFC 8628, as data. What every client can tolerate (numbers in strings, `verification_url`, errors with
 * status 200, other names of the same error, ...) needs no profile.
 */
export interface ProviderProfile {
  readonly name: string
  /** The issuer of most of its users. */
  readonly issuer?: string
  /** Hosts of its issuers beside that one: `github.com`, or `*.auth0.com` for all below. */
  readonly hosts?: readonly string[]
  /** Addresses, or paths below the issuer, where discovery says nothing of them. */
  readonly endpoints?: { readonly deviceAuthorization: string; readonly token: string; readonly revocation?: string }
  /** How requests are written; default `form`. */
  readonly encoding?: 'form' | 'json'
  /** Other names of request parameters; an empty one leaves the parameter out. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Parameters to add to the device authorization request. */
  readonly deviceAuthorizationParameters?: Readonly<Record<string, string>>
  /** Between scopes in a request; default a space. */
  readonly scopeSeparator?: string
  /** The value of `grant_type` in a poll; empty for none. */
  readonly grantType?: string
  /** Polls carry the user code too. */
  readonly sendsUserCode?: boolean
  /** Polls carry the scope too. */
  readonly sendsScope?: boolean
  /** The complete address is the address, a slash and the user code. */
  readonly completesByPath?: boolean
  /** id_tokens name the tenant of the person as issuer, whichever was asked. */
  readonly tenantIssuers?: boolean
  /** Never sends a client secret: the provider refuses public clients that do. */
  readonly publicClients?: boolean
  /** Members of answers, by their name there, with their name in the RFC. */
  readonly members?: Readonly<Record<string, string>>
  /** Errors of this provider, in lower case, with their code in the RFC. */
  readonly errors?: Readonly<Record<string, string>>
  /** Errors that only the HTTP status tells. */
  readonly statuses?: Readonly<Record<number, string>>
  /** Why nothing can be signed in here. */
  readonly unsupported?: string
}
