/** Options of every command. */
export interface CommonOptions {
  readonly stateFolder?: string
  readonly verbose?: boolean
  readonly json?: boolean
}

/** Which sign-in is meant. */
export interface OwnerOptions extends CommonOptions {
  readonly issuer?: string
  readonly provider?: string
  readonly clientId?: string
  readonly scope?: readonly string[]
  readonly account?: string
}

/** How the server is spoken to. */
export interface ServerOptions extends OwnerOptions {
  readonly clientSecret?: string
  readonly clientSecretStdin?: boolean
  readonly authMethod?: 'basic' | 'post'
  readonly dangerouslyAllowHttp?: boolean
  readonly userinfo?: string
}

export interface LoginOptions extends ServerOptions {
  readonly parameter?: readonly string[]
  readonly deviceName?: string | true
  readonly pkce?: boolean
  readonly browser: boolean
  readonly qr?: boolean
  readonly wait: boolean
  readonly renew?: boolean
  readonly timeLimit?: number
  readonly interactive?: boolean
}

/** The scopes, by spaces; nothing for none. */
export function scopeOf({ scope = [] }: OwnerOptions): string | undefined {
  const scopes = scope.flatMap((one) => one.split(' ')).filter((one) => one !== '')
  return scopes.length === 0 ? undefined : scopes.join(' ')
}
