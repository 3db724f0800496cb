import type { ServerContext } from '../contract/context.ts'
import type { DeviceCredential } from '../contract/store.ts'

/** Finds the live, undecided request behind a canonical user code, whichever of the secrets it was hashed with. */
export async function findByUserCode<Native>(
  canonical: string,
  { codes, store, now }: ServerContext<Native>,
): Promise<DeviceCredential | undefined> {
  for (const hash of codes.hashes(canonical)) {
    const credential = await store.findByUserCode(hash, now())
    if (credential !== undefined) return credential
  }
  return undefined
}
