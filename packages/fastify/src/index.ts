export * from '@device-auth/core'
export { type DeviceAuthPluginOptions, deviceAuthPlugin } from './plugin.ts'
export { requireToken } from './require-token.ts'
