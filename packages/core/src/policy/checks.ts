import { type Check, either, isFunction, isOneOf } from '../check-options.ts'
import type { Policy } from './policy.ts'

const isRule = either(isOneOf('allow', 'warn', 'refuse'), isFunction)

/** What each rule of the option `policy` has to be. */
export const policyChecks: Record<keyof Policy, Check> = {
  sameDevice: isRule,
  otherNetwork: isRule,
  otherCountry: isRule,
  deviceAuthorization: isFunction,
}
