import type { Dialect } from './dialect.ts'

/**
 * Clients of GitHub, such as `gh` and octokit: its paths, JSON bodies, and errors with status 200.
 * See https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow.
 */
export const github: Dialect = {
  deviceAuthorizationPaths: ['/login/device/code'],
  tokenPaths: ['/login/oauth/access_token'],
  json: true,
  // without it octokit ends the sign-in of a GitHub App
  describeTokens: (refreshTokenExpiresIn) => ({ refresh_token_expires_in: refreshTokenExpiresIn }),
  errors: { status: 200, names: { invalid_grant: 'incorrect_device_code' } },
}
