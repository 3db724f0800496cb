import koa2 from 'koa2'
import koa3 from 'koa3'

/** The majors that the peer range allows. */
export const versions = [
  ['Koa 2', koa2],
  ['Koa 3', koa3],
] as const
