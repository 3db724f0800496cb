import type { Check } from '@device-auth/core'
import { isReplicas, type ReplicaOptions } from './replicas.ts'

/** The keys of a store, and the replicas that must have its writes. */
export interface RedisKeyOptions {
  /** The beginning of all keys. @default 'device-auth:' */
  readonly keyPrefix?: string
  /**
   * Waits until replicas have everything that a device or a user is told: new codes, decisions, tokens, revocations and
   * registrations, but not polls. If they do not have it in time, the step rejects as if the store was down, although the write may
   * have happened. Default: no waiting; a failover may forget the last writes.
   */
  readonly wait?: ReplicaOptions
}

/** The beginning of all keys, unless an option says otherwise. */
export const defaultPrefix = 'device-auth:'

/** The checks of these options. */
export const keyChecks: Record<keyof RedisKeyOptions, Check> = {
  keyPrefix: (value) => (typeof value === 'string' ? undefined : 'a string'),
  wait: isReplicas,
}
