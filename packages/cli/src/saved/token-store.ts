import type { StoredToken, Token } from '@device-auth/client'
import { FileTokenStore, type FileTokenStoreOptions } from '@device-auth/client/node'
import { usageError } from '../errors.ts'
import type { CommonOptions } from '../options.ts'
import { doUncut, type Surroundings } from '../terminal/surroundings.ts'

/** A token store under whose locks Ctrl-C cuts nothing off: a refresh that was sent may bring the only refresh token that is still valid. */
class UncutTokenStore extends FileTokenStore {
  readonly #surroundings: Pick<Surroundings, 'uncut'>

  constructor(options: FileTokenStoreOptions, surroundings: Pick<Surroundings, 'uncut'>) {
    super(options)
    this.#surroundings = surroundings
  }

  override withLock<T>(key: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return super.withLock(key, () => doUncut(this.#surroundings, run()), signal)
  }
}

/** The store of saved tokens. Applications that use `FileTokenStore` share its folder. */
export function tokenStore({ stateFolder }: CommonOptions, surroundings: Pick<Surroundings, 'uncut'>): FileTokenStore {
  try {
    const folder = stateFolder === undefined ? {} : { folder: stateFolder }
    return new UncutTokenStore({ dpopKeys: true, ...folder }, surroundings)
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
