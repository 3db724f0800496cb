// The server hands out the library as /uqr.mjs; this line tells the type checker so.
export * from 'uqr'
