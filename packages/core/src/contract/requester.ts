import type { DeviceAttestation } from './attestation.ts'
import type { Confirmation } from './key-binding.ts'

/** The description that a device gives of itself. Bounded and free of control characters, but not verified. */
export interface DeviceDescriptor {
  readonly name?: string
  readonly model?: string
}

/** The sender of a device authorization request. Not trusted, except `attestation` and `key`; the page tells the user so. */
export interface Requester {
  readonly ip?: string
  /** Bounded and free of control characters. */
  readonly userAgent?: string
  /** Added by the `describeRequester` hook. */
  readonly description?: string
  /** The place of the address, such as `Rome, Italy`. Added by the `describeRequester` hook. */
  readonly place?: string
  /** The owner of the network, such as an Internet provider. Added by the `describeRequester` hook. */
  readonly network?: string
  /** The country of the address: ISO 3166-1 alpha-2 in upper case. Added by the `describeRequester` hook. */
  readonly country?: string
  readonly device?: DeviceDescriptor
  /** Present if the device authenticated by it. */
  readonly attestation?: DeviceAttestation
  /**
   * The device's own key, which it proved with the request. Absent if it proved none, and for clients whose devices may share a key: see
   * `device_keys` of the client.
   */
  readonly key?: Confirmation
}
