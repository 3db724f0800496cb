export { type FetchHandlerOptions, toFetchHandler } from './adapters/fetch-handler.ts'
