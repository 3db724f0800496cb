import type { ServerContext } from '../contract/context.ts'
import type { DeviceAuth } from '../contract/device-auth.ts'
import type { DecideResult, DeviceCredential } from '../contract/store.ts'
import { releasePending } from '../limits/requests.ts'
import { isWithinScope } from '../scope.ts'

/** Approving and denying by the application itself, without the built-in page. */
export function createDecisions<Native>(
  context: ServerContext<Native>,
): Pick<DeviceAuth<Native>, 'approve' | 'deny' | 'find'> {
  const find = async (userCode: string): Promise<DeviceCredential | undefined> => {
    const canonical = context.codes.normalise(String(userCode))
    return canonical === undefined
      ? undefined
      : context.store.findByUserCode(context.codes.hash(canonical), context.now())
  }
  return {
    find,
    async approve(userCode, decision) {
      const { subject, scope, username }: Partial<typeof decision> = decision ?? {}
      if (typeof subject !== 'string' || subject === '')
        throw new TypeError('Device Auth: approve() needs { subject }: who approves.')
      const credential = await find(userCode)
      if (credential === undefined) return 'unknown'
      const granted = scope ?? credential.scope
      if (!isWithinScope(granted, credential.scope)) {
        throw new TypeError('Device Auth: approve() was given a scope that was not requested.')
      }
      const userGrant = { subject, approved: true, scope: granted, ...(username === undefined ? {} : { username }) }
      const result = await context.store.decide(credential.id, userGrant, context.now())
      if (result === 'decided') {
        await releasePending(credential, context)
        announce('approved', credential, subject, granted, context)
      }
      return result
    },
    async deny(userCode, { subject } = {}) {
      const credential = await find(userCode)
      if (credential === undefined) return 'unknown'
      const userGrant = { subject: subject ?? '', approved: false, scope: '' }
      const result: DecideResult = await context.store.decide(credential.id, userGrant, context.now())
      if (result === 'decided') {
        await releasePending(credential, context)
        announce('denied', credential, subject, '', context)
      }
      return result
    },
  }
}

/** Emits the event of a decision. */
export function announce<Native>(
  decision: 'approved' | 'denied',
  { id: grantId, clientId }: DeviceCredential,
  subject: string | undefined,
  scope: string,
  { events, now }: Pick<ServerContext<Native>, 'events' | 'now'>,
): void {
  if (decision === 'denied') events.emit('denied', { at: now(), grantId, clientId, subject })
  else events.emit('approved', { at: now(), grantId, clientId, subject: subject ?? '', scope })
}
