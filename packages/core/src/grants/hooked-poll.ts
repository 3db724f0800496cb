import type { ServerContext } from '../contract/context.ts'
import type { DeviceCredential, PollResult, UserGrant } from '../contract/store.ts'
import { isSubject } from '../foreign-text.ts'
import { checkGrantData } from '../lifecycle/grant-data.ts'
import { meetsLogIn } from '../policy/log-in.ts'
import { isWithinTarget } from '../policy/token-target.ts'
import { isWithinScope } from '../scope.ts'
import type { Poll } from './poll-request.ts'

const pollHooks = ['queryDeviceCredential', 'queryUserGrant', 'shouldSlowDown'] as const

/** `true` if hooks of the application decide polls. */
export function usesPollHooks<Native>({ overridden }: ServerContext<Native>): boolean {
  return overridden.size > 0 && pollHooks.some((name) => overridden.has(name))
}

/**
 * A poll of an application that keeps credentials, decisions or the pace by its own hooks. The store is told of everything
 * before it has an effect, because only the store can make sure that a code is redeemed once.
 */
export async function pollThroughHooks<Native>({
  id,
  style,
  deviceCode,
  tokenRequest,
  context,
}: Poll<Native>): Promise<PollResult> {
  const clientId = tokenRequest.client.client_id
  const { hooks, store, now } = context
  let kept: DeviceCredential | undefined
  if (context.overridden.has('queryDeviceCredential')) {
    kept = await hooks.queryDeviceCredential(deviceCode, tokenRequest)
    if (kept?.clientId !== clientId) return { status: 'unknown' }
    const known = await store.findDeviceCredential(id, now())
    if (known === undefined) {
      if (kept.expiresAt <= now()) return { status: 'expired', credential: { ...kept, id } }
      // without its decision, which is stored below like every other one
      await store.createDeviceCredential({ ...kept, id, userGrant: undefined })
    }
  }
  const result = await store.pollDeviceCredential(id, clientId, now(), style)
  if (result.status !== 'pending' && result.status !== 'slow_down') return result
  const credential = kept === undefined ? result.credential : { ...result.credential, userGrant: kept.userGrant }
  const userGrant = checkUserGrant(await hooks.queryUserGrant(credential), credential)
  // if the store refuses the decision, it has no effect, and the poll has been counted already
  if (userGrant !== undefined && (await store.decide(id, userGrant, now())) !== 'unknown') {
    return store.pollDeviceCredential(id, clientId, now(), style)
  }
  return pace(result.status === 'slow_down', result.credential, context)
}

/** Checks what `queryUserGrant` returned: only `approved: true` is an approval, not any other truthy value. */
function checkUserGrant(userGrant: UserGrant | undefined, credential: DeviceCredential): UserGrant | undefined {
  if (userGrant === undefined || userGrant === null) return undefined
  const { approved, subject, scope } = userGrant
  if (typeof approved !== 'boolean' || typeof subject !== 'string' || typeof scope !== 'string') {
    throw new TypeError(
      'Device Auth: queryUserGrant must return undefined or { subject: string, approved: boolean, scope: string }.',
    )
  }
  if (!approved) return userGrant
  if (!isSubject(subject))
    throw new TypeError(
      'Device Auth: queryUserGrant returned approved: true with an empty subject, or one that is not valid Unicode without U+0000. The subject must be that of the user who approved.',
    )
  if (!isWithinScope(scope, credential.scope)) {
    throw new TypeError(
      'Device Auth: queryUserGrant returned a scope that was not requested. Return the requested scope, or a part of it.',
    )
  }
  checkBesideScope(userGrant, credential)
  const data = checkGrantData('queryUserGrant', userGrant.data)
  return data === undefined ? userGrant : { ...userGrant, data }
}

function checkBesideScope({ target, authentication }: UserGrant, credential: DeviceCredential): void {
  if (!isWithinTarget(target, credential.target)) {
    throw new TypeError(
      'Device Auth: queryUserGrant returned a `target` that was not requested. Return some of the requested resources, or leave `target` out.',
    )
  }
  if (!meetsLogIn(credential, authentication)) {
    throw new TypeError(
      'Device Auth: queryUserGrant returned no `authentication` that meets `target.login` of the request. Ask the user to log in again.',
    )
  }
}

/**
 * Lets the hook `shouldSlowDown` decide; `tooFast` is the store's verdict. The store keeps the raised interval for this and
 * all later polls.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
async function pace<Native>(
  tooFast: boolean,
  credential: DeviceCredential,
  context: ServerContext<Native>,
): Promise<PollResult> {
  const slow = await context.hooks.shouldSlowDown(credential, context.now(), tooFast)
  if (!slow) return { status: 'pending', credential }
  // after a verdict of its own, the store has raised the interval already
  if (tooFast) return { status: 'slow_down', credential }
  const interval = await context.store.slowDown(credential.id, credential.clientId, context.now())
  // the request was decided, or is over, since the poll was counted: the next poll is told
  return interval === undefined
    ? { status: 'pending', credential }
    : { status: 'slow_down', credential: { ...credential, interval } }
}
