export * from '@device-auth/core'
export { requireToken } from './require-token.ts'
export { deviceAuthRouter, metadataRouter } from './router.ts'
