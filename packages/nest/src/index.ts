export * from '@device-auth/core'
export { type GracefulShutdownOptions, gracefulShutdown } from '@device-auth/core/node'
export { Audience, DeviceAuthGuard, DeviceToken, Scopes, StepUp } from './guard.ts'
export { DeviceAuthModule } from './module.ts'
export {
  DEVICE_AUTH_OPTIONS,
  type DeviceAuthModuleAsyncOptions,
  type DeviceAuthModuleExtras,
  type DeviceAuthModuleOptions,
  type DeviceAuthOptionsFactory,
  type DeviceAuthRootOptions,
} from './module-definition.ts'
export { DEVICE_AUTH, DeviceAuthService, InjectDeviceAuth } from './service.ts'
