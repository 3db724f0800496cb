export * from '@device-auth/core'
export { type GracefulShutdownOptions, gracefulShutdown } from '@device-auth/core/node'
export { type DeviceAuthPluginOptions, deviceAuthPlugin } from './plugin.ts'
export { requireToken } from './require-token.ts'
