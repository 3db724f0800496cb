export * from '@device-auth/core'
export { deviceAuth, type MiddlewareOptions, metadata } from './middleware.ts'
export { requireToken } from './require-token.ts'
