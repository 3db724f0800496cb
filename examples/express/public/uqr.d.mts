// Types for /uqr.mjs, as which the server serves the library.
export * from 'uqr'
