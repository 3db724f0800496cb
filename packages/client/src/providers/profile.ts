/**
 * The deviations of a provider from RFC 8628, as data. Deviations that the client accepts from every server (numbers in strings,
 * `verification_url`, errors with status 200, other names of the same error, ...) need no profile.
 *
 * @example
 * // a server that calls the parameter `scopes`, and separates scopes by commas
 * const profile: ProviderProfile = { name: 'mine', parameters: { scope: 'scopes' }, scopeSeparator: ',' }
 */
export interface ProviderProfile {
  /** The name for {@link findProfile}. */
  readonly name: string
  /** The issuer of most of its users. A provider with an issuer for each customer has none. */
  readonly issuer?: string
  /** Further hosts of its issuers: `github.com`, or `*.auth0.com` for all subdomains. */
  readonly hosts?: readonly string[]
  /** The endpoints of a provider whose metadata do not name them: URLs, or paths below the issuer. */
  readonly endpoints?: { readonly deviceAuthorization: string; readonly token: string; readonly revocation?: string }
  /** The encoding of requests; default `form`. */
  readonly encoding?: 'form' | 'json'
  /** The provider's names of request parameters, by their names in the RFCs. An empty name leaves the parameter out. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Further parameters of the device authorization request. */
  readonly deviceAuthorizationParameters?: Readonly<Record<string, string>>
  /** The separator between scopes in a request; default a space. */
  readonly scopeSeparator?: string
  /** The `grant_type` of a poll; empty when the provider wants none. Default: the one of RFC 8628. */
  readonly grantType?: string
  /** True if polls carry the user code too. */
  readonly sendsUserCode?: boolean
  /** True if polls carry the scopes too. */
  readonly sendsScope?: boolean
  /** True if `verificationUriComplete` is the verification URI, a slash and the user code. */
  readonly completesByPath?: boolean
  /** True if the issuer of an id_token is the tenant of the user, so that it is not compared. */
  readonly tenantIssuers?: boolean
  /** True if a client secret is never sent, because the provider refuses public clients that send one. */
  readonly publicClients?: boolean
  /** The names of response members in the RFCs, by the provider's names. */
  readonly members?: Readonly<Record<string, string>>
  /** The error codes of the RFCs, by the provider's codes in lower case. */
  readonly errors?: Readonly<Record<string, string>>
  /** The error codes of the RFCs, by HTTP status: for polls that are answered without a body. */
  readonly statuses?: Readonly<Record<number, string>>
  /** The reason why no sign-in is possible, for a provider that does not support the grant. Every request fails with it. */
  readonly unsupported?: string
}
