export { OAuthError, type TokenAuthority, type TokenClaims } from '@device-auth/core'
export {
  DeviceCodeStrategy,
  type DeviceCodeStrategyOptions,
  type DeviceCodeStrategyOptionsWithRequest,
  type DeviceSignIn,
  type SignInRequest,
  type VerifyCode,
  type VerifyCodeWithRequest,
} from './device-code-strategy.ts'
export {
  type AuthenticateTokenOptions,
  DeviceTokenStrategy,
  type DeviceTokenStrategyOptions,
  type DeviceTokenStrategyOptionsWithRequest,
  type TokenRequest,
  type VerifyToken,
  type VerifyTokenWithRequest,
} from './device-token-strategy.ts'
export { type ErrorHandler, type OAuthErrorHandlerOptions, oauthErrorHandler } from './error-handler.ts'
export { type IntrospectedClaims, type IntrospectionOptions, introspection } from './introspection.ts'
export type { Profile } from './profile.ts'
export { type PendingSignIn, type ProviderOptions, SignInError } from './sign-in.ts'
export type { StrategyActions } from './strategy-actions.ts'
export type { VerifyCallback } from './verify.ts'
