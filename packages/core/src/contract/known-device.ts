/**
 * A device that the user who decides has approved before, and that is still signed in to their account. It proved its key with the
 * request: the key of a live grant of the same client and the same user. Name, address and cookies prove nothing here.
 * @see {@link https://www.rfc-editor.org/rfc/rfc10027#section-6.1.7 RFC 10027 section 6.1.7}
 */
export interface KnownDevice {
  /** The first sign-in of the device that is still alive: epoch milliseconds. */
  readonly since: number
  /** The last use of its tokens: epoch milliseconds, to the minute. Absent if none was used. */
  readonly lastUsed?: number
  /**
   * `true` if the request asks for something that the user has not granted to this device: another scope or resource. A request with
   * authorization details, such as a payment, always asks for more.
   */
  readonly asksForMore: boolean
}

/**
 * The effect of a device that is known. `off`: nobody looks for one. `show`: the confirm page says when the user approved the device.
 * `oneTap`: also, one press of a button decides, without the check box; not if there is a warning, or the device asks for more.
 */
export type KnownDeviceUse = 'off' | 'show' | 'oneTap'
