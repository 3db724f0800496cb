import { type StoredToken, tokenKey } from '@device-auth/client'
import { type DpopProver, dpopKeys } from '@device-auth/client/dpop'
import type { FileTokenStore } from '@device-auth/client/node'
import type { RegisteredClient } from '../errors.ts'
import { scopeOf } from '../options.ts'
import { plain } from '../terminal/plain-text.ts'
import { fileFault, notSaved } from './state-folder.ts'

/** The options of a command that say which sign-in a key is for. */
interface KeyOwner extends RegisteredClient {
  readonly scope?: readonly string[]
  readonly account?: string | undefined
}

/** The key for a new sign-in: the one of the last sign-in of this owner, or a new one, which is saved at once. */
export async function dpopKeyFor(owner: KeyOwner, store: FileTokenStore): Promise<DpopProver> {
  const { issuer, clientId, account } = owner
  const key = tokenKey({ issuer, clientId, scope: scopeOf(owner), account })
  try {
    return await store.withLock(key, () => dpopKeys.loadOrCreate(store, key))
  } catch (error) {
    throw notSaved(`The key of the sign-in cannot be saved in ${plain(store.folder)}: ${fileFault(error)}.`)
  }
}

/** True if the tokens are bound to a key that is no longer saved, so that nobody can use them. */
export async function isKeyLost({ keyThumbprint }: StoredToken, key: string, store: FileTokenStore): Promise<boolean> {
  return keyThumbprint !== undefined && (await dpopKeys.load(store, key))?.thumbprint !== keyThumbprint
}
