export * from '@device-auth/core'
export { type DeviceAuthMiddlewareOptions, deviceAuthMiddleware, metadataMiddleware } from './middleware.ts'
export { requireToken } from './require-token.ts'
