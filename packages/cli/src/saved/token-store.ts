import type { StoredToken, Token } from '@device-auth/client'
import { FileTokenStore } from '@device-auth/client/node'
import type { CommonOptions } from '../options.ts'

/** The store of saved tokens. Applications that use `FileTokenStore` share its folder. */
export function tokenStore({ stateFolder }: CommonOptions): FileTokenStore {
  return new FileTokenStore(stateFolder === undefined ? {} : { folder: stateFolder })
}

/** The members of a token that are saved. */
export function storable(token: Token): StoredToken {
  const { headers: _, raw: __, expires: ___, refreshExpires: ____, ...stored } = token
  return stored
}
