export * from '@device-auth/core'
export { createDeviceAuth } from './create-device-auth.ts'
export { type DeviceAuthPluginOptions, deviceAuthPlugin } from './plugin.ts'
export { requireToken } from './require-token.ts'
