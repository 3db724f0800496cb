import { authenticate } from '@device-auth/client'
import { dpopKeys } from '@device-auth/client/dpop'
import type { FileTokenStore } from '@device-auth/client/node'
import { failureError } from '../errors.ts'
import type { OwnerOptions } from '../options.ts'
import type { UsableToken } from '../server/authorization.ts'
import type { Connection } from '../server/connection.ts'
import { plain } from '../terminal/plain-text.ts'
import type { Screen } from '../terminal/screen.ts'
import { isKeyLost } from './dpop-keys.ts'
import { notSignedIn, type Saved } from './sign-ins.ts'

/**
 * An access token that is valid for at least another minute: the saved one, or a new one.
 * Refreshing holds the lock of the store, so that parallel commands refresh only once.
 *
 * @param screen - Shows problems that did not stop the refresh, such as new tokens that could not be saved.
 */
export async function freshToken(
  { key, owner, stored }: Saved,
  options: OwnerOptions,
  store: FileTokenStore,
  connection: Connection,
  screen: Screen,
): Promise<UsableToken> {
  const { issuer, clientId, scope, account } = owner
  const found = await authenticate(issuer, {
    ...connection,
    clientId,
    scope: scope === '' ? undefined : scope,
    account,
    store,
    // without `loadOrCreate`: only `login --dpop` binds tokens
    dpop: { load: dpopKeys.load },
    interactive: false,
  })
  if (found.ok) {
    for (const { message } of found.warnings ?? []) screen.warning(plain(message))
    return found
  }
  const completed: OwnerOptions = { ...options, issuer, clientId, scope: [scope ?? ''] }
  if (found.outcome === 'unattended' && (await isKeyLost(stored, key, store)))
    throw notSignedIn(
      completed,
      'The sign-in has ended: its tokens are bound to a key that is no longer saved.',
      '--dpop',
    )
  if (found.outcome === 'unattended')
    throw notSignedIn(completed, 'The sign-in has ended: its token expired and could not be refreshed.')
  throw failureError(found, owner, found.outcome)
}
