import { DEVICE_CODE_GRANT_TYPE } from '../protocol.ts'
import type { Dialect } from './dialect.ts'

/**
 * Clients of Microsoft Entra ID, such as MSAL and `@azure/identity`: its paths, the member `message`, which they print, the
 * grant type `device_code`, and `authorization_declined`. They refuse metadata without an authorization endpoint and a key set, and use neither.
 * See https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code.
 */
export const entra: Dialect = {
  deviceAuthorizationPaths: ['/devicecode', '/oauth2/v2.0/devicecode'],
  tokenPaths: ['/oauth2/v2.0/token'],
  metadataPaths: ['/v2.0/.well-known/openid-configuration'],
  // no token is signed, so there are no keys
  documents: { '/discovery/v2.0/keys': { keys: [] } },
  // the name that MSAL sends
  grantTypes: { device_code: DEVICE_CODE_GRANT_TYPE },
  describeCodes: ({ verification_uri: uri, user_code: code }) => ({
    message: `To sign in, use a web browser to open the page ${uri} and enter the code ${code} to authenticate.`,
  }),
  describeServer: ({ issuer, verification }) => ({
    authorization_endpoint: verification ?? issuer,
    jwks_uri: `${issuer.replace(/\/$/, '')}/discovery/v2.0/keys`,
  }),
  errors: { names: { access_denied: 'authorization_declined', invalid_grant: 'bad_verification_code' } },
}
