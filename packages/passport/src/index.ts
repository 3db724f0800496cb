export { OAuthError, type TokenAuthority, type TokenClaims } from '@device-auth/core'
export type { StrategyActions } from './actions.ts'
export {
  DeviceCodeStrategy,
  type DeviceCodeStrategyOptions,
  type DeviceCodeStrategyOptionsWithRequest,
  type DeviceSignIn,
  type Profile,
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
export { type ErrorHandler, oauthErrorHandler } from './error-handler.ts'
export { type IntrospectedClaims, type IntrospectionOptions, introspection } from './introspection.ts'
export { type PendingSignIn, type ProviderOptions, SignInError } from './sign-in.ts'
export type { Done } from './verify.ts'
