// Clients of the device grant, ours and others, behind one interface, for the table in docs/clients.md.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PublicClientApplication } from '@azure/msal-node'
import { type Clock, DeviceFlow } from '@device-auth/client'
import { type Listening, type ServerBehavior, standard } from '@device-auth/client/testing'
import { createOAuthDeviceAuth } from '@octokit/auth-oauth-device'
import { request } from '@octokit/request'
import * as openid from 'openid-client'

export interface FaultClient {
  readonly name: string
  /** The server that it expects, if that deviates from the RFCs. */
  readonly behavior?: ServerBehavior
  /** Signs in as its documentation says, with its defaults. Rejects if it gives up. Only ours takes a clock. */
  signIn(server: Listening, clock: Clock | undefined): Promise<void>
}

const github: ServerBehavior = {
  ...standard,
  encoding: 'any',
  deviceAuthorizationEndpoint: 'https://as.example.com/login/device/code',
  tokenEndpoint: 'https://as.example.com/login/oauth/access_token',
  token: { scope: '' },
}

const entra: ServerBehavior = {
  ...standard,
  deviceAuthorizationEndpoint: 'https://as.example.com/devicecode',
  pollRequest: { grant_type: 'device_code' },
  codes: { message: 'Open https://as.example.com/device' },
}

export const ours: FaultClient = {
  name: '@device-auth/client',
  async signIn({ issuer }, clock) {
    const flow = new DeviceFlow({ issuer, clientId: 'tv', dangerouslyAllowHttp: true, clock })
    const result = await flow.run()
    flow.close()
    if (!result.ok) throw new Error(result.outcome)
  },
}

const openidClient: FaultClient = {
  name: 'openid-client',
  async signIn({ issuer }) {
    const config = await openid.discovery(new URL(issuer), 'tv', undefined, openid.None(), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    })
    const codes = await openid.initiateDeviceAuthorization(config, {})
    await openid.pollDeviceAuthorizationGrant(config, codes)
  },
}

const octokit: FaultClient = {
  name: '@octokit/auth-oauth-device',
  behavior: github,
  async signIn({ origin }) {
    const auth = createOAuthDeviceAuth({
      clientType: 'oauth-app',
      clientId: 'tv',
      onVerification: () => {},
      request: request.defaults({ baseUrl: origin }),
    })
    const { token } = await auth({ type: 'oauth' })
    if (typeof token !== 'string') throw new Error('no token')
  },
}

const msal: FaultClient = {
  name: '@azure/msal-node',
  behavior: entra,
  async signIn({ origin, tokenEndpoint }) {
    const authority = 'https://as.example.com'
    const metadata = { issuer: authority, authorization_endpoint: `${origin}/authorize`, token_endpoint: tokenEndpoint }
    const app = new PublicClientApplication({
      auth: {
        clientId: 'tv',
        authority,
        knownAuthorities: ['as.example.com'],
        authorityMetadata: JSON.stringify({ ...metadata, jwks_uri: `${origin}/jwks` }),
      },
    })
    const result = await app.acquireTokenByDeviceCode({ scopes: ['profile'], deviceCodeCallback: () => {} })
    if (!result?.accessToken) throw new Error('no token')
  },
}

export const others: readonly FaultClient[] = [openidClient, octokit, msal]

/** The installed version of a package. */
export function versionOf(name: string): string {
  const { resolve } = createRequire(import.meta.url)
  const paths = resolve.paths(name) ?? []
  for (const path of paths) {
    try {
      const { version }: { version: string } = JSON.parse(readFileSync(`${path}/${name}/package.json`, 'utf8'))
      return version
    } catch {
      // not in this folder
    }
  }
  throw new Error(`${name} is not installed.`)
}
