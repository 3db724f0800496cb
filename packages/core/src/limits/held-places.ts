import type { HeldPlaces } from '../contract/held-places.ts'
import type { LongPolling } from '../contract/limits.ts'
import { addressPrefix, publicAddress } from '../ip-address.ts'

/** Makes the places of one server. */
export function createHeldPlaces({ maxHeld, maxHeldPerClient, maxHeldPerAddress }: LongPolling): HeldPlaces {
  let held = 0
  const byClient = new Map<string, number>()
  const byAddress = new Map<string, number>()
  return {
    take(clientId, ip) {
      const address = publicAddress(ip) === undefined ? undefined : addressPrefix(ip)
      if (held >= maxHeld || (byClient.get(clientId) ?? 0) >= maxHeldPerClient) return undefined
      if (address !== undefined && (byAddress.get(address) ?? 0) >= maxHeldPerAddress) return undefined
      const count = (change: 1 | -1): void => {
        held += change
        add(byClient, clientId, change)
        if (address !== undefined) add(byAddress, address, change)
      }
      count(1)
      return () => count(-1)
    },
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
