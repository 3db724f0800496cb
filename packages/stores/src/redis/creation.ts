import type { DeviceCredential } from '@device-auth/core'
import { isUndecided, tombstoneEnd } from '@device-auth/core/stores'
import { newCallId } from './call-id.ts'
import type { RunScript } from './client.ts'
import { credentialFields, recordFromHash, whole } from './fields.ts'
import type { Indexes } from './indexes.ts'
import { create, discard, holdUserCode, read, releaseUserCode } from './scripts.ts'

/** Makes the keys of a store. */
export interface Keys {
  credential(id: string): string
  userCode(hash: string): string
}

/** The keys that begin with a prefix. */
export function keysUnder(prefix: string): Keys {
  return {
    credential: (id) => `${prefix}credential:${id}`,
    userCode: (hash) => `${prefix}code:${hash}`,
  }
}

/**
 * Keeps a credential and its user code. They are in different slots of a Cluster, so one script cannot write both: both are
 * written at the same time and, if one of them is refused, the other is taken back. No device has been told of it yet. If this
 * process dies in between, the one that is left over expires.
 *
 * @param run runs a script whose write may be lost
 * @param keep runs a script whose write must not be lost
 * @returns `false` if the id is known, or a live credential holds the user code
 */
export async function createCredential(
  run: RunScript,
  keep: RunScript,
  keys: Keys,
  indexes: Indexes,
  credential: DeviceCredential,
): Promise<boolean> {
  const { id, createdAt: now, userCodeHash } = credential
  const forgetAt = tombstoneEnd(credential)
  const callId = newCallId()
  const hold = async (formerHolder: string): Promise<string> => {
    const values = [whole(now), id, whole(credential.expiresAt), formerHolder, callId]
    return String(await keep(holdUserCode, [keys.userCode(userCodeHash)], values))
  }
  const fields = [whole(now), whole(forgetAt), ...credentialFields(credential), callId]
  const [holder, kept] = await Promise.all([
    hold(''),
    keep(create, [keys.credential(id)], fields),
    indexes.addOrigin(credential, forgetAt, now),
  ])
  if (Number(kept) !== 1) {
    if (holder === '') await run(releaseUserCode, [keys.userCode(userCodeHash)], [id])
    return false
  }
  if (holder === '') return true
  // a decided credential keeps its user code, to be found by it, until the next one with this code takes it over; one that
  // is not there may be written at this moment, by the call that has just got the code
  const [fieldsOfHolder] = (await run(read, [keys.credential(holder)], [])) as unknown[]
  const held = recordFromHash(holder, fieldsOfHolder)
  if (held !== undefined && !isUndecided(held, now) && (await hold(holder)) === '') return true
  await run(discard, [keys.credential(id)], [])
  return false
}
