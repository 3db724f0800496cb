/** Options of every command. */
export interface CommonOptions {
  readonly stateFolder?: string
  readonly verbose?: boolean
  readonly json?: boolean
}

/** Options that choose a sign-in: the server, the client, the scope and the account. */
export interface OwnerOptions extends CommonOptions {
  readonly issuer?: string
  readonly provider?: string
  readonly clientId?: string
  readonly scope?: readonly string[]
  readonly account?: string
}

/** Options of the commands that send requests to the server. */
export interface ServerOptions extends OwnerOptions {
  readonly clientSecret?: string
  readonly clientSecretStdin?: boolean
  readonly authMethod?: 'basic' | 'post'
  readonly dangerouslyAllowHttp?: boolean
  readonly userinfo?: string
  readonly deviceAuthorizationEndpoint?: string
  readonly tokenEndpoint?: string
  readonly revocationEndpoint?: string
}

/** Options of `login` and `resume`. */
export interface LoginOptions extends ServerOptions {
  readonly parameter?: readonly string[]
  /** `true` stands for the host name. */
  readonly deviceName?: string | true
  readonly pkce?: boolean
  /** Binds the tokens to a key that the state folder keeps. */
  readonly dpop?: boolean
  readonly browser: boolean
  /** `true` shows the QR code always, `false` never. Default: where it fits, in a terminal with colours. */
  readonly qr?: boolean
  readonly wait: boolean
  readonly renew?: boolean
  /** Seconds. */
  readonly timeLimit?: number
  readonly interactive?: boolean
}

/** The scopes of all `--scope` options, space-delimited as in RFC 6749 section 3.3. `undefined` if there are none. */
export function scopeOf({ scope = [] }: Pick<OwnerOptions, 'scope'>): string | undefined {
  const scopes = scope.flatMap((value) => value.split(' ')).filter((value) => value !== '')
  return scopes.length === 0 ? undefined : scopes.join(' ')
}
