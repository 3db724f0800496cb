export * from '@device-auth/core'
export {
  type GracefulShutdownOptions,
  gracefulShutdown,
  type NodeHandler,
  type NodeHandlerOptions,
  toNodeHandler,
} from '@device-auth/core/node'
export { createDeviceAuth } from './create-device-auth.ts'
export { requireToken } from './require-token.ts'
export { deviceAuthRouter, metadataRouter } from './router.ts'
