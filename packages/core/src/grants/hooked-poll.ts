import type { ServerContext } from '../context.ts'
import type { TokenRequest } from '../hooks.ts'
import {
  type DeviceCredential,
  MAX_INTERVAL,
  type PollResult,
  SLOW_DOWN_STEP,
  type UserGrant,
} from '../stores/store.ts'

/**
 * A poll where the application keeps credentials, decisions or the pace. Whatever it keeps, the store is told of it
 * before anything comes of it, because only the store makes a redemption happen once.
 */
export async function pollThroughHooks<Native>(
  id: string,
  deviceCode: string,
  tokenRequest: TokenRequest<Native>,
  context: ServerContext<Native>,
): Promise<PollResult> {
  const clientId = tokenRequest.client.client_id
  if (context.overridden.has('queryDeviceCredential')) {
    const credential = await context.hooks.queryDeviceCredential(deviceCode, tokenRequest)
    if (credential?.clientId !== clientId) return { status: 'unknown' }
    const known = await context.store.findDeviceCredential(id, context.now())
    if (known === undefined) {
      if (credential.expiresAt <= context.now()) return { status: 'expired', credential: { ...credential, id } }
      await context.store.createDeviceCredential({ ...credential, id })
    }
  }
  const result = await context.store.pollDeviceCredential(id, clientId, context.now())
  if (result.status !== 'pending' && result.status !== 'slow_down') return result
  const userGrant = checkUserGrant(await context.hooks.queryUserGrant(result.credential))
  if (userGrant !== undefined) {
    await context.store.decide(id, userGrant, context.now())
    return context.store.pollDeviceCredential(id, clientId, context.now())
  }
  return pace(result.status === 'slow_down', result.credential, context)
}

/** A decision is a decision only when it says so: text that happens to be truthy is none. */
function checkUserGrant(userGrant: UserGrant | undefined): UserGrant | undefined {
  if (userGrant === undefined || userGrant === null) return undefined
  const { approved, subject, scope } = userGrant
  if (typeof approved !== 'boolean' || typeof subject !== 'string' || typeof scope !== 'string') {
    throw new TypeError(
      'Device Auth: queryUserGrant must return undefined or { subject: string, approved: boolean, scope: string }.',
    )
  }
  return userGrant
}

async function pace<Native>(
  verdict: boolean,
  credential: DeviceCredential,
  context: ServerContext<Native>,
): Promise<PollResult> {
  const slow = await context.hooks.shouldSlowDown(credential, context.now(), verdict)
  if (!slow) return { status: 'pending', credential }
  // the store has raised the interval already when the verdict is its own
  const interval = verdict ? credential.interval : Math.min(credential.interval + SLOW_DOWN_STEP, MAX_INTERVAL)
  return { status: 'slow_down', credential: { ...credential, interval } }
}
