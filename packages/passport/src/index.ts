export { OAuthError, type TokenAuthority, type TokenClaims } from '@device-auth/core'
export type { StrategyActions } from './actions.ts'
export {
  type AuthenticateTokenOptions,
  DeviceTokenStrategy,
  type DeviceTokenStrategyOptions,
  type DeviceTokenStrategyOptionsWithRequest,
  type TokenRequest,
  type VerifyToken,
  type VerifyTokenWithRequest,
} from './device-token-strategy.ts'
export { type ErrorHandler, oauthErrorHandler } from './error-handler.ts'
export { type IntrospectedClaims, type IntrospectionOptions, introspection } from './introspection.ts'
export type { Done } from './verify.ts'
