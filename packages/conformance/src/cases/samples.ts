import type { ConformanceContext } from '../case.ts'
import { type Device, startDevice } from '../device.ts'

/** Starts several devices, one after the other. */
export async function startDevices(t: ConformanceContext, count: number): Promise<readonly Device[]> {
  const devices: Device[] = []
  for (let i = 0; i < count; i++) devices.push(await startDevice(t))
  return devices
}

function sharedPrefix(samples: readonly string[]): number {
  const [first = ''] = samples
  let length = 0
  while (length < first.length && samples.every((sample) => sample[length] === first[length])) length++
  return length
}

/**
 * An upper bound for the entropy of codes, in bits, estimated from samples: the length without the common prefix times
 * the bits of each character of the alphabet seen. It can show that a code is too weak, but not that it is strong.
 */
export function entropyBits(samples: readonly string[]): number {
  const varying = samples.map((sample) => sample.slice(sharedPrefix(samples)))
  const alphabet = new Set(varying.join(''))
  const shortest = Math.min(...varying.map((sample) => sample.length))
  return shortest * Math.log2(Math.max(1, alphabet.size))
}
