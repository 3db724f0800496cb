import type { StoredToken, Token } from '@device-auth/client'
import { FileTokenStore } from '@device-auth/client/node'
import type { CommonOptions } from '../options.ts'

/** Where tokens are kept: the folder that applications with `FileTokenStore` use too. */
export function tokenStore({ stateFolder }: CommonOptions): FileTokenStore {
  return new FileTokenStore(stateFolder === undefined ? {} : { folder: stateFolder })
}

/** What is kept of tokens. */
export function storable(token: Token): StoredToken {
  const { headers: _, raw: __, expires: ___, refreshExpires: ____, ...stored } = token
  return stored
}
