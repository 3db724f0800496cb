import { optionalTexts, requireText } from '../checks.ts'
import type { ServerContext } from '../contract/context.ts'
import type { DeviceAuth } from '../contract/device-auth.ts'
import type { DeviceCredential } from '../contract/store.ts'
import { isSubject } from '../foreign-text.ts'
import { checkGrantData } from '../lifecycle/grant-data.ts'
import { meetsLogIn } from '../policy/log-in.ts'
import { isWithinScope } from '../scope.ts'
import { findByUserCode, findUndecided } from './find-by-code.ts'
import { checkAuthentication } from './login-facts.ts'
import { storeDecision } from './store-decision.ts'
import { decisionWaiter } from './wait-for-decision.ts'

/** The part of {@link DeviceAuth} by which an application approves and denies requests without the built-in page. */
export function createVerificationApi<Native>(
  context: ServerContext<Native>,
): Pick<DeviceAuth<Native>, 'approve' | 'deny' | 'find' | 'waitForDecision'> {
  const search = async (userCode: string, by: typeof findByUserCode): Promise<DeviceCredential | undefined> => {
    await context.synchronize?.()
    const canonical = context.codes.normalize(String(userCode))
    return canonical === undefined ? undefined : by(canonical, context)
  }
  return {
    find: (userCode) => search(userCode, findUndecided),
    waitForDecision: decisionWaiter((userCode) => search(userCode, findByUserCode), context),
    async approve(userCode, decision) {
      if (!isSubject(decision?.subject))
        throw new TypeError('Device Auth: approve() needs { subject }, the user, in valid Unicode without U+0000.')
      const { subject, authentication: login, data: given, ...texts } = decision
      const { scope, username } = optionalTexts('approve', texts, ['scope', 'username'])
      const authentication = checkAuthentication('approve()', login)
      const data = checkGrantData('approve()', given)
      requireText('approve', 'user code', userCode, true)
      const credential = await search(userCode, findByUserCode)
      if (credential === undefined) return 'unknown'
      const granted = scope ?? credential.scope
      if (!isWithinScope(granted, credential.scope)) {
        throw new TypeError(
          'Device Auth: approve() was given a scope that was not requested. Give the requested scope, or a part of it.',
        )
      }
      if (!meetsLogIn(credential, authentication)) {
        throw new TypeError(
          'Device Auth: approve() was given no `authentication` that meets `target.login` of the request. Ask the user to log in again.',
        )
      }
      const userGrant = {
        subject,
        approved: true,
        scope: granted,
        ...(username === undefined ? {} : { username }),
        ...(authentication === undefined ? {} : { authentication }),
        ...(data === undefined ? {} : { data }),
      }
      return storeDecision(credential, userGrant, context)
    },
    async deny(userCode, decision) {
      const { subject = '' } = optionalTexts('deny', decision, ['subject'])
      requireText('deny', 'user code', userCode, true)
      const credential = await search(userCode, findByUserCode)
      if (credential === undefined) return 'unknown'
      return storeDecision(credential, { subject, approved: false, scope: '' }, context)
    },
  }
}
