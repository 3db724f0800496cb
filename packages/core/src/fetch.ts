/**
 * Serves a device sign-in server on platforms with web standards: Hono, Next.js, Bun, Deno and workers.
 * {@link toFetchHandler} makes a function from `Request` to `Response`.
 *
 * @module
 */

export { type FetchHandlerOptions, toFetchHandler } from './adapters/fetch-handler.ts'
