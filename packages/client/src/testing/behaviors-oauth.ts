import type { ServerBehavior } from './behavior.ts'
import type { Reply } from './steps.ts'

function error(error: string, status = 400, more: object = {}): Reply {
  return { status, json: { error, ...more } }
}

function entraError(name: string, number: number): Reply {
  const ids = { trace_id: '11111111-1111', correlation_id: '22222222-2222', timestamp: '2026-01-01 00:00:00Z' }
  return error(name, 400, { error_description: `AADSTS${number}: ...`, error_codes: [number], ...ids })
}

/** The behaviors of providers that use the parameters of the RFCs, with other addresses, statuses and errors. */
export const oauthBehaviors: readonly ServerBehavior[] = [
  {
    name: 'github',
    issuer: 'https://github.com',
    deviceAuthorizationEndpoint: 'https://github.com/login/device/code',
    tokenEndpoint: 'https://github.com/login/oauth/access_token',
    encoding: 'any',
    answersForms: true,
    codes: { verification_uri: 'https://github.com/login/device', expires_in: 899 },
    token: { token_type: 'bearer', scope: 'repo,gist', expires_in: undefined, refresh_token: undefined },
    errors: {
      authorization_pending: error('authorization_pending', 200),
      slow_down: error('slow_down', 200, { interval: 10, error_description: 'Too many requests' }),
      expired_token: error('token_expired', 200),
      access_denied: error('access_denied', 200),
      invalid_grant: error('incorrect_device_code', 200),
      invalid_client: error('incorrect_client_credentials', 200),
      unauthorized_client: error('device_flow_disabled', 200),
    },
    // GitHub limits the rate before it looks the code up
    pacing: 'always',
    pacesFirstPoll: true,
  },
  {
    name: 'google',
    issuer: 'https://accounts.google.com',
    deviceAuthorizationEndpoint: 'https://oauth2.googleapis.com/device/code',
    tokenEndpoint: 'https://oauth2.googleapis.com/token',
    members: { verification_uri: 'verification_url' },
    pollRequest: { client_secret: '*' },
    codes: { verification_uri: 'https://www.google.com/device', expires_in: 1800 },
    errors: {
      authorization_pending: error('authorization_pending', 428),
      slow_down: error('slow_down', 403),
      access_denied: error('access_denied', 403),
      // the answer to a device authorization request when the quota is used up
      temporarily_unavailable: { status: 403, json: { error_code: 'rate_limit_exceeded' } },
    },
  },
  {
    name: 'entra',
    issuer: 'https://login.microsoftonline.com/contoso.example/v2.0',
    deviceAuthorizationEndpoint: 'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/devicecode',
    tokenEndpoint: 'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
    codesRequest: { scope: '*' },
    codes: {
      verification_uri: 'https://microsoft.com/devicelogin',
      expires_in: 900,
      message: 'To sign in, use a web browser to open the page https://microsoft.com/devicelogin',
    },
    errors: {
      authorization_pending: entraError('authorization_pending', 70016),
      // the error of a client in a loop; slow_down is not documented
      slow_down: entraError('invalid_grant', 50196),
      access_denied: error('authorization_declined'),
      expired_token: entraError('expired_token', 70020),
      invalid_grant: error('bad_verification_code'),
    },
  },
  {
    name: 'azure-ad-v1',
    issuer: 'https://login.windows.net/common',
    deviceAuthorizationEndpoint: 'https://login.windows.net/common/oauth2/devicecode',
    tokenEndpoint: 'https://login.windows.net/common/oauth2/token',
    parameters: { device_code: 'code' },
    members: { verification_uri: 'verification_url' },
    codesRequest: { resource: '*', scope: '' },
    pollRequest: { grant_type: 'device_code' },
    codes: {
      verification_uri: 'https://microsoft.com/devicelogin',
      expires_in: '900',
      interval: '7',
    },
    token: { expires_in: '3599' },
    errors: { expired_token: error('code_expired') },
  },
  {
    name: 'auth0',
    issuer: 'https://tenant.eu.auth0.com/',
    deviceAuthorizationEndpoint: 'https://tenant.eu.auth0.com/oauth/device/code',
    tokenEndpoint: 'https://tenant.eu.auth0.com/oauth/token',
    // a client secret is answered with 403 unauthorized_client
    codesRequest: { client_secret: '' },
    pollRequest: { client_secret: '' },
    errors: {
      authorization_pending: error('authorization_pending', 403),
      slow_down: error('slow_down', 429),
      access_denied: error('access_denied', 403),
      expired_token: error('expired_token', 403),
      invalid_grant: error('invalid_grant', 403),
      invalid_request: error('unauthorized_client', 403),
    },
    tellsExpiryOnce: true,
  },
  {
    name: 'okta',
    issuer: 'https://dev.okta.com/oauth2/default',
    deviceAuthorizationEndpoint: 'https://dev.okta.com/oauth2/default/v1/device/authorize',
    tokenEndpoint: 'https://dev.okta.com/oauth2/default/v1/token',
    metadataAddress: 'https://dev.okta.com/.well-known/oauth-authorization-server/oauth2/default',
    codes: { user_code: 'ABCDEFGH', verification_uri: 'https://dev.okta.com/activate' },
  },
  {
    name: 'keycloak',
    issuer: 'https://kc.example.com/realms/x',
    deviceAuthorizationEndpoint: 'https://kc.example.com/realms/x/protocol/openid-connect/auth/device',
    tokenEndpoint: 'https://kc.example.com/realms/x/protocol/openid-connect/token',
    metadataAddress: 'https://kc.example.com/realms/x/.well-known/openid-configuration',
    codes: { verification_uri_complete: 'https://kc.example.com/realms/x/device?user_code=BCDF-GHJK' },
    token: { refresh_expires_in: 1800, scope: 'profile' },
    pacing: 'always',
    // until the approval is replicated
    lag: 1,
  },
  {
    name: 'hydra',
    ...at('https://hydra.example.com', '/oauth2/device/auth', '/oauth2/token'),
    // a public client must send no credentials
    codesRequest: { client_secret: '' },
    pollRequest: { client_secret: '' },
  },
  {
    name: 'oidc-provider',
    ...at('https://op.example.com', '/device/auth', '/token'),
    codes: { interval: undefined, verification_uri_complete: 'https://op.example.com/device?user_code=BCDF-GHJK' },
    pacing: 'never',
  },
  {
    name: 'gitlab',
    ...at('https://gitlab.com', '/oauth/authorize_device', '/oauth/token'),
    codes: { expires_in: 300, verification_uri_complete: 'https://gitlab.com/oauth/device?user_code=0A44L90H' },
  },
  {
    name: 'spring',
    ...at('https://spring.example.com', '/oauth2/device_authorization', '/oauth2/token'),
    metadataAddress: 'https://spring.example.com/.well-known/oauth-authorization-server',
    // fixed in February 2025
    neverExpires: true,
  },
  {
    name: 'strict',
    ...at('https://strict.example.com', '/device_authorization', '/token'),
    metadataAddress: 'https://strict.example.com/.well-known/oauth-authorization-server',
    pacesFirstPoll: true,
    pacing: 'always',
  },
]

function at(
  issuer: string,
  deviceAuthorization: string,
  token: string,
): Pick<ServerBehavior, 'issuer' | 'deviceAuthorizationEndpoint' | 'tokenEndpoint'> {
  return { issuer, deviceAuthorizationEndpoint: issuer + deviceAuthorization, tokenEndpoint: issuer + token }
}
