import { type Check, checkOptions, type OptionOwner, requireText } from '../checks.ts'
import type { ServerContext } from '../contract/context.ts'
import type { DecisionWait } from '../contract/decision-waits.ts'
import type { Decision, DeviceAuth } from '../contract/device-auth.ts'
import type { DeviceCredential } from '../contract/store.ts'

/** The id of a credential: a SHA-256 hash in base64url. No user code is as long. */
export const credentialId = /^[\w-]{43}$/

const owner: OptionOwner = { name: 'Device Auth: waitForDecision()', reference: 'See its type in @device-auth/core.' }

const isSignal: Check = (value) =>
  typeof Reflect.get(Object(value), 'throwIfAborted') === 'function' ? undefined : 'an AbortSignal'

/** Makes the function {@link DeviceAuth.waitForDecision}. `find` finds a request by its user code. */
export function decisionWaiter<Native>(
  find: (userCode: string) => Promise<DeviceCredential | undefined>,
  context: ServerContext<Native>,
): DeviceAuth<Native>['waitForDecision'] {
  return async (userCodeOrId, options) => {
    requireText('waitForDecision', 'user code or id', userCodeOrId)
    const { signal } = checkOptions(owner, options ?? {}, { signal: isSignal })
    signal?.throwIfAborted()
    const id = credentialId.test(userCodeOrId) ? userCodeOrId : (await find(userCodeOrId))?.id
    if (id === undefined) return 'unknown'
    for (;;) {
      const wait = context.decisionWaits?.begin(id)
      const abort = (): void => wait?.end()
      signal?.addEventListener('abort', abort)
      try {
        const decision = await readDecision(id, context)
        if (typeof decision === 'string') return decision
        await nextNews(decision, wait, context, signal)
      } finally {
        signal?.removeEventListener('abort', abort)
        wait?.end()
      }
    }
  }
}

/** Waits until there may be news about an undecided request. Rejects if the wait is ended from outside. */
async function nextNews<Native>(
  { expiresAt, interval }: DeviceCredential,
  wait: DecisionWait | undefined,
  { now, traffic }: ServerContext<Native>,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  // a timer may end a millisecond early
  const untilExpiry = Math.max(expiresAt - now() + 1, 0)
  if (wait === undefined) await pause(Math.min(interval * 1000, untilExpiry), signal)
  else await wait.until(untilExpiry)
  signal?.throwIfAborted()
  if (traffic.draining()) throw new Error('Device Auth: waitForDecision() ended, because the server is being closed.')
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end)
  })
}

/** The decision about a request, or its credential while it is undecided. */
export async function readDecision<Native>(
  id: string,
  { store, now, synchronize }: ServerContext<Native>,
): Promise<Decision | DeviceCredential> {
  await synchronize?.()
  const credential = await store.findDeviceCredential(id, now())
  if (credential === undefined) return 'unknown'
  const decision = decisionOf(credential)
  if (decision !== undefined) return decision
  if (now() >= credential.expiresAt) return 'expired'
  if ((await store.findByUserCode(credential.userCodeHash, now()))?.id === id) return credential
  // decided or over since it was read
  const read = await store.findDeviceCredential(id, now())
  return (read && decisionOf(read)) ?? (now() >= credential.expiresAt ? 'expired' : 'ended')
}

function decisionOf({ userGrant }: DeviceCredential): Decision | undefined {
  if (userGrant === undefined) return undefined
  return userGrant.approved ? 'approved' : 'denied'
}
