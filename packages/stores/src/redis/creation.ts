import { type DeviceCredential, tombstoneEnd } from '@device-auth/core'
import { isUndecided } from '../record.ts'
import type { RunScript } from './client.ts'
import { credentialFields, toRecord, whole } from './fields.ts'
import type { Indexes } from './indexes.ts'
import { create, discard, holdUserCode, read, releaseUserCode } from './scripts.ts'

/** The keys of a store, each named by its type. */
export interface Keys {
  credential(id: string): string
  userCode(hash: string): string
}

export function keysUnder(prefix: string): Keys {
  return {
    credential: (id) => `${prefix}credential:${id}`,
    userCode: (hash) => `${prefix}code:${hash}`,
  }
}

/**
 * Credential and user code lie in different slots, so both are kept at the same time and, when one of them is refused,
 * the other goes again: nobody has been told of it. One that is left over when this process dies there just expires.
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
  const hold = async (over: string): Promise<string> => {
    const values = [whole(now), id, whole(credential.expiresAt), over]
    return String(await run(holdUserCode, [keys.userCode(userCodeHash)], values))
  }
  const fields = [whole(now), whole(forgetAt), ...credentialFields(credential)]
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
  // a decision leaves its user code behind, in another slot: the next holder clears it away
  const held = toRecord(holder, await run(read, [keys.credential(holder)], []))
  if ((held === undefined || !isUndecided(held, now)) && (await hold(holder)) === '') return true
  await run(discard, [keys.credential(id)], [])
  return false
}
