// oidc-provider, a server of another project, with one public client.
import type { RequestListener } from 'node:http'

/** The used part of a package without types. */
interface Provider {
  callback(): RequestListener
  readonly DeviceCode: {
    findByUserCode(userCode: string): Promise<{ readonly clientId: string; save(): Promise<string> } | undefined>
  }
  readonly Grant: new (payload: object) => { addOIDCScope(scope: string): void; save(): Promise<string> }
}

export interface RunningProvider {
  readonly listener: RequestListener
  /** Approves as the user `ada`. */
  approve(userCode: string): Promise<void>
}

/** Creates the provider. It warns of its defaults on the console, which the caller has to silence. */
export async function createOidcProvider(issuer: string, clientId: string): Promise<RunningProvider> {
  const scope = 'openid offline_access'
  const name = 'oidc-provider'
  const { default: OidcProvider } = (await import(name)) as {
    default: new (issuer: string, options: object) => Provider
  }
  const provider = new OidcProvider(issuer, {
    clients: [
      {
        client_id: clientId,
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'none',
        scope,
      },
    ],
    features: { deviceFlow: { enabled: true }, devInteractions: { enabled: false }, revocation: { enabled: true } },
    findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: () => '/interaction' },
    cookies: { keys: ['test'] },
  })
  return {
    listener: provider.callback(),
    async approve(userCode) {
      const code = await provider.DeviceCode.findByUserCode(userCode.replace(/-/g, ''))
      if (code === undefined) throw new Error('There is no such user code.')
      const grant = new provider.Grant({ accountId: 'ada', clientId: code.clientId })
      grant.addOIDCScope(scope)
      await Object.assign(code, { accountId: 'ada', scope, grantId: await grant.save() }).save()
    },
  }
}
