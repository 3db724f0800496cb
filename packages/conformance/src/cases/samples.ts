import type { ConformanceContext } from '../case.ts'
import { type Device, startDevice } from '../device.ts'

/** So many devices, one after the other. */
export async function issue(t: ConformanceContext, count: number): Promise<readonly Device[]> {
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
 * An upper bound on the entropy of samples of one kind, in bits: their varying length times the size of the alphabet
 * that they were seen to use. It can tell that a code is too weak, never that it is strong.
 */
export function entropyBits(samples: readonly string[]): number {
  const varying = samples.map((sample) => sample.slice(sharedPrefix(samples)))
  const alphabet = new Set(varying.join(''))
  const shortest = Math.min(...varying.map((sample) => sample.length))
  return shortest * Math.log2(Math.max(1, alphabet.size))
}
