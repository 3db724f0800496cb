import type { Check } from '@device-auth/core'

/** The check of the option `keys`. The keys themselves are checked when they are made ready. */
export const isKeys: Check = (value) =>
  (typeof value === 'object' && value !== null) || typeof value === 'function' ? undefined : 'a key, or a set of keys'
