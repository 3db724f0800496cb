import { DEVICE_CODE_GRANT_TYPE } from '../protocol.ts'
import type { Dialect } from './dialect.ts'

/**
 * Clients that were written for Google before RFC 8628: the member `verification_url`, and the grant type of the draft with
 * the parameter `code`. See https://developers.google.com/identity/protocols/oauth2/limited-input-device.
 */
export const googleLegacy: Dialect = {
  deviceAuthorizationPaths: ['/device/code'],
  grantTypes: { 'http://oauth.net/grant_type/device/1.0': DEVICE_CODE_GRANT_TYPE },
  tokenParameters: { code: 'device_code' },
  describeCodes: ({ verification_uri: uri }) => ({ verification_url: uri }),
}
