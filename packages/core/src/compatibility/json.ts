import type { Dialect } from './dialect.ts'

/** Clients that send JSON in place of a form, and otherwise follow the RFCs. */
export const json: Dialect = { json: true }
