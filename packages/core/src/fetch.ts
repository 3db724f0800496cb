/**
 * Serves a device sign-in server on platforms with web standards: Hono, Next.js, Bun, Deno and workers.
 * {@link toFetchHandler} makes a function from `Request` to `Response`.
 *
 * @module
 */

export {
  type FetchHandler,
  type FetchHandlerOptions,
  type FetchNativeOptions,
  toFetchHandler,
} from './adapters/fetch-handler.ts'
