/** What a device says of itself: bounded, free of control characters, never verified. */
export interface DeviceDescriptor {
  readonly name?: string
  readonly model?: string
}

/** What is known of whoever asked for the codes; untrusted, shown to the user as such. */
export interface Requester {
  readonly ip?: string
  /** Bounded and free of control characters. */
  readonly userAgent?: string
  /** What the `describeRequester` hook adds. */
  readonly description?: string
  /** Where the address is, by the same hook. */
  readonly place?: string
  /** Who owns the address, by the same hook. */
  readonly network?: string
  /** ISO 3166-1 alpha-2 in upper case, by the same hook. */
  readonly country?: string
  readonly device?: DeviceDescriptor
}
