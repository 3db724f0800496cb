import type { ServerBehavior } from './behavior.ts'
import type { Reply } from './steps.ts'

function twitch(message: string): Reply {
  return { status: 400, json: { status: 400, message } }
}

function facebook(error_subcode: number): Reply {
  return { status: 400, json: { error: { code: 31, error_subcode, message: 'A text for people' } } }
}

function huawei(sub_error: number): Reply {
  return { status: 400, json: { error: 1101, sub_error } }
}

function bare(status: number): Reply {
  return { status }
}

/** The behaviors of providers with parameters, members or errors of their own. */
export const customBehaviors: readonly ServerBehavior[] = [
  {
    name: 'twitch',
    issuer: 'https://id.twitch.tv/oauth2',
    deviceAuthorizationEndpoint: 'https://id.twitch.tv/oauth2/device',
    tokenEndpoint: 'https://id.twitch.tv/oauth2/token',
    codesRequest: { scopes: '*' },
    pollRequest: { scopes: '*' },
    codes: { verification_uri: 'https://www.twitch.tv/activate?device-code=BCDFGHJK', expires_in: 1800 },
    token: { scope: ['a', 'b'] },
    errors: {
      authorization_pending: twitch('authorization_pending'),
      slow_down: twitch('slow_down'),
      access_denied: twitch('access_denied'),
      expired_token: twitch('expired_token'),
      // Twitch sends it also before the user has decided
      invalid_grant: twitch('invalid device code'),
    },
  },
  {
    name: 'amazon',
    issuer: 'https://www.amazon.com',
    deviceAuthorizationEndpoint: 'https://api.amazon.com/auth/o2/create/codepair',
    tokenEndpoint: 'https://api.amazon.com/auth/o2/token',
    codesRequest: { response_type: 'device_code' },
    pollRequest: { grant_type: 'device_code', user_code: '*' },
    codes: { verification_uri: 'https://amazon.com/us/code' },
  },
  {
    name: 'facebook',
    issuer: 'https://www.facebook.com',
    deviceAuthorizationEndpoint: 'https://graph.facebook.com/v2.6/device/login',
    tokenEndpoint: 'https://graph.facebook.com/v2.6/device/login_status',
    // the client id is "app id|client token"
    parameters: { client_id: 'access_token', device_code: 'code' },
    members: { device_code: 'code' },
    codesRequest: { client_id: '', grant_type: '' },
    pollRequest: { client_id: '', grant_type: '' },
    codes: { verification_uri: 'https://www.facebook.com/device' },
    token: { token_type: undefined, refresh_token: undefined },
    errors: {
      authorization_pending: facebook(1349174),
      slow_down: facebook(1349172),
      expired_token: facebook(1349152),
    },
  },
  {
    name: 'aws',
    issuer: 'https://oidc.eu-west-1.amazonaws.com',
    deviceAuthorizationEndpoint: 'https://oidc.eu-west-1.amazonaws.com/device_authorization',
    tokenEndpoint: 'https://oidc.eu-west-1.amazonaws.com/token',
    encoding: 'json',
    parameters: {
      client_id: 'clientId',
      device_code: 'deviceCode',
      grant_type: 'grantType',
      refresh_token: 'refreshToken',
    },
    members: {
      device_code: 'deviceCode',
      user_code: 'userCode',
      verification_uri: 'verificationUri',
      expires_in: 'expiresIn',
      access_token: 'accessToken',
      token_type: 'tokenType',
      refresh_token: 'refreshToken',
    },
    codesRequest: { clientSecret: '*', startUrl: '*' },
    pollRequest: { clientSecret: '*' },
  },
  {
    name: 'trakt',
    issuer: 'https://trakt.tv',
    deviceAuthorizationEndpoint: 'https://api.trakt.tv/oauth/device/code',
    tokenEndpoint: 'https://api.trakt.tv/oauth/device/token',
    encoding: 'json',
    parameters: { device_code: 'code' },
    members: { verification_uri: 'verification_url' },
    pollRequest: { client_secret: '*', grant_type: '' },
    codes: { verification_uri: 'https://trakt.tv/activate' },
    errors: {
      authorization_pending: bare(400),
      slow_down: bare(429),
      access_denied: bare(418),
      expired_token: bare(410),
      invalid_grant: bare(404),
    },
  },
  {
    name: 'huawei',
    issuer: 'https://oauth-login.cloud.huawei.com',
    deviceAuthorizationEndpoint: 'https://oauth-login.cloud.huawei.com/oauth2/v3/device/code',
    tokenEndpoint: 'https://oauth-login.cloud.huawei.com/oauth2/v3/token',
    members: { verification_uri: 'verification_url', expires_in: 'expire_in' },
    codes: { verification_uri: 'https://oauth-login.cloud.huawei.com/device' },
    errors: {
      authorization_pending: huawei(20411),
      access_denied: huawei(20414),
      expired_token: huawei(20404),
    },
  },
  {
    name: 'salesforce',
    issuer: 'https://login.salesforce.com',
    deviceAuthorizationEndpoint: 'https://login.salesforce.com/services/oauth2/token',
    tokenEndpoint: 'https://login.salesforce.com/services/oauth2/token',
    codesRequest: { response_type: 'device_code' },
    parameters: { device_code: 'code' },
    pollRequest: { grant_type: 'device' },
    codes: { verification_uri: 'https://login.salesforce.com/setup/connect' },
  },
  {
    name: 'openam',
    issuer: 'https://openam.example.com/openam/oauth2',
    deviceAuthorizationEndpoint: 'https://openam.example.com/openam/oauth2/device/code',
    tokenEndpoint: 'https://openam.example.com/openam/oauth2/access_token',
    codesRequest: { response_type: 'device_code' },
    parameters: { device_code: 'code' },
    pollRequest: { grant_type: 'http://oauth.net/grant_type/device/1.0' },
    errors: { authorization_pending: { status: 403, json: { error: 'authorization_pending' } } },
  },
  {
    name: 'better-auth',
    issuer: 'https://app.example.com/api/auth',
    deviceAuthorizationEndpoint: 'https://app.example.com/api/auth/device/code',
    tokenEndpoint: 'https://app.example.com/api/auth/device/token',
    encoding: 'json',
    token: { refresh_token: undefined },
    pacing: 'always',
  },
]
