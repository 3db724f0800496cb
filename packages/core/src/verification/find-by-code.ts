import type { ServerContext } from '../contract/context.ts'
import type { DeviceCredential } from '../contract/store.ts'

/**
 * Finds the request behind a canonical user code, decided or not, whichever of the secrets the code was hashed with. An
 * undecided request comes first: only that one can still be answered.
 */
export async function findByUserCode<Native>(
  canonical: string,
  { codes, store, now }: ServerContext<Native>,
): Promise<DeviceCredential | undefined> {
  let decided: DeviceCredential | undefined
  for (const hash of codes.hashes(canonical)) {
    const credential = await store.findByUserCode(hash, now())
    if (credential !== undefined && credential.userGrant === undefined) return credential
    decided ??= credential
  }
  return decided
}

/**
 * Finds the request behind a canonical user code if it can still be answered. A user who may be a stranger is told no more: a
 * decided code looks like one that was never issued.
 */
export async function findUndecided<Native>(
  canonical: string,
  context: ServerContext<Native>,
): Promise<DeviceCredential | undefined> {
  const credential = await findByUserCode(canonical, context)
  return credential?.userGrant === undefined ? credential : undefined
}
