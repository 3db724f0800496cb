import {
  type FakeClock,
  oauthError,
  ScriptedServer,
  type ScriptedServerOptions,
  type Step,
} from '../src/testing/index.ts'

export const issuer = 'https://as.example.com'
export const endpoints = {
  deviceAuthorizationEndpoint: `${issuer}/device_authorization`,
  tokenEndpoint: `${issuer}/token`,
}

/** The request of a poll. */
export const pollRequest = { address: `${issuer}/token`, clientId: 'tv', deviceCode: 'dc' }

export const pending: Step = oauthError('authorization_pending')
export const slowDown: Step = oauthError('slow_down')
export const tokens: Step = {
  json: { access_token: 'at-secret', token_type: 'bearer', expires_in: 3600, refresh_token: 'rt-secret' },
}
export const refreshed: Step = {
  json: { access_token: 'at-2', token_type: 'bearer', expires_in: 3600, refresh_token: 'rt-2' },
}
export const codes = {
  device_code: 'dc-secret',
  user_code: 'BCDF-GHJK',
  verification_uri: `${issuer}/device`,
  expires_in: 600,
  interval: 5,
}

export function answered(json: object, status = 200): Response {
  return Response.json(json, { status })
}

export type Scripts = Pick<ScriptedServerOptions, 'codes' | 'polls' | 'refreshes'>

/** A server that succeeds at once unless a script says otherwise, with the same secrets each time. */
export function scripted(clock: FakeClock, scripts: Scripts = {}): ScriptedServer {
  return new ScriptedServer({ clock, codes: [{ json: codes }], polls: [tokens], refreshes: [refreshed], ...scripts })
}
