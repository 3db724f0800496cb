import { hashSecret } from './codes.ts'
import type { ServerContext } from './context.ts'
import type { Devices, TokenClaims } from './device-auth.ts'

const maxName = 100

/** What a user has signed in, for a page of the application's own. */
export function createDevices<Native>(context: ServerContext<Native>): Devices {
  const { store, events, now } = context
  const end = async (id: string): Promise<boolean> => {
    const revoked = await store.revokeGrant(id, now())
    if (revoked) events.emit('revoked', { at: now(), grantId: id, by: 'application' })
    return revoked
  }
  return {
    list: async (subject) => store.listGrants(subject, now()),
    rename: async (subject, id, name) => store.renameGrant(id, subject, name.slice(0, maxName), now()),
    async revoke(subject, id) {
      const credential = await store.findDeviceCredential(id, now())
      return credential?.userGrant?.approved === true && credential.userGrant.subject === subject && end(id)
    },
    async revokeAll(subject) {
      const grants = await store.listGrants(subject, now())
      const revoked = await Promise.all(grants.map(({ id }) => end(id)))
      return revoked.filter(Boolean).length
    },
  }
}

/** What a live access token of an active account says. */
export async function authenticate<Native>(
  accessToken: string,
  context: ServerContext<Native>,
): Promise<TokenClaims | undefined> {
  const grantId = await context.options.accessToken.locate(accessToken)
  if (grantId === undefined) return undefined
  const found = await context.store.findToken(grantId, hashSecret(accessToken), context.now())
  if (found?.type !== 'access_token') return undefined
  const { grant, scope, issuedAt, expiresAt } = found
  if ((await context.hooks.isUserActive(grant.subject)) !== true) return undefined
  const { subject, username, clientId } = grant
  return { subject, ...(username === undefined ? {} : { username }), clientId, scope, issuedAt, expiresAt, grantId }
}
