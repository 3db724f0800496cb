export * from '@device-auth/core'
export { type GracefulShutdownOptions, gracefulShutdown } from '@device-auth/core/node'
export { requireToken } from './require-token.ts'
export { deviceAuthRouter, metadataRouter } from './router.ts'
