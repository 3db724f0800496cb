import type { Dialect } from './dialect.ts'

/**
 * The client of better-auth with its plugin for device authorization: its paths, and JSON bodies.
 * See https://www.better-auth.com/docs/plugins/device-authorization.
 */
export const betterAuth: Dialect = {
  deviceAuthorizationPaths: ['/device/code'],
  tokenPaths: ['/device/token'],
  json: true,
}
