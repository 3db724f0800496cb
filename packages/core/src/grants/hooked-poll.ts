import type { ServerContext } from '../contract/context.ts'
import type { TokenRequest } from '../contract/hooks.ts'
import type { DeviceCredential, PollResult, UserGrant } from '../contract/store.ts'
import { isWithinScope } from '../scope.ts'
import { raisedInterval } from '../stores/credential.ts'

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
  const { hooks, store, now } = context
  let kept: DeviceCredential | undefined
  if (context.overridden.has('queryDeviceCredential')) {
    kept = await hooks.queryDeviceCredential(deviceCode, tokenRequest)
    if (kept?.clientId !== clientId) return { status: 'unknown' }
    const known = await store.findDeviceCredential(id, now())
    if (known === undefined) {
      if (kept.expiresAt <= now()) return { status: 'expired', credential: { ...kept, id } }
      // a decision that came with it takes the way of every other, below
      await store.createDeviceCredential({ ...kept, id, userGrant: undefined })
    }
  }
  const result = await store.pollDeviceCredential(id, clientId, now())
  if (result.status !== 'pending' && result.status !== 'slow_down') return result
  const credential = kept === undefined ? result.credential : { ...result.credential, userGrant: kept.userGrant }
  const userGrant = checkUserGrant(await hooks.queryUserGrant(credential), credential.scope)
  // what the store refuses to record is no decision, and a second poll of it would be one too early
  if (userGrant !== undefined && (await store.decide(id, userGrant, now())) !== 'unknown') {
    return store.pollDeviceCredential(id, clientId, now())
  }
  return pace(result.status === 'slow_down', result.credential, context)
}

/** A decision is a decision only when it says so: text that happens to be truthy is none. */
function checkUserGrant(userGrant: UserGrant | undefined, requested: string): UserGrant | undefined {
  if (userGrant === undefined || userGrant === null) return undefined
  const { approved, subject, scope } = userGrant
  if (typeof approved !== 'boolean' || typeof subject !== 'string' || typeof scope !== 'string') {
    throw new TypeError(
      'Device Auth: queryUserGrant must return undefined or { subject: string, approved: boolean, scope: string }.',
    )
  }
  if (!approved) return userGrant
  if (subject === '') throw new TypeError('Device Auth: queryUserGrant must return a subject: who approves.')
  if (!isWithinScope(scope, requested)) {
    throw new TypeError('Device Auth: queryUserGrant returned a scope that was not requested.')
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
  const interval = verdict ? credential.interval : raisedInterval(credential.interval)
  return { status: 'slow_down', credential: { ...credential, interval } }
}
