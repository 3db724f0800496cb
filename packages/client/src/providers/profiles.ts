import type { ProviderProfile } from './profile.ts'

const invalid = 'invalid_grant'
const pending = 'authorization_pending'
const codeAsParameter = { device_code: 'code' }
const withResponseType = { response_type: 'device_code' }

/**
 * The profiles of the providers that deviate too much to be used without one. To change one, spread it into a new object.
 *
 * @example
 * const flow = new DeviceFlow({ issuer: 'https://ghes.example.com', clientId: 'tv', profile: findProfile('github') })
 */
export const profiles: readonly ProviderProfile[] = [
  {
    name: 'github',
    issuer: 'https://github.com',
    endpoints: { deviceAuthorization: '/login/device/code', token: '/login/oauth/access_token' },
  },
  {
    name: 'google',
    issuer: 'https://accounts.google.com',
    endpoints: {
      deviceAuthorization: 'https://oauth2.googleapis.com/device/code',
      token: 'https://oauth2.googleapis.com/token',
      revocation: 'https://oauth2.googleapis.com/revoke',
    },
    errors: { rate_limit_exceeded: 'slow_down' },
  },
  {
    name: 'entra',
    issuer: 'https://login.microsoftonline.com/organizations/v2.0',
    hosts: ['login.microsoftonline.us', 'login.partner.microsoftonline.cn'],
    endpoints: { deviceAuthorization: '../oauth2/v2.0/devicecode', token: '../oauth2/v2.0/token' },
    // the number of the AADSTS error
    errors: { 70016: pending, 70018: invalid, 70019: 'expired_token', 70020: 'expired_token', 50196: 'slow_down' },
    tenantIssuers: true,
  },
  {
    name: 'azure-ad-v1',
    issuer: 'https://login.windows.net/common',
    endpoints: { deviceAuthorization: 'oauth2/devicecode', token: 'oauth2/token' },
    grantType: 'device_code',
    parameters: { device_code: 'code', scope: '' },
    tenantIssuers: true,
  },
  { name: 'azure-ad-b2c', hosts: ['*.b2clogin.com'], unsupported: 'Azure AD B2C has no device flow.' },
  {
    name: 'auth0',
    hosts: ['*.auth0.com'],
    endpoints: { deviceAuthorization: 'oauth/device/code', token: 'oauth/token', revocation: 'oauth/revoke' },
    publicClients: true,
  },
  {
    name: 'gitlab',
    issuer: 'https://gitlab.com',
    endpoints: { deviceAuthorization: 'oauth/authorize_device', token: 'oauth/token', revocation: 'oauth/revoke' },
  },
  {
    name: 'twitch',
    issuer: 'https://id.twitch.tv/oauth2',
    endpoints: { deviceAuthorization: 'device', token: 'token', revocation: 'revoke' },
    parameters: { scope: 'scopes' },
    sendsScope: true,
    errors: { 'invalid device code': pending },
  },
  {
    name: 'amazon',
    issuer: 'https://www.amazon.com',
    hosts: ['api.amazon.com'],
    endpoints: {
      deviceAuthorization: 'https://api.amazon.com/auth/o2/create/codepair',
      token: 'https://api.amazon.com/auth/o2/token',
    },
    deviceAuthorizationParameters: withResponseType,
    grantType: 'device_code',
    sendsUserCode: true,
  },
  {
    name: 'facebook',
    issuer: 'https://www.facebook.com',
    hosts: ['graph.facebook.com'],
    endpoints: {
      deviceAuthorization: 'https://graph.facebook.com/v2.6/device/login',
      token: 'https://graph.facebook.com/v2.6/device/login_status',
    },
    // the client id is "app id|client token"
    parameters: { device_code: 'code', client_id: 'access_token' },
    grantType: '',
    scopeSeparator: ',',
    errors: { 1349174: pending, 1349172: 'slow_down', 1349152: 'expired_token' },
  },
  {
    name: 'aws',
    hosts: ['*.amazonaws.com'],
    endpoints: { deviceAuthorization: 'device_authorization', token: 'token' },
    encoding: 'json',
    parameters: {
      client_id: 'clientId',
      client_secret: 'clientSecret',
      device_code: 'deviceCode',
      grant_type: 'grantType',
      refresh_token: 'refreshToken',
      scope: '',
    },
    members: {
      deviceCode: 'device_code',
      userCode: 'user_code',
      verificationUri: 'verification_uri',
      verificationUriComplete: 'verification_uri_complete',
      expiresIn: 'expires_in',
      accessToken: 'access_token',
      tokenType: 'token_type',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
    },
  },
  {
    name: 'trakt',
    issuer: 'https://trakt.tv',
    hosts: ['api.trakt.tv'],
    endpoints: {
      deviceAuthorization: 'https://api.trakt.tv/oauth/device/code',
      token: 'https://api.trakt.tv/oauth/device/token',
      revocation: 'https://api.trakt.tv/oauth/revoke',
    },
    encoding: 'json',
    grantType: '',
    parameters: { device_code: 'code', scope: '' },
    statuses: { 400: pending, 404: invalid, 409: invalid, 410: 'expired_token', 418: 'access_denied' },
    completesByPath: true,
  },
  {
    name: 'huawei',
    issuer: 'https://oauth-login.cloud.huawei.com',
    endpoints: { deviceAuthorization: 'oauth2/v3/device/code', token: 'oauth2/v3/token' },
    errors: { 20411: pending, 20412: pending, 20414: 'access_denied', 20404: 'expired_token' },
  },
  {
    name: 'salesforce',
    issuer: 'https://login.salesforce.com',
    hosts: ['test.salesforce.com', '*.my.salesforce.com'],
    endpoints: {
      deviceAuthorization: 'services/oauth2/token',
      token: 'services/oauth2/token',
      revocation: 'services/oauth2/revoke',
    },
    deviceAuthorizationParameters: withResponseType,
    grantType: 'device',
    parameters: codeAsParameter,
  },
  {
    name: 'openam',
    deviceAuthorizationParameters: withResponseType,
    grantType: 'http://oauth.net/grant_type/device/1.0',
    parameters: codeAsParameter,
  },
  {
    name: 'better-auth',
    // below the base path, which is /api/auth by default
    endpoints: { deviceAuthorization: 'device/code', token: 'device/token' },
    encoding: 'json',
  },
  { name: 'openai', hosts: ['auth.openai.com'], unsupported: 'OpenAI has its own protocol instead of RFC 8628.' },
  { name: 'slack', hosts: ['slack.com', '*.slack.com'], unsupported: 'Slack has no device flow.' },
]

/**
 * Finds a profile.
 *
 * @param issuerOrName - The issuer URL, which is compared by its host, or the name of the profile.
 * @returns `undefined` for a server that needs none.
 * @example
 * findProfile('https://github.com')?.name // 'github'
 */
export function findProfile(issuerOrName: string): ProviderProfile | undefined {
  const hostname = URL.canParse(issuerOrName) ? new URL(issuerOrName).hostname : undefined
  if (hostname === undefined) return profiles.find(({ name }) => name === issuerOrName)
  return profiles.find(({ issuer, hosts = [] }) => {
    const own = issuer === undefined ? [] : [new URL(issuer).hostname]
    return [...own, ...hosts].some((host) =>
      host.startsWith('*') ? hostname.endsWith(host.slice(1)) : hostname === host,
    )
  })
}
