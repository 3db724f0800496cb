/** The places of requests that are held until a decision, in this process: its memory bounds them. */
export interface HeldPlaces {
  /**
   * Takes a place. A private address is not counted, because it is that of a proxy.
   *
   * @returns the function that leaves the place; `undefined` if none is free
   */
  take(clientId: string, ip: string | undefined): (() => void) | undefined
}
