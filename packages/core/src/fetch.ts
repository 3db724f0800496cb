/**
 * Serves a device sign-in server on platforms with web standards: Hono, Next.js, Bun, Deno and workers.
 * {@link toFetchHandler} makes a function from `Request` to `Response`, and {@link requireToken} protects an API.
 *
 * @module
 */

export { type FetchGuard, type FetchTokenCheck, requireToken } from './adapters/fetch-guard.ts'
export {
  type FetchHandler,
  type FetchHandlerOptions,
  type FetchNativeOptions,
  toFetchHandler,
} from './adapters/fetch-handler.ts'
