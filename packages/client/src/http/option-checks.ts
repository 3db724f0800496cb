import { type Checks, hasMethods, isBoolean, isFunction, isNumberOf, isObject } from '../runtime/options.ts'
import type { RequestOptions } from './post.ts'

/** The checks of the options of a request to an endpoint. */
export const requestChecks: Checks<RequestOptions> = {
  profile: isObject,
  fetch: isFunction,
  signal: hasMethods('an AbortSignal', 'addEventListener', 'removeEventListener'),
  timeout: isNumberOf('seconds'),
  maxBodySize: isNumberOf('bytes'),
  dangerouslyAllowHttp: isBoolean,
  clock: hasMethods('an object with now(), setTimeout() and clearTimeout()', 'now', 'setTimeout', 'clearTimeout'),
}
