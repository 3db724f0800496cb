/**
 * Serves a device sign-in server with `node:http`, Connect and frameworks built on them. {@link toNodeHandler} makes a
 * handler; the other functions are the parts that an adapter for a framework is made of.
 *
 * @module
 */

export { checkGuard, checkMount, requireServer } from './adapters/arguments.ts'
export { type GracefulShutdownOptions, gracefulShutdown } from './adapters/graceful-shutdown.ts'
export { normalizePrefix, pathBelow, targetPath, targetQuery } from './adapters/mount.ts'
export { type MountWatch, watchMount } from './adapters/mount-watch.ts'
export { type NodeHandler, type NodeHandlerOptions, toNodeHandler } from './adapters/node-handler.ts'
export { type NodeRequest, requestHeaders } from './adapters/node-request.ts'
export { writeResponse } from './adapters/node-response.ts'
export { notFound } from './adapters/refusals.ts'
export { type DeviceAuthOrOptions, resolveDeviceAuth } from './adapters/resolve-device-auth.ts'
export { answerNode, type FrameworkRequest, type NodeExchange, serveNode } from './adapters/serve-node.ts'
