import type { StoredToken, Token } from '@device-auth/client'
import { FileTokenStore } from '@device-auth/client/node'
import { usageError } from '../errors.ts'
import type { CommonOptions } from '../options.ts'

/** The store of saved tokens. Applications that use `FileTokenStore` share its folder. */
export function tokenStore({ stateFolder }: CommonOptions): FileTokenStore {
  try {
    return new FileTokenStore({ dpopKeys: true, ...(stateFolder !== undefined && { folder: stateFolder }) })
  } catch (error) {
    // the user of this process has no home
    throw usageError(error instanceof Error ? error.message : String(error), 'Pass a folder with --state-folder.')
  }
}

/** The members of a token that are saved. */
export function storable(token: Token): StoredToken {
  const { headers: _, raw: __, expires: ___, refreshExpires: ____, warnings: _____, ...stored } = token
  return stored
}
