/** The proof of a device's maker, by which the device authenticated. It is verified. */
export interface DeviceAttestation {
  /** The maker, by the name that the application gave it. */
  readonly maker: string
  /** The device as the application reads it from the attestation, such as its model. Bounded in length. */
  readonly device?: string
  /** The thumbprint of the device's own key. Only this device may redeem the code and refresh. */
  readonly key: string
}
