import { authenticate, type StoredToken } from '@device-auth/client'
import type { FileTokenStore } from '@device-auth/client/node'
import { failureError } from '../errors.ts'
import type { OwnerOptions } from '../options.ts'
import type { Connection } from '../server/connection.ts'
import { notSignedIn, type Saved } from './saved.ts'

/** An access token that is good for a minute at least: the kept one, or under the lock of the store a refreshed one. */
export async function freshToken(
  { owner }: Saved,
  options: OwnerOptions,
  store: FileTokenStore,
  connection: Connection,
): Promise<StoredToken> {
  const { issuer, clientId, scope, account } = owner
  const found = await authenticate(issuer, {
    ...connection,
    clientId,
    scope: scope === '' ? undefined : scope,
    account,
    store,
    interactive: false,
  })
  if (found.ok) return found
  const asked: OwnerOptions = { ...options, issuer, clientId, scope: [scope ?? ''] }
  if (found.outcome === 'unattended')
    throw notSignedIn(asked, 'The sign-in is over: its token has expired and could not be refreshed.')
  throw failureError(found, owner, found.outcome)
}
