export * from '@device-auth/core'
export { type GracefulShutdownOptions, gracefulShutdown } from '@device-auth/core/node'
export { type DeviceAuthMiddlewareOptions, deviceAuthMiddleware, metadataMiddleware } from './middleware.ts'
export { requireToken } from './require-token.ts'
