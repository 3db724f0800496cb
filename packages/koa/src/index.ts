export * from '@device-auth/core'
export { createDeviceAuth } from './create-device-auth.ts'
export { type DeviceAuthMiddlewareOptions, deviceAuthMiddleware, metadataMiddleware } from './middleware.ts'
export { requireToken } from './require-token.ts'
